using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Policy;

public sealed class PolicyStateTests : SiteFixture
{
    private const string Library = """
        {"networks":[{"kind":"Institution","record":"ins_1","addresses":["127.0.0.0/8","::1/128"],"entitlements":["subscriber"]}],"openRegions":[]}
        """;

    [Test]
    public async Task A_website_for_which_nothing_was_switched_on_hears_within_minutes_that_something_is()
    {
        var site = await SiteAsync();
        using var stranger = site.Open();
        Assert.That((await stranger.GetAsync("/gated")).ShowsSecret, Is.False);
        var asked = Service.CallsOf("site");

        Service.Policy = Library;
        await BeatAsync(site, TimeSpan.FromMinutes(4));
        Assert.That((await stranger.GetAsync("/gated")).ShowsSecret, Is.False);
        await BeatAsync(site, TimeSpan.FromMinutes(1.1));
        await Eventually.IsTrueAsync(async () => (await stranger.GetAsync("/gated")).ShowsSecret, "the library's network is known");
        Assert.That(Service.CallsOf("site"), Is.EqualTo(asked + 1));
    }

    [Test]
    public async Task A_policy_that_was_not_answered_when_the_feed_came_back_is_asked_for_again_and_not_at_every_heartbeat()
    {
        var site = await SiteAsync();
        using var stranger = site.Open();
        Assert.That((await stranger.GetAsync("/gated")).ShowsSecret, Is.False);

        Service.Policy = Library;
        Service.Cut["site"] = true;
        var (opened, asked) = (Service.FeedPositions.Count, Service.CallsOf("site"));
        Service.CutFeed();
        await Eventually.IsTrueAsync(() => Service.FeedPositions.Count > opened && Service.CallsOf("site") > asked, "the policy is asked for");
        asked = Service.CallsOf("site");
        for (var i = 0; i < 4; i++)
            await BeatAsync(site, TimeSpan.FromSeconds(2));
        Assert.That(Service.CallsOf("site"), Is.EqualTo(asked), "within ten seconds it is not asked for again");

        Service.Cut.Clear();
        await BeatAsync(site, TimeSpan.FromSeconds(12));
        await Eventually.IsTrueAsync(async () => (await stranger.GetAsync("/gated")).ShowsSecret, "the library's network is known");
    }

    [Test]
    public async Task A_policy_gets_through_where_the_feed_does_not()
    {
        Service.Cut["feed"] = true;
        var site = await SiteAsync(listens: false);
        using var stranger = site.Open();
        Assert.That((await stranger.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));

        Service.Policy = Library;
        Clock.Advance(TimeSpan.FromMinutes(6));
        await Eventually.IsTrueAsync(async () => (await stranger.GetAsync("/gated")).ShowsSecret, "the library's network is known");
    }

    // What is told is taken in order: when the mark that follows the heartbeat is in, the heartbeat has set off what it sets off.
    private async Task BeatAsync(Site site, TimeSpan after)
    {
        Clock.Advance(after);
        var mark = Guid.NewGuid().ToString();
        await Eventually.IsTrueAsync(
            () =>
            {
                Service.Tell("heartbeat", 100);
                Service.Tell("revoked", 100, $",\"sessionId\":\"{mark}\",\"readerId\":\"somebody\"");
                return site.Services.GetRequiredService<RevokedSessions>().Contains(mark);
            },
            "the heartbeat is heard");
    }
}
