using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Tests.Adapters.Smtp;

namespace Subscriptions.Production.Tests.MailKit;

/// <summary>What MailKit does beyond the contract of the port: encryption from the first byte, accounts by token, reports of what was not delivered.</summary>
internal sealed class MailKitSenderTests
{
    private const string OffersAll = "250-mail\r\n250-STARTTLS\r\n250-DSN\r\n250 AUTH PLAIN LOGIN XOAUTH2";

    private static readonly OutgoingMail _mail = new("case-1.PaymentFailed@account.example.com", "ann@example.com", "Payment", "Dear Ann", "<p>Dear Ann</p>");

    private readonly TestAuthority authority = new();

    [OneTimeTearDown]
    public void TearDown() => authority.Dispose();

    [Test]
    public async Task Where_TLS_is_implicit_nothing_is_said_in_the_clear()
    {
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1"), ImplicitTls = true };

        var handover = await SendAsync(server, Trusting(("MailKit:ImplicitTls", "true")), password: "letmein");

        Assert.That(handover, Is.EqualTo(new MailHandover.Accepted()));
        Assert.That(server.Encrypted, Is.EqualTo(1));
        Assert.That(server.Commands, Does.Not.Contain("STARTTLS"));
        Assert.That(server.Message, Does.Contain("Message-Id: <case-1.PaymentFailed@account.example.com>").IgnoreCase);
    }

    [Test]
    public async Task Where_the_server_starts_TLS_the_account_is_proved_only_after_it()
    {
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1") };

        var handover = await SendAsync(server, Trusting(), password: "letmein");

        Assert.That(handover, Is.EqualTo(new MailHandover.Accepted()));
        Assert.That(server.Encrypted, Is.EqualTo(1));
        Assert.That(server.Commands.FindIndex(c => c.StartsWith("AUTH", StringComparison.Ordinal)), Is.GreaterThan(server.Commands.IndexOf("STARTTLS")));
        Assert.That(server.Commands.Count(c => c.StartsWith("EHLO", StringComparison.Ordinal)), Is.EqualTo(2), "What was offered in the clear is not believed.");
    }

    [TestCase("127.0.0.2", 1, TestName = "A_certificate_for_another_address_is_refused_though_its_authority_is_trusted")]
    [TestCase("127.0.0.1", -1, TestName = "A_certificate_that_has_ended_is_refused_though_its_authority_is_trusted")]
    public async Task A_certificate_is_refused(string address, int days)
    {
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue(address, days) };

        Assert.That(await SendAsync(server, Trusting(), password: "letmein"), Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(server.Commands, Has.None.StartsWith("AUTH").And.None.StartsWith("MAIL"));
    }

    [Test]
    public async Task A_certificate_of_another_authority_than_the_trusted_is_refused()
    {
        using var another = new TestAuthority();
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = another.Issue("127.0.0.1") };

        Assert.That(await SendAsync(server, Trusting(), password: "letmein"), Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(server.Commands, Has.None.StartsWith("AUTH").And.None.StartsWith("MAIL"));
    }

