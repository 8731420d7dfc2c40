using System.Globalization;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Server.Features.Acceptance;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Tests.Adapters;
using Subscriptions.Server.Tests.Adapters.Stripe;
using Subscriptions.Tests;

namespace Subscriptions.Server.Tests.Features.Acceptance;

/// <summary>The command that runs the product's story against an installation's own Stripe, database and mail server.</summary>
internal sealed class AcceptCommandTests
{
    private const string To = "acceptance@example.com";

    private string folder = "";
    private SimulatedStripe stripe = null!;
    private MailStore inbox = null!;
    private SmtpServer smtp = null!;
    private TestDatabase database = null!;

    [SetUp]
    public async Task StartAsync()
    {
        folder = Directory.CreateTempSubdirectory("accept-").FullName;
        stripe = await SimulatedStripe.StartAsync();
        inbox = new MailStore(folder, new SystemBillingClock(TimeProvider.System));
        smtp = SmtpServer.Start(0, inbox, new MailFaults(folder));
        database = await TestDatabase.CreateAsync(folder);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await smtp.DisposeAsync();
        await stripe.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task Where_everything_answers_every_step_passes_and_nothing_stays_behind()
    {
        var (code, told) = await RunAsync();

        Assert.That(code, Is.EqualTo(AcceptCommand.Passed), told);
        Assert.That(told, Does.Contain("Accepted: every step passed.").And.Not.Contain("FAIL").And.Not.Contain("skip"));
        Assert.That(inbox.List(To).Count(m => m.Subject.Contains("subscription", StringComparison.OrdinalIgnoreCase) || m.Subject.Contains("payment", StringComparison.OrdinalIgnoreCase)), Is.GreaterThanOrEqualTo(6));
        Assert.That(Directory.GetFiles(folder, "subscriptions_accept_*", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task Where_no_mail_server_answers_the_step_that_needs_it_fails_and_what_was_made_is_taken_away_all_the_same()
    {
        var (code, told) = await RunAsync(mailPort: FreePorts.Take());

        Assert.That(code, Is.EqualTo(AcceptCommand.Failed), told);
        Assert.That(told, Does.Contain("FAIL  The mail server takes a mail").And.Contain("could not be reached").And.Contain("skip  Where nobody pays").And.Contain("pass  What was made is taken away"));
    }

    [TestCase("sk_live_1234567890", To, "Stripe:SecretKey")]
    [TestCase(SimulatedStripe.Key, "nobody", "to")]
    [TestCase(SimulatedStripe.Key, To, "patience", "soon")]
    public void A_live_key_and_a_missing_mailbox_stop_it_before_anything_is_done(string key, string to, string setting, string? patience = null)
    {
        var stopped = Assert.ThrowsAsync<SettingsException>(() => RunAsync(key, to, patience: patience));
        Assert.That(stopped!.Failures.Select(f => f.Setting), Is.EqualTo(new[] { setting }));
    }

    private async Task<(int Code, string Told)> RunAsync(string key = SimulatedStripe.Key, string to = To, int? mailPort = null, string? patience = null)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        Dictionary<string, string> settings = new()
        {
            ["Publisher:Name"] = "The Harrowmere Courier",
            ["Publisher:Address"] = "http://localhost:5081",
            ["Stripe:ApiBase"] = stripe.Address.AbsoluteUri,
            ["Stripe:SecretKey"] = key,
            ["Stripe:WebhookSecret"] = "whsec_simulator",
            ["Smtp:Host"] = "127.0.0.1",
            ["Smtp:Port"] = (mailPort ?? smtp.Port).ToString(CultureInfo.InvariantCulture),
            ["Smtp:StartTls"] = "false",
            ["Smtp:TimeoutSeconds"] = "2",
            ["Smtp:FromAddress"] = "courier@example.com",
            ["Database:Provider"] = database.Provider,
            ["Database:ConnectionString"] = database.ConnectionString,
            ["Api:Keys:0"] = RunningService.ApiKey,
            ["Plans:0:TrialDays"] = "0",
        };
        if (patience is not null) settings["patience"] = patience;
        var code = await AcceptCommand.RunAsync(["accept", "--to", to, .. settings.Select(s => $"--{s.Key}={s.Value}")], output, AdaptersUnderTest.Parts());
        return (code, output.ToString());
    }
}
