using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests;

public sealed class PaywallHttpContextTests : SiteFixture
{
    [Test]
    public async Task A_site_can_ask_who_reads_and_decide_about_a_part_of_a_page()
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(extra: ",\"comments\"");
        var site = await SiteAsync(map: app => app.MapGet("/parts", async (HttpContext context) =>
            $"{await context.GetPaywallReaderIdAsync() ?? "nobody"} "
            + $"{(await context.DecidePaywallAsync(Requirement.SubscriberWith("comments"))).Outcome} "
            + $"{(await context.DecidePaywallAsync(Requirement.SubscriberWith("puzzles"))).Reason}"));
        using var browser = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();

        var page = await browser.GetAsync("/parts");
        Assert.That(page.Text, Is.EqualTo("reader-1 Allowed NotInPlan"));
        Assert.That(page.Headers, Does.Contain("private, no-store"));
        Assert.That((await stranger.GetAsync("/parts")).Text, Is.EqualTo("nobody SignIn NotSignedIn"));
    }

    [Test]
    public void Without_the_middleware_a_page_that_asks_for_its_decision_fails() =>
        Assert.Throws<InvalidOperationException>(() => new DefaultHttpContext().GetPaywallDecision());

    [Test]
    public void A_gated_response_is_kept_out_of_an_output_cache_before_the_gate()
    {
        var context = new DefaultHttpContext();
        var outputCache = new OutputCacheContext { HttpContext = context, AllowCacheLookup = true, AllowCacheStorage = true };
        context.Features.Set<IOutputCacheFeature>(new Feature(outputCache));
        PrivateResponse.Mark(context);

        Assert.That((outputCache.AllowCacheLookup, outputCache.AllowCacheStorage), Is.EqualTo((false, false)));
    }

    private sealed class Feature(OutputCacheContext context) : IOutputCacheFeature
    {
        public OutputCacheContext Context => context;
    }
}