    [Test]
    public async Task Where_lists_of_revoked_certificates_count_a_server_that_is_on_none_that_can_be_read_is_refused()
    {
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1") };

        Assert.That(await SendAsync(server, Trusting(("MailKit:CheckRevocation", "true")), password: "letmein"), Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(server.Message, Is.Empty);
    }

    [Test]
    public async Task An_account_by_token_is_proved_with_one_token_for_many_messages()
    {
        await using var tokens = await TokenEndpoint.StartAsync();
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1") };
        await using var services = Services(server, Trusting(tokens.Settings));

        Assert.That(await SendAsync(services), Is.EqualTo(new MailHandover.Accepted()));
        Assert.That(await SendAsync(services), Is.EqualTo(new MailHandover.Accepted()));

        Assert.That(Proofs(server), Is.All.EqualTo("user=subscriptions@example.com\u0001auth=Bearer token-1\u0001\u0001").And.Exactly(2).Items);
        Assert.That(tokens.Asked.Single(), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "courier-service",
            ["client_secret"] = "a secret & a half",
            ["scope"] = "https://mail.example.com/.default",
        }));
    }

    [Test]
    public async Task A_token_that_ends_within_a_minute_is_not_used_again()
    {
        await using var tokens = await TokenEndpoint.StartAsync();
        tokens.Lasts = 60;
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1") };
        await using var services = Services(server, Trusting(tokens.Settings));

        await SendAsync(services);
        await SendAsync(services);

        Assert.That(Proofs(server).Select(proof => proof.Contains("token-2", StringComparison.Ordinal)), Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public async Task A_token_that_the_server_does_not_take_is_forgotten()
    {
        await using var tokens = await TokenEndpoint.StartAsync();
        await using var server = new ScriptedSmtp(("EHLO", OffersAll), ("AUTH", "334 eyJzdGF0dXMiOiI0MDEifQ=="), ("CONTINUED", "535 5.7.3 no")) { Certificate = authority.Issue("127.0.0.1") };
        await using var services = Services(server, Trusting(tokens.Settings));

        var handover = await SendAsync(services);
        await SendAsync(services);

        Assert.That(handover, Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(handover.ToString(), Does.Not.Contain("token-1").And.Not.Contain("secret"));
        Assert.That(tokens.Asked, Has.Count.EqualTo(2));
        Assert.That(server.Message, Is.Empty);
    }

    [TestCase(401, """{"error":"invalid_client"}""")]
    [TestCase(200, """{"token_type":"Bearer"}""")]
    [TestCase(200, """{"access_token":7}""")]
    [TestCase(200, "[]")]
    [TestCase(200, "<html>")]
    [TestCase(503, "")]
    public async Task A_provider_that_gives_no_token_holds_the_message_up_and_loses_nothing(int status, string body)
    {
        await using var tokens = await TokenEndpoint.StartAsync();
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1") };
        await using var services = Services(server, Trusting(tokens.Settings));
        tokens.Answer = (status, body);

        var held = await SendAsync(services);
        tokens.Answer = null;
        var later = await SendAsync(services);

        Assert.That(held, Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(held.ToString(), Does.Not.Contain("a half"));
        Assert.That(later, Is.EqualTo(new MailHandover.Accepted()));
    }

    [Test]
    public async Task A_server_that_offers_reports_is_asked_for_those_of_failures_and_delays()
    {
        await using var server = new ScriptedSmtp(("EHLO", OffersAll)) { Certificate = authority.Issue("127.0.0.1") };

        await SendAsync(server, Trusting(), password: "letmein");

        Assert.That(server.Commands, Has.Some.Match("^MAIL FROM:<subscriptions@example.com>.* ENVID=case-1[.]PaymentFailed@account[.]example[.]com"));
        Assert.That(server.Commands, Has.Some.Match("^RCPT TO:<ann@example.com> NOTIFY=FAILURE,DELAY"));
    }

    [TestCase("250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN", "true", TestName = "A_server_that_offers_no_reports_is_not_asked_for_any")]
    [TestCase(OffersAll, "false", TestName = "A_server_is_not_asked_for_reports_that_nobody_wants")]
    public async Task No_report_is_asked_for(string offers, string wanted)
    {
        await using var server = new ScriptedSmtp(("EHLO", offers)) { Certificate = authority.Issue("127.0.0.1") };

        Assert.That(await SendAsync(server, Trusting(("MailKit:DeliveryNotifications", wanted)), password: "letmein"), Is.EqualTo(new MailHandover.Accepted()));

        Assert.That(server.Commands, Does.Contain("RCPT TO:<ann@example.com>").And.None.Contains("ENVID"));
    }

    [Test]
    public async Task A_password_that_the_server_does_not_take_holds_the_message_up()
    {
        await using var server = new ScriptedSmtp(("EHLO", OffersAll), ("AUTH", "535 5.7.8 no")) { Certificate = authority.Issue("127.0.0.1") };

        var handover = await SendAsync(server, Trusting(), password: "letmein");

        Assert.That(handover, Is.InstanceOf<MailHandover.TryLater>());
        Assert.That(handover.ToString(), Does.Contain("account").And.Not.Contain("letmein"));
    }

    /// <summary>The host's parts with settings that trust this fixture's authority, and some more, read as at a start.</summary>
    private ProductionParts Trusting(params IEnumerable<(string Name, string Value)> more)
    {
        var parts = new ProductionParts();
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, authority.Pem);
            var values = more.Append(("MailKit:CertificateAuthority", file)).Select(s => new KeyValuePair<string, string?>(s.Item1, s.Item2));
            Assert.That(parts.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), null), Is.Empty);
            return parts;
        }
        finally
        {
            File.Delete(file);
        }
    }

    // What a client proved its account with, in clear.
    private static IEnumerable<string> Proofs(ScriptedSmtp server) =>
        server.Commands.Where(c => c.StartsWith("AUTH XOAUTH2 ", StringComparison.Ordinal)).Select(c => Encoding.UTF8.GetString(Convert.FromBase64String(c.Split(' ')[2])));

    private static async Task<MailHandover> SendAsync(ScriptedSmtp server, ProductionParts parts, string password)
    {
        await using var services = Services(server, parts, password);
        return await SendAsync(services);
    }

    private static Task<MailHandover> SendAsync(ServiceProvider services) => services.GetRequiredService<IMailSender>().SendAsync(_mail, CancellationToken.None);

    private static ServiceProvider Services(ScriptedSmtp server, ProductionParts parts, string? password = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        parts.AddMail(services, new SmtpSettings
        {
            Host = "127.0.0.1",
            Port = server.Port,
            StartTls = true,
            User = password is null ? null : "courier",
            Password = password,
            FromAddress = "subscriptions@example.com",
            FromName = "The Courier",
            Timeout = TimeSpan.FromSeconds(10),
        });
        return services.BuildServiceProvider();
    }
}
