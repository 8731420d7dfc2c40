using System.Text.Json;
using NUnit.Framework;
using Subscriptions.Journeys.Support;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Stories;

/// <summary>Story 2 of the product, seen by tools: from the first decline to the end, day by day.</summary>
[TestFixture]
public sealed class DunningStoryTests
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

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

    [Test]
    public async Task A_card_that_keeps_declining_goes_the_long_track_and_a_lost_one_the_short()
    {
        var soft = tools.WithCard("pm_card_chargeCustomerFail");
        var lost = tools.WithCard("pm_card_visa_chargeDeclinedLostCard");
        await tools.AdvanceDaysAsync(38);

        await IsTimelineAsync(soft, retries: [0, 1, 3, 7, 10, 14, 18, 22, 26], notices: [3, 10, 18], end: 27);
        await IsTimelineAsync(lost, retries: [0], notices: [0, 4, 10], end: 17);
        await Ledgers.AgreeAsync(tools);
    }

    [Test]
    public async Task A_decline_that_heals_on_a_later_try_is_never_shown()
    {
        var reader = tools.Reader(r => r.GetProperty("email").GetString()!.StartsWith("imogen", StringComparison.Ordinal));
        await tools.AdvanceDaysAsync(9);
        var types = (await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/timeline")).Select(e => Text(e, "type")).ToList();
        Assert.That(types, Does.Contain("SubscriptionRecovered").And.Not.Contain("DunningStageEntered"));
        Assert.That(await tools.InboxAsync(reader.Email), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Ended_and_started_again_on_the_same_folder_the_sandbox_goes_on_where_it_was()
    {
        await tools.AdvanceDaysAsync(3);
        var before = await tools.NowAsync();
        Assert.That(await sandbox.EndAsync(), Is.Zero);
        await using var again = await SandboxProgram.StartAsync(place);
        var after = await tools.NowAsync();
        Assert.That(after - before, Is.InRange(TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        await tools.AdvanceDaysAsync(1);
        await Ledgers.AgreeAsync(tools);
    }

    private async Task IsTimelineAsync(SeededReader reader, int[] retries, int[] notices, int end)
    {
        var timeline = await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/timeline");
        var opened = On(timeline.Single(e => Text(e, "type") == "DunningCaseOpened"));
        int[] Days(string type) => [.. timeline.Where(e => Text(e, "type") == type).Select(e => On(e).DayNumber - opened.DayNumber).Where(d => d >= 0).Order()];
        var mails = await tools.InboxAsync(reader.Email);
        Assert.Multiple(() =>
        {
            Assert.That(Days("PaymentAttemptDeclined"), Is.EqualTo(retries), "tries");
            Assert.That(Days("DunningStageEntered"), Is.EqualTo(notices), "notices in the page");
            Assert.That(Days("DunningNoticeHandedOver"), Is.EqualTo(notices), "notices by mail");
            Assert.That(Days("SubscriptionEnded"), Is.EqualTo(new[] { end }), "end");
            foreach (var heading in (string[])["We haven't been able to take payment", "Act now to keep your subscription", "Your subscription is due to terminate"])
            {
                Assert.That(mails.Count(m => Text(m, "subject").Contains(heading, StringComparison.Ordinal)), Is.EqualTo(1), heading);
            }
        });
    }

    private static DateOnly On(JsonElement entry) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(entry.GetProperty("at").GetDateTimeOffset(), London).DateTime);
}
