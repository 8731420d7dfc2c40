using System.Text.Json;
using NUnit.Framework;
using Subscriptions.Journeys.Support;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Faults;

[TestFixture]
public sealed class OutageTests
{
    private SandboxPlace place = null!;
    private SandboxProgram sandbox = null!;
    private SandboxTools tools = null!;
    private DateTimeOffset begun;

    [SetUp]
    public async Task StartAsync()
    {
        place = new SandboxPlace();
        sandbox = await SandboxProgram.StartAsync(place);
        tools = await OpenAsync(place);
        begun = DateTimeOffset.UtcNow;
    }

    [TearDown]
    public async Task EndAsync()
    {
        tools.Dispose();
        await sandbox.DisposeAsync();
        place.Dispose();
    }

    [Test]
    public async Task A_gateway_that_says_nothing_opens_no_case_and_refuses_nobody()
    {
        string[] kinds = ["Error500Before", "Error500After", "ConnectionDroppedAfter", "ConnectionDropped"];
        var readers = tools.Readers.Where(r => Text(r, "state") == "Active" && r.GetProperty("renewsAt").ValueKind != JsonValueKind.Null
                && r.GetProperty("renewsAt").GetDateTimeOffset() < DateTimeOffset.UtcNow.AddDays(16)
                && r.GetProperty("card").GetString() is "pm_card_visa" or "pm_card_mastercard")
            .Select(r => Text(r, "readerId")).Take(5).Select(id => tools.Reader(r => Text(r, "readerId") == id)).ToList();
        foreach (var (reader, kind) in readers.Zip(kinds))
        {
            await tools.SetFaultAsync(new { target = "gateway", kind, operation = "confirm", match = reader.SubscriptionId, count = 4 });
        }

        var unheard = readers[4];
        await tools.SetFaultAsync(new { target = "gateway", kind = "ConnectionDropped", operation = "payment_intents.confirm", match = unheard.SubscriptionId });
        await tools.AdvanceDaysAsync(16);

        foreach (var reader in readers.Take(4))
        {
            await IsPaidWithoutACaseAsync(reader);
        }

        var access = await tools.ApiAsync($"/api/entitlements/{unheard.ReaderId}");
        var attempts = await tools.ItemsAsync($"/api/subscriptions/{unheard.SubscriptionId}/attempts");
        Assert.Multiple(() =>
        {
            Assert.That(access.GetProperty("entitled").GetBoolean(), Is.True);
            Assert.That(Text(access, "reason"), Is.EqualTo("RenewalPending"));
            Assert.That(Text(attempts[0], "state"), Is.EqualTo("Unknown"));
        });

        await tools.ClearFaultsAsync();
        await tools.AdvanceDaysAsync(1);
        await IsPaidWithoutACaseAsync(unheard);
        await Ledgers.AgreeAsync(tools);
    }

    [Test]
    public async Task While_the_mail_server_refuses_nobody_is_ended_who_was_not_told()
    {
        var reader = tools.WithCard("pm_card_chargeCustomerFail");
        await tools.SetFaultAsync(new { target = "mail", kind = "RefusedTemporarily", match = reader.Email });
        await tools.AdvanceDaysAsync(33);

        var waiting = await tools.ApiAsync($"/api/subscriptions/{reader.SubscriptionId}");
        var access = await tools.ApiAsync($"/api/entitlements/{reader.ReaderId}");
        Assert.Multiple(() =>
        {
            Assert.That(Text(waiting, "state"), Is.EqualTo("PastDue"));
            Assert.That(Text(waiting, "stage"), Is.EqualTo("PaymentFailed"));
            Assert.That(access.GetProperty("entitled").GetBoolean(), Is.True);
        });

        await tools.ClearFaultsAsync();
        var endsAt = waiting.GetProperty("accessEndsAt").GetDateTimeOffset();
        await tools.AdvanceDaysAsync(30);
        var ended = await tools.ApiAsync($"/api/subscriptions/{reader.SubscriptionId}");
        var headings = (await tools.InboxAsync(reader.Email)).Select(m => Text(m, "subject")).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Text(ended, "state"), Is.EqualTo("Ended"));
            Assert.That(ended.GetProperty("endedAt").GetDateTimeOffset(), Is.GreaterThanOrEqualTo(endsAt));
            Assert.That(headings.Count(s => s.Contains("due to terminate", StringComparison.Ordinal)), Is.EqualTo(1));
        });
    }

    private async Task IsPaidWithoutACaseAsync(SeededReader reader)
    {
        var invoices = await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/invoices");
        var access = await tools.ApiAsync($"/api/entitlements/{reader.ReaderId}");

        // What the seeded past holds is not this outage's doing.
        var timeline = (await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/timeline")).Where(e => e.GetProperty("at").GetDateTimeOffset() > begun).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(invoices.Select(i => Text(i, "status")), Is.All.EqualTo("Paid"), reader.Email);
            Assert.That(timeline.Select(e => Text(e, "type")), Does.Contain("SubscriptionRenewed"));
            Assert.That(timeline.Select(e => Text(e, "type")), Does.Not.Contain("DunningCaseOpened"), reader.Email);
            Assert.That(access.GetProperty("entitled").GetBoolean(), Is.True, reader.Email);
        });
    }
}
