using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Pages;

public sealed class TeaserOfAnApiTests : SiteFixture
{
    private static readonly (string, string)[] Fetch = [("Accept", "application/json"), ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors")];

    [Test]
    public async Task An_API_that_writes_its_own_teaser_is_reached_by_programs_and_told_the_way_on()
    {
        var site = await SiteAsync(map: Map);
        using var stranger = site.Open();
        using var registered = site.OpenAs(Service, "reader-2");
        using var subscriber = site.OpenAs(Service, "reader-1");
        var back = Uri.EscapeDataString(site.Address + "/teaser");

        var refused = await stranger.GetAsync("/api/content", Fetch);
        Assert.That((refused.Status, refused.ShowsSecret), Is.EqualTo((HttpStatusCode.OK, false)));
        Assert.That(refused.Text, Does.Contain("NotSignedIn").And.Contain($"{Service.Address}/subscribe?return={back}"));
        Assert.That(refused.Headers, Does.Contain("private").And.Contain("no-store"));
        Assert.That((await registered.GetAsync("/api/content", Fetch)).Text, Does.Contain("NotSubscribed").And.Contain("/subscribe?return="));
        var allowed = await subscriber.GetAsync("/api/content", Fetch);
        Assert.That((allowed.ShowsSecret, allowed.Text.Contains("/subscribe", StringComparison.Ordinal)), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task It_is_never_led_away_unseen_and_only_reads_reach_it()
    {
        var site = await SiteAsync(map: Map);
        using var stranger = site.Open();

        Assert.That((await stranger.NavigateAsync("/api/content")).Status, Is.EqualTo(HttpStatusCode.OK));
        var page = await stranger.PostAsync("/api/content", []);
        Assert.That((page.Status, page.ContentType), Is.EqualTo((HttpStatusCode.PaymentRequired, "application/problem+json")));
    }

    [Test]
    public async Task While_nothing_can_be_decided_it_is_503_with_the_teaser()
    {
        var site = await SiteAsync(map: Map, listens: false);
        using var browser = site.OpenAs(Service, "reader-1");
        Service.Down = true;

        var page = await browser.GetAsync("/api/content", Fetch);

        Assert.That((page.Status, page.ShowsSecret), Is.EqualTo((HttpStatusCode.ServiceUnavailable, false)));
        Assert.That(page.Text, Does.Contain("ServiceUnreachable"));
    }

    private static void Map(WebApplication app) => app.MapMethods("/api/content", ["GET", "POST"], (HttpContext context) => Results.Json(new
    {
        reason = context.GetPaywallDecision().Reason.ToString(),
        offerUrl = context.GetPaywallOfferUrl("/teaser"),
        body = context.GetPaywallDecision().Allowed ? Site.Secret : null,
    })).RequireSubscriber().AsApi().WithTeaser();
}
