using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Service;

public sealed class FeedClientTests : SiteFixture
{
    [Test]
    public async Task After_a_break_the_feed_is_trusted_when_all_that_was_missed_is_in_and_not_before()
    {
        var site = await SiteAsync();
        await ResumeAsync(() => Service.LastPosition = 150);
        Assert.That(IsHeard(site), Is.False, "the first heartbeat says that fifty changes are to come");

        await RevokedAsync(site, 120);
        Assert.That(IsHeard(site), Is.False);
        Service.Tell("heartbeat", 120, ",\"last\":151");
        await RevokedAsync(site, 150);
        Assert.That(IsHeard(site), Is.False, "one more was added meanwhile");
        await RevokedAsync(site, 151);
        Assert.That(IsHeard(site), Is.True);
        Clock.Advance(TimeSpan.FromSeconds(6));
        Service.Tell("heartbeat", 151, ",\"last\":151");
        await site.ListensAsync(Clock);
    }

    [Test]
    public async Task A_reader_whose_end_is_still_to_come_is_asked_about_meanwhile()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        await ResumeAsync(() => Service.LastPosition = 150);
        await RevokedAsync(site, 120);

        Service.Readers["reader-1"] = StubReader.Registered(version: 2);
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_feed_that_begins_anew_is_trusted_from_where_it_begins()
    {
        var site = await SiteAsync();
        await ResumeAsync(() => Service.LastPosition = 150);
        await RevokedAsync(site, 120);

        await Eventually.IsTrueAsync(
            () =>
            {
                Service.Tell("reset", 90);
                return IsHeard(site);
            },
            "the reset is heard");
    }

    [Test]
    public async Task An_older_service_that_does_not_tell_its_last_position_is_trusted_at_once()
    {
        var site = await SiteAsync();
        await ResumeAsync(() => Service.LastPosition = null);

        await site.ListensAsync(Clock);
    }

    [Test]
    public async Task A_key_that_the_service_refuses_is_named_at_the_websites_first_call_and_not_at_each()
    {
        Service.RefusesKey = true;
        var log = new LogBook();
        var site = await SiteAsync(listens: false, log: log);
        await Eventually.IsTrueAsync(() => Service.FeedPositions.Count > 2, "the feed is asked for again and again");
        Assert.That(log.Lines.Where(line => line.Contains("Check Paywall:SiteKey", StringComparison.Ordinal)), Has.One.Items.And.All.StartWith("Error: "));

        Service.RefusesKey = false;
        await site.ListensAsync(Clock);
        Service.RefusesKey = true;
        Service.CutFeed();
        await Eventually.IsTrueAsync(() => log.Lines.Count(line => line.Contains("Check Paywall:SiteKey", StringComparison.Ordinal)) == 2, "a key that was good and is refused is named again");
    }

    [Test]
    public async Task A_heartbeat_that_is_heard_late_makes_nobody_be_asked_about_again()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromSeconds(2));

        foreach (var late in (double[])[3, 0, 5, 0])
        {
            // Made some seconds ago, and held up by a lost packet, a pause of this process or a proxy that gathers what it hands on.
            await BeatAsync(site, TimeSpan.FromSeconds(-late));
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }

        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_clock_of_the_service_that_is_set_back_is_noticed_by_its_next_answer()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Service.Ahead = TimeSpan.FromHours(-1);
        using var other = site.OpenAs(Service, "reader-2", "session-2");
        await other.GetAsync("/gated");

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(2));
        await BeatAsync(site, TimeSpan.FromHours(-1));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(2), "the heartbeats agree with it");
    }

    private async Task BeatAsync(Site site, TimeSpan ahead)
    {
        var before = Service.Ahead;
        Service.Ahead = ahead;
        Service.Tell("heartbeat", 100);
        Service.Ahead = before;
        await RevokedAsync(site, 100);
    }

    private bool IsHeard(Site site) => site.Services.GetRequiredService<FeedState>().IsHeard(Clock.GetUtcNow());

    private async Task ResumeAsync(Action change)
    {
        Clock.Advance(TimeSpan.FromSeconds(6));
        change();
        var opened = Service.FeedPositions.Count;
        Service.CutFeed();
        await Eventually.IsTrueAsync(() => Service.FeedPositions.Count > opened, "the feed is opened again");
    }

    // What is told is taken in order, so that everything before it is in as well.
    private Task RevokedAsync(Site site, long position)
    {
        var session = Guid.NewGuid().ToString();
        return Eventually.IsTrueAsync(
            () =>
            {
                Service.Tell("revoked", position, $",\"sessionId\":\"{session}\",\"readerId\":\"somebody\"");
                return site.Services.GetRequiredService<RevokedSessions>().Contains(session);
            },
            "the feed is heard as far as " + position);
    }
}
