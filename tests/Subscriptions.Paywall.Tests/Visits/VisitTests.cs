using System.Net;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Visits;

public sealed class VisitTests : SiteFixture
{
    private const string Policy = """
        {"networks":[
          {"kind":"Institution","record":"uni","addresses":["127.0.0.1/32"],"entitlements":["subscriber","archive"],"until":"2026-11-25T00:00:00Z"},
          {"kind":"Crawler","record":"Searchbot","addresses":["127.0.0.0/8"],"entitlements":["*"],"userAgent":"Searchbot"}],
         "openRegions":[{"region":"UA","entitlements":["subscriber"]}]}
        """;

    private const string CrawlerOnly = """
        {"networks":[{"kind":"Crawler","record":"Searchbot","addresses":["192.0.2.0/24"],"entitlements":["*"],"userAgent":"Searchbot"}],"openRegions":[{"region":"UA","entitlements":["subscriber"]}]}
        """;

    [Test]
    public async Task Whoever_comes_from_an_institutions_network_reads_without_signing_in_until_its_end()
    {
        Service.Policy = Policy;
        var site = await SiteAsync();
        using var browser = site.Open();

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/archive/x")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/registered")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies, Is.Empty);

        Clock.Advance(TimeSpan.FromDays(3));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_crawler_is_known_by_its_address_and_nobody_by_what_he_calls_himself()
    {
        Service.Policy = CrawlerOnly;
        var site = await SiteAsync();
        using var browser = site.Open();

        foreach (var name in (string[])["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "X-Client-IP", "CF-Connecting-IP"])
            Assert.That((await browser.GetAsync("/gated", ("User-Agent", "Searchbot/2.1"), (name, name == "Forwarded" ? "for=192.0.2.1" : "192.0.2.1"))).ShowsSecret, Is.False, name);
    }

    [Test]
    public async Task A_crawlers_network_opens_nothing_to_whoever_calls_himself_something_else()
    {
        Service.Policy = CrawlerOnly.Replace("192.0.2.0/24", "127.0.0.0/8", StringComparison.Ordinal);
        var site = await SiteAsync();
        using var browser = site.Open();

        Assert.That((await browser.GetAsync("/gated", ("User-Agent", "Mozilla/5.0"))).ShowsSecret, Is.False);
        var page = await browser.GetAsync("/gated", ("User-Agent", "Mozilla/5.0 (compatible; Searchbot/2.1)"));
        Assert.That(page.ShowsSecret, Is.True);
        Assert.That(page.Headers, Does.Contain("no-store"));
    }

    [Test]
    public async Task A_region_counts_only_by_the_header_that_the_site_names()
    {
        Service.Policy = CrawlerOnly;
        var silent = await SiteAsync();
        var told = await SiteAsync(options => options.RegionHeader = "X-Edge-Region");
        using var atSilent = silent.Open();
        using var atTold = told.Open();

        Assert.That((await atSilent.GetAsync("/gated", ("X-Edge-Region", "UA"))).ShowsSecret, Is.False);
        Assert.That((await atTold.GetAsync("/gated", ("X-Edge-Region", "ua"))).ShowsSecret, Is.True);
        Assert.That((await atTold.GetAsync("/gated", ("X-Edge-Region", "GB"))).ShowsSecret, Is.False);
    }

    [Test]
    public async Task What_lets_a_visit_in_is_never_remembered_of_a_reader()
    {
        Service.Policy = Policy;
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-2");

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies.Keys, Does.Not.Contain("__courier_known"));
    }

    [Test]
    public async Task An_institutions_network_reads_on_while_the_service_is_down()
    {
        Service.Policy = Policy;
        var site = await SiteAsync();
        using var browser = site.Open();
        await browser.GetAsync("/gated");
        Service.Down = true;

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_member_of_staff_previews_by_a_link_that_counts_once()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var thief = site.Open();
        var link = $"/gate/preview?token={Service.IssuePreview("staff-1")}&to=/gated";

        var begun = await browser.GetAsync(link);
        Assert.That((begun.Status, begun.Location), Is.EqualTo((HttpStatusCode.Redirect, "/gated")));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/archive/x")).ShowsSecret, Is.True);
        Assert.That((await thief.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await thief.GetAsync("/gated")).ShowsSecret, Is.False);

        Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task No_other_token_begins_a_preview()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        string[] tokens =
        [
            Service.IssuePass("reader-1"), Service.IssueGift("gift-1", "/gated"), Service.IssuePreview("staff-1", life: TimeSpan.FromMinutes(-5)),
            Service.IssuePreview("staff-1", change: descriptor => descriptor.Audience = "other/preview"),
            Service.IssuePreview("staff-1", change: descriptor => descriptor.TokenType = "gift+jwt"),
            Service.IssuePreview("staff-1", change: descriptor => descriptor.Issuer = "https://elsewhere.example"), "x.y.z",
        ];

        foreach (var token in tokens)
            Assert.That((await browser.GetAsync($"/gate/preview?token={token}&to=/gated")).Status, Is.EqualTo(HttpStatusCode.Forbidden), token);
        browser.Cookies["__courier_pass"] = Service.IssuePreview("reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_service_that_knows_no_policies_is_asked_for_one_once_and_not_taken_for_one_that_is_down()
    {
        Service.Policy = "";
        var site = await SiteAsync();
        using var stranger = site.Open();
        using var subscriber = site.OpenAs(Service, "reader-1");
        for (var i = 0; i < 10; i++)
            Assert.That((await stranger.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));

        Assert.That((await subscriber.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("site"), Is.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task A_policy_that_makes_no_sense_lets_nobody_in_and_is_not_asked_for_by_every_request()
    {
        Service.Policy = """{"networks":[{"kind":"Institution","record":"uni","addresses":["everywhere"],"entitlements":["subscriber"]}],"openRegions":[]}""";
        var site = await SiteAsync();
        using var stranger = site.Open();
        for (var i = 0; i < 10; i++)
            Assert.That((await stranger.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));

        Assert.That(Service.CallsOf("site"), Is.LessThanOrEqualTo(3));
    }
}
