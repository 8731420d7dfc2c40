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

    [SetUp]
    public async Task StartAsync()
    {
        place = new SandboxPlace();
        sandbox = await SandboxProgram.StartAsync(place);
        tools = await OpenAsync(place);
    }

    [TearDown]
    public async Task EndAsync()
    {
        tools.Dispose();
        await sandbox.DisposeAsync();
        place.Dispose();
    }

    [TestCase("Error500Before")]
    [TestCase("Error500After")]
    [TestCase("ConnectionDroppedAfter")]
    [TestCase("ConnectionDropped")]
    public async Task A_gateway_that_says_nothing_opens_no_case_and_refuses_nobody(string kind)
    {
        var reader = tools.Reader(r => Text(r, "state") == "Active" && r.GetProperty("card").GetString() == "pm_card_mastercard");
        await tools.SetFaultAsync(new { target = "gateway", kind, operation = "confirm", match = reader.SubscriptionId, count = 4 });
        await tools.AdvanceDaysAsync(7);

        await WaitUntil.TrueAsync(async () => (await InvoicesAsync(reader)).All(i => Text(i, "status") == "Paid"), "the renewal is settled");
        var timeline = await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/timeline");
        var access = await tools.ApiAsync($"/api/entitlements/{reader.ReaderId}");
        Assert.Multiple(() =>
        {
            Assert.That(timeline.Select(e => Text(e, "type")), Does.Not.Contain("DunningCaseOpened"));
            Assert.That(access.GetProperty("entitled").GetBoolean(), Is.True);
        });
        await Ledgers.AgreeAsync(tools);
    }

    [Test]
    public async Task While_the_gateway_is_silent_the_attempt_is_unknown_and_the_reader_reads_on()
    {
        var reader = tools.Reader(r => Text(r, "state") == "Active" && r.GetProperty("card").GetString() == "pm_card_mastercard");
        await tools.SetFaultAsync(new { target = "gateway", kind = "ConnectionDropped", match = reader.SubscriptionId });
        await tools.SetFaultAsync(new { target = "gateway", kind = "Error500Before", operation = "retrieve" });
        await tools.AdvanceDaysAsync(8);

        var access = await tools.ApiAsync($"/api/entitlements/{reader.ReaderId}");
        var attempts = await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/attempts");
        Assert.Multiple(() =>
        {
            Assert.That(access.GetProperty("entitled").GetBoolean(), Is.True);
            Assert.That(Text(access, "reason"), Is.EqualTo("RenewalPending"));
            Assert.That(attempts.Count(a => Text(a, "state") is "Declined" or "NeedsAuthentication"), Is.Zero);
        });

        await tools.ClearFaultsAsync();
        await tools.AdvanceDaysAsync(1);
        await WaitUntil.TrueAsync(async () => (await InvoicesAsync(reader)).All(i => Text(i, "status") == "Paid"), "the renewal is settled");
        await Ledgers.AgreeAsync(tools);
    }

    [Test]
    public async Task While_the_mail_server_refuses_nobody_is_ended_who_was_not_told()
    {
        var reader = tools.WithCard("pm_card_chargeCustomerFail");
        await tools.SetFaultAsync(new { target = "mail", kind = "RefusedTemporarily", match = reader.Email });
        await tools.AdvanceDaysAsync(40);

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

    private Task<IReadOnlyList<System.Text.Json.JsonElement>> InvoicesAsync(SeededReader reader) =>
        tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/invoices");
}
