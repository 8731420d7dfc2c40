using System.Diagnostics;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Acceptance;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Tests.Adapters;
using Subscriptions.Server.Tests.Adapters.Stripe;
using Subscriptions.Server.Tests.Racing;
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
        await NothingIsLeftAsync();
    }

    [Test]
    public async Task Where_no_mail_server_answers_the_step_that_needs_it_fails_and_what_was_made_is_taken_away_all_the_same()
    {
        var (code, told) = await RunAsync(mailPort: FreePorts.Take());

        Assert.That(code, Is.EqualTo(AcceptCommand.Failed), told);
        Assert.That(told, Does.Contain("FAIL  The mail server takes a mail").And.Contain("could not be reached").And.Contain("skip  Where nobody pays").And.Contain("pass  What was made is taken away"));
        await NothingIsLeftAsync();
    }

    [Test]
    public async Task Interrupted_half_way_it_ends_and_takes_away_what_it_made()
    {
        using var accept = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Subscriptions.Server.dll"), .. Arguments()]) { RedirectStandardOutput = true })!;
        var told = new StringBuilder();
        while (await accept.StandardOutput.ReadLineAsync() is { } line)
        {
            told.AppendLine(line);
            if (line.StartsWith("pass  Stripe knows a payer", StringComparison.Ordinal))
            {
                using var interrupt = Process.Start("kill", ["-INT", $"{accept.Id}"]);
                await interrupt.WaitForExitAsync();
            }
        }

        await accept.WaitForExitAsync();
        Assert.That(accept.ExitCode, Is.EqualTo(AcceptCommand.Failed), told.ToString());
        Assert.That(told.ToString(), Does.Contain(": interrupted").And.Contain("pass  What was made is taken away").And.Contain("skip  Where nobody pays"));
        await NothingIsLeftAsync();
    }

    [Test]
    public async Task A_payer_whose_making_was_never_answered_is_found_by_her_key_and_taken_away()
    {
        await stripe.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.ConnectionDroppedAfter), "customers.create", Count: 3));

        var (code, told) = await RunAsync();

        Assert.That(code, Is.EqualTo(AcceptCommand.Failed), told);
        Assert.That(told, Does.Contain("FAIL  Stripe knows a payer").And.Contain("1 payers deleted"));
        await NothingIsLeftAsync();
    }

    [Test]
    public async Task What_Stripe_does_not_let_go_is_named_and_the_database_dropped_all_the_same()
    {
        await stripe.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "customers.delete"));

        var (code, told) = await RunAsync(mailPort: FreePorts.Take());

        Assert.That(code, Is.EqualTo(AcceptCommand.Failed), told);
        Assert.That(told, Does.Match("FAIL  What was made is taken away .*the payer of rdr_accept"));
        Assert.That(await database.NamesAsync("subscriptions_accept"), Is.Empty);
    }

    [Test]
    public async Task Two_at_once_do_not_meet()
    {
        var both = await Task.WhenAll(RunAsync(), RunAsync());

        Assert.That(both.Select(run => run.Code), Is.All.EqualTo(AcceptCommand.Passed), string.Join(Environment.NewLine, both.Select(run => run.Told)));
        await NothingIsLeftAsync();
    }

    [TestCase("sk_live_1234567890", To, "Stripe:SecretKey")]
    [TestCase(SimulatedStripe.Key, "nobody", "to")]
    [TestCase(SimulatedStripe.Key, To, "patience", "soon")]
    public void A_live_key_and_a_missing_mailbox_stop_it_before_anything_is_done(string key, string to, string setting, string? patience = null)
    {
        var stopped = Assert.ThrowsAsync<SettingsException>(() => RunAsync(key, to, patience: patience));
        Assert.That(stopped!.Failures.Select(f => f.Setting), Is.EqualTo(new[] { setting }));
    }

    private async Task NothingIsLeftAsync()
    {
        using var books = new GatewayBooks(new Uri(stripe.Address.AbsoluteUri + "/v1/"), SimulatedStripe.Key);
        Assert.That((await books.ReadAsync()).SelectMany(payments => payments).Select(payment => payment.Status), Is.All.AnyOf("succeeded", "canceled"));
        Assert.That(await stripe.EventIdsAsync("customer.deleted"), Has.Count.EqualTo((await stripe.EventIdsAsync("customer.created")).Count).And.Not.Empty);
        Assert.That(await database.NamesAsync("subscriptions_accept"), Is.Empty);
    }

    private async Task<(int Code, string Told)> RunAsync(string key = SimulatedStripe.Key, string to = To, int? mailPort = null, string? patience = null)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var code = await AcceptCommand.RunAsync(Arguments(key, to, mailPort, patience), output, AdaptersUnderTest.Parts());
        return (code, output.ToString());
    }

    private string[] Arguments(string key = SimulatedStripe.Key, string to = To, int? mailPort = null, string? patience = null)
    {
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
            ["Smtp:FromAddress"] = "courier@example.com",
            ["Database:Provider"] = database.Provider,
            ["Database:ConnectionString"] = database.ConnectionString,
            ["Api:Keys:0"] = RunningService.ApiKey,
            ["Plans:0:TrialDays"] = "0",
        };
        if (patience is not null) settings["patience"] = patience;
        return ["accept", "--to", to, .. settings.Select(s => $"--{s.Key}={s.Value}")];
    }
}
