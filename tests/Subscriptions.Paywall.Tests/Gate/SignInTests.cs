using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Gate;

public sealed class SignInTests : SiteFixture
{
    [Test]
    public async Task A_reader_signs_in_and_comes_back_to_her_page()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);

        var begun = await browser.GetAsync("/gate/sign-in?to=%2Fgated%3Fa%3Db");
        Assert.That(begun.Location, Does.StartWith(Service.Address + "/sign-in/authorize?site=courier&return=").And.Contain("prompt=login"));
        var callback = (await atService.GetAsync(begun.Location!)).Location!;
        var back = await browser.GetAsync(callback);

        Assert.That(back.Location, Is.EqualTo("/gated?a=b"));
        Assert.That(browser.Cookies.Keys, Is.EquivalentTo((string[])["__courier_pass", "__courier_handle"]));
        Assert.That(back.Headers.ToLowerInvariant(), Does.Contain("httponly").And.Contain("samesite=lax").And.Contain("no-store"));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [TestCase(125, true)]
    [TestCase(115, false)]
    [TestCase(-600, false)]
    public async Task A_clock_that_is_too_slow_is_named_in_the_log(int secondsAhead, bool told)
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);
        Service.PassesAhead = TimeSpan.FromSeconds(secondsAhead);
        var begun = await browser.GetAsync("/gate/sign-in?to=%2Fgated");
        await browser.GetAsync((await atService.GetAsync(begun.Location!)).Location!);

        Assert.That(browser.Cookies.ContainsKey("__courier_pass"), Is.EqualTo(!told));
        Assert.That(log.Lines.Count(line => line.Contains("The clock of this machine is 125 s behind", StringComparison.Ordinal)), Is.EqualTo(told ? 1 : 0));
    }

    [TestCase(20)]
    [TestCase(179)]
    [TestCase(1_400)]
    public async Task A_long_address_comes_back_whole_though_the_service_takes_a_short_state(int length)
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);
        var to = "/gated?x=" + new string('a', length);

        var begun = (await browser.GetAsync("/gate/sign-in?to=" + Uri.EscapeDataString(to))).Location!;
        Assert.That(QueryHelpers.ParseQuery(new Uri(begun).Query)["state"].ToString(), Has.Length.LessThanOrEqualTo(500));
        Assert.That((await browser.GetAsync((await atService.GetAsync(begun)).Location!)).Location, Is.EqualTo(to));
    }

    [Test]
    public async Task A_callback_in_another_browser_or_with_another_state_signs_nobody_in()
    {
        var site = await SiteAsync();
        using var attacker = site.Open();
        using var victim = site.Open();
        using var atService = new Browser(Service.Address);
        var callback = (await atService.GetAsync((await attacker.GetAsync("/gate/sign-in?to=/")).Location!)).Location!;

        var injected = await victim.GetAsync(callback);
        Assert.That((injected.Status, victim.Cookies.Count), Is.EqualTo((HttpStatusCode.BadRequest, 0)));

        await victim.GetAsync("/gate/sign-in?to=/");
        Assert.That((await victim.GetAsync(callback)).Status, Is.EqualTo(HttpStatusCode.BadRequest), "her own sign-in does not fit the attacker's state");
        Assert.That(victim.Cookies, Does.Not.ContainKey("__courier_pass"));

        foreach (var state in (string[])["", "x", new string('A', 5_000), "AAAA"])
            Assert.That((await victim.GetAsync("/gate/callback?code=code-0&state=" + state)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Service.CallsOf("token"), Is.Zero);
    }

    [Test]
    public async Task A_callback_works_once_and_only_for_ten_minutes()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);
        var callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!;
        await browser.GetAsync(callback);
        Assert.That((await browser.GetAsync(callback)).Status, Is.EqualTo(HttpStatusCode.BadRequest));

        callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!;
        Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.That((await browser.GetAsync(callback)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_code_that_another_sign_in_earned_is_not_exchanged_since_its_proof_is_missing()
    {
        var site = await SiteAsync();
        using var attacker = site.Open();
        using var victim = site.Open();
        using var atService = new Browser(Service.Address);
        var stolen = QueryHelpers.ParseQuery(new Uri((await atService.GetAsync((await victim.GetAsync("/gate/sign-in?to=/")).Location!)).Location!).Query)["code"];
        var own = QueryHelpers.ParseQuery(new Uri((await attacker.GetAsync("/gate/sign-in?to=/")).Location!).Query)["state"];

        var page = await attacker.GetAsync($"/gate/callback?code={stolen}&state={own}");
        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(attacker.Cookies, Does.Not.ContainKey("__courier_pass"));
    }

    [TestCase("https://evil.example")]
    [TestCase("//evil.example")]
    [TestCase("/\\evil.example")]
    [TestCase("/%09/evil.example")]
    [TestCase("/%0d%0aSet-Cookie:%20a=b")]
    public async Task No_return_address_leads_away_from_the_site(string to)
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);

        Assert.That((await browser.GetAsync("/gate/return?to=" + to)).Location, Is.EqualTo("/"));
        Assert.That((await browser.PostAsync("/gate/sign-out", new() { ["to"] = Uri.UnescapeDataString(to) })).Location, Is.EqualTo("/"));
        Assert.That((await browser.PostAsync("/gate/dismiss", new() { ["to"] = Uri.UnescapeDataString(to) })).Location, Is.EqualTo("/"));
        var callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=" + to)).Location!)).Location!;
        Assert.That((await browser.GetAsync(callback)).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task A_reader_who_is_signed_in_at_the_service_is_signed_in_here_unseen()
    {
        var site = await SiteAsync();
        Service.SignedIn = "reader-1";
        using var browser = site.Open();

        var page = await FollowAsync(browser, "/gated?x=1");
        Assert.That(page.ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_reader_who_is_signed_in_nowhere_is_not_asked_about_at_every_page()
    {
        var site = await SiteAsync();
        using var browser = site.Open();

        var page = await FollowAsync(browser, "/gated");
        Assert.That(page.Text, Does.Contain("Subscribe to read on"));
        await FollowAsync(browser, "/teaser");
        Assert.That(Service.CallsOf("authorize"), Is.EqualTo(1));
    }

    [TestCase(null)]
    [TestCase("reader-1")]
    public async Task A_browser_without_cookies_gets_the_refused_page_and_nothing_loops(string? signedIn)
    {
        var site = await SiteAsync();
        Service.SignedIn = signedIn;
        using var browser = site.Open();
        browser.KeepsCookies = false;

        var page = await FollowAsync(browser, "/gated?x=1");
        Assert.That((page.Status, page.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That(page.Text, Does.Contain("/gate/sign-in?to=%2Fgated%3Fx%3D1\""), "the marker is not carried on");
    }

    [Test]
    public async Task Only_a_person_opening_a_page_is_asked_about_unseen()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        (string, string)[][] others =
        [
            [], [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")], [("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty")],
            [("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
        ];
        foreach (var headers in others)
            Assert.That((await browser.GetAsync("/gated", headers)).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That((await browser.SendAsync(HttpMethod.Post, "/gated", null, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))).Status,
            Is.EqualTo(HttpStatusCode.PaymentRequired));
    }

    [Test]
    public async Task Sign_in_begun_under_127_0_0_1_moves_to_localhost_first()
    {
        var site = await SiteAsync(options => options.SiteAddress = "http://localhost:5080");
        using var browser = site.Open();

        Assert.That((await browser.GetAsync("/gate/sign-in?to=/gated")).Location, Is.EqualTo("http://localhost:5080/gate/sign-in?to=%2Fgated"));
        Assert.That((await browser.NavigateAsync("/gated?a=b")).Location, Is.EqualTo("http://localhost:5080/gated?a=b"));
    }

    [Test]
    public async Task Signing_out_ends_the_session_everywhere_and_is_not_undone_by_the_next_page()
    {
        var site = await SiteAsync();
        Service.SignedIn = "reader-1";
        using var browser = site.Open();
        await FollowAsync(browser, "/gated");
        var pass = browser.Cookies["__courier_pass"];

        Assert.That((await browser.GetAsync("/gate/sign-out")).Location, Is.EqualTo("/"));
        Assert.That((await browser.PostAsync("/gate/sign-out", [], ("Origin", "https://evil.example"))).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(browser.Cookies, Does.ContainKey("__courier_pass"));

        var page = await browser.PostAsync("/gate/sign-out", new() { ["to"] = "/free" }, ("Origin", site.Address));
        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.SeeOther, "/free")));
        Assert.That(Service.Handles, Is.Empty);
        Assert.That((await FollowAsync(browser, "/gated")).ShowsSecret, Is.False);
        browser.Cookies["__courier_pass"] = pass;
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False, "a copy of the pass is over as well");
    }

    [Test]
    public async Task While_the_service_is_down_a_sign_in_says_so()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);
        var callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!;
        Service.Down = true;

        Assert.That((await browser.GetAsync(callback)).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    // As a person's browser does: redirects are followed between site and service, at most ten.
    private async Task<Page> FollowAsync(Browser browser, string path)
    {
        using var atService = new Browser(Service.Address);
        var page = await browser.NavigateAsync(path);
        for (var i = 0; page.Location is { } next; i++)
        {
            Assert.That(i, Is.LessThan(10), "it loops");
            page = await (next.StartsWith(Service.Address, StringComparison.Ordinal) ? atService : browser).NavigateAsync(next);
        }

        return page;
    }
}
