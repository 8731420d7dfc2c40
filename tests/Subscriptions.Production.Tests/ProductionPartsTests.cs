using Hangfire.Storage;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Subscriptions.Production.Hangfire;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Production.Tests;

/// <summary>The production host's own settings.</summary>
public sealed class ProductionPartsTests
{
    private static readonly DatabaseSettings _sqlServer = new() { Provider = DatabaseProvider.SqlServer, ConnectionString = "Server=db;Database=subscriptions" };

    [Test]
    public void Without_any_of_them_it_runs_on_defaults() => Assert.That(Failures(), Is.Empty);

    [Test]
    public void Another_database_than_SQL_Server_stops_the_start() => Assert.That(
        Failures(new DatabaseSettings { Provider = DatabaseProvider.Sqlite, ConnectionString = "Data Source=x.db" }).Single().Setting, Is.EqualTo("Database:Provider"));

    [TestCase("Hangfire:LookEverySeconds", "7")]
    [TestCase("Hangfire:LookEverySeconds", "0")]
    [TestCase("Hangfire:Workers", "0")]
    [TestCase("Hangfire:KeepHours", "1000")]
    [TestCase("Hangfire:Schema", "x]; DROP TABLE Invoices")]
    [TestCase("MailKit:ImplicitTls", "perhaps")]
    [TestCase("MailKit:CertificateAuthority", "/nowhere/authority.pem")]
    [TestCase("MailKit:CertificateAuthority", "/dev/null")]
    public void A_setting_that_cannot_be_used_is_named(string setting, string value) => Assert.That(Failures((setting, value)).Select(f => f.Setting), Is.EqualTo(new[] { setting }));

    [Test]
    public void An_account_by_token_needs_all_its_parts_and_no_password()
    {
        Assert.That(Failures(("MailKit:OAuth:TokenEndpoint", "http://login.example.com/token"), ("Smtp:User", "courier")).Select(f => f.Setting), Is.EquivalentTo(new[]
        {
            "MailKit:OAuth", "MailKit:OAuth:TokenEndpoint", "MailKit:OAuth:ClientId", "MailKit:OAuth:ClientSecret", "MailKit:OAuth:User",
        }));
    }

    [Test]
    public void A_token_does_not_travel_unencrypted() => Assert.That(
        Failures(("MailKit:OAuth:TokenEndpoint", "https://login.example.com/token"), ("MailKit:OAuth:ClientId", "c"), ("MailKit:OAuth:ClientSecret", "s"), ("MailKit:OAuth:User", "u"), ("Smtp:StartTls", "false")).Select(f => f.Setting),
        Is.EqualTo(new[] { "MailKit:OAuth" }));

    [TestCase("nonsense")]
    [TestCase("Server=db")]
    public void A_connection_string_of_Hangfires_own_that_cannot_be_used_is_named(string text) => Assert.That(
        Failures(("Hangfire:ConnectionString", text)).Select(f => f.Setting), Is.EqualTo(new[] { "Hangfire:ConnectionString" }));

    [Test]
    public void Every_connection_string_that_is_read_is_one_that_the_acceptance_exchanges()
    {
        var asked = new Asked();
        var parts = new ProductionParts();
        parts.Read(new ConfigurationBuilder().Add(asked).Build(), _sqlServer);
        Assert.That(asked.Names.Where(name => name.Contains("ConnectionString", StringComparison.Ordinal)), Is.Not.Empty.And.SubsetOf(parts.DatabaseSettings));
        Assert.That(parts.DatabaseSettings, Does.Contain("Database:ConnectionString"));
    }

    [Test]
    public void Hangfires_storage_on_SQL_Server_asks_nothing_before_its_database_is_made_and_keeps_the_queue_of_a_job()
    {
        var storage = HangfireSetup.OnSqlServer(new HangfireSettings { ConnectionString = "Server=127.0.0.1,1;Database=none;Connect Timeout=60" })();
        Assert.That(storage.HasFeature(JobStorageFeatures.JobQueueProperty), Is.True);
    }

    [TestCase("465", null, true)]
    [TestCase("587", "true", true)]
    [TestCase("587", null, false)]
    [TestCase("465", "false", false)]
    public void An_account_may_be_named_where_TLS_comes_first_although_STARTTLS_is_off(string port, string? implicitTls, bool fits)
    {
        (string, string)[] settings = [("Smtp:Port", port), ("Smtp:StartTls", "false"), ("Smtp:Host", "smtp.example.com"), ("Smtp:User", "courier"), ("Smtp:Password", "p"), .. implicitTls is null ? Array.Empty<(string, string)>() : [("MailKit:ImplicitTls", implicitTls)]];
        SettingsValidation.TryRead(Configuration(settings), out var failures, new ProductionParts());
        Assert.That(failures.Any(failure => failure.Setting is "Smtp:StartTls"), Is.EqualTo(!fits), string.Join(Environment.NewLine, failures));
    }

    [Test]
    public void No_message_repeats_a_secret() => Assert.That(
        Failures(("MailKit:OAuth:ClientSecret", "very-secret"), ("Hangfire:ConnectionString", "Password=very-secret;nonsense")).Select(f => f.ToString()), Has.None.Contains("very-secret"));

    [TestCase(1, "*/1 * * * * *")]
    [TestCase(15, "*/15 * * * * *")]
    [TestCase(60, "*/1 * * * *")]
    [TestCase(900, "*/15 * * * *")]
    [TestCase(7, null)]
    [TestCase(90, null)]
    public void A_look_every_so_often_is_written_as_cron_where_cron_can_say_it(int seconds, string? cron) => Assert.That(HangfireSetup.CronOf(seconds), Is.EqualTo(cron));

    private static IReadOnlyList<SettingFailure> Failures(params (string Name, string Value)[] settings) => Failures(_sqlServer, settings);

    private static IReadOnlyList<SettingFailure> Failures(DatabaseSettings database, params (string Name, string Value)[] settings) => new ProductionParts().Read(Configuration(settings), database);

    private static IConfigurationRoot Configuration(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value))).Build();

    /// <summary>Settings of which it is kept which were asked for.</summary>
    private sealed class Asked : ConfigurationProvider, IConfigurationSource
    {
        public HashSet<string> Names { get; } = [];

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override bool TryGet(string key, out string? value)
        {
            Names.Add(key);
            return base.TryGet(key, out value);
        }
    }
}
