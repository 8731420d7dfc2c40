using System.Net;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

/// <summary>A session that had to make room for a later one of the same reader: what its browser is told, and that two devices do not sign each other out in turn.</summary>
public sealed class SharingLimitTests : SiteFixture
{
    private const string Words = "You were signed out here, because your subscription is in use on 3 other devices. Sign in again to read here; the device that has been signed in longest is then signed out.";

    [Test]
    public async Task She_is_told_at_the_next_gated_page_and_is_not_asked_about_silently_then_or_afterwards()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "oldest");
        await EndedAsync(site);
        Service.SignedIn = "reader-1";

        var told = await browser.NavigateAsync("/gated");
        Assert.That((told.Status, told.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That(WebUtility.HtmlDecode(told.Text), Does.Contain(Words).And.Contain("/gate/sign-in?to=%2Fgated"));
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_pass").And.Not.ContainKey("__courier_handle"));
        var after = await browser.NavigateAsync("/gated");
        Assert.That((after.Status, after.Text.Contains("signed out here", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.PaymentRequired, false)), "she is told once, and nothing signs her in unseen");
    }

    [Test]
    public async Task A_page_with_a_teaser_says_it_in_its_offer()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "oldest");
        await EndedAsync(site);

        var page = await browser.NavigateAsync("/teaser");
        Assert.That(WebUtility.HtmlDecode(page.Text), Does.Contain("first paragraph").And.Contain(Words).And.Contain("paywall-offer--signed-in-elsewhere"));
    }

    [Test]
    public async Task A_program_gets_the_reason_and_the_way_to_sign_in()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "oldest");
        await EndedAsync(site);

        var answer = await browser.GetAsync("/api/article");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That(answer.Text, Does.Contain("urn:subscriptions:paywall:SignedInElsewhere").And.Contain("\"nextStep\":\"SignIn\"").And.Contain("signInUrl").And.Contain("3 other devices"));
    }

    [Test]
    public async Task A_free_page_leaves_the_word_to_the_next_gated_one()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "oldest");
        await EndedAsync(site);

        await browser.NavigateAsync("/stated-free");
        Assert.That(browser.Cookies, Does.ContainKey("__courier_pass"));
        Assert.That((await browser.NavigateAsync("/registered")).Text, Does.Contain("You were signed out here"), "what is for registered readers is gated as well");
    }

    [Test]
    public async Task A_renewal_that_is_refused_for_the_limit_says_the_same()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "oldest");
        var handle = Service.IssueHandle("reader-1", "oldest");
        browser.Cookies["__courier_handle"] = handle;
        Service.EndedByLimit[handle] = 1;
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.That((await browser.NavigateAsync("/gated")).Text, Does.Contain("in use on another device."));
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_handle"));
    }

    [Test]
    public async Task Signing_in_again_opens_the_page()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "oldest");
        using var atService = new Browser(Service.Address);
        await EndedAsync(site);
        await browser.NavigateAsync("/gated");
        Service.SignedIn = "reader-1";
        await browser.GetAsync((await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!);

        Assert.That((await browser.NavigateAsync("/gated")).ShowsSecret, Is.True);
    }

    private Task EndedAsync(Site site) => Eventually.IsTrueAsync(
        async () =>
        {
            Service.Tell("revoked", 101, ",\"sessionId\":\"oldest\",\"readerId\":\"reader-1\",\"reason\":\"limit\",\"sessions\":3");
            using var probe = site.Open();
            probe.Cookies["__courier_pass"] = Service.IssuePass("reader-1", "oldest");
            return !(await probe.GetAsync("/gated")).ShowsSecret;
        },
        "the session is over here");
}
