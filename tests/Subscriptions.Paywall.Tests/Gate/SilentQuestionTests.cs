using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Gate;

public sealed class SilentQuestionTests : SiteFixture
{
    private static readonly (string, string)[] Click = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
    private static readonly (string, string)[] Reload = [.. Click, ("Cache-Control", "max-age=0")];
    private static readonly (string, string)[] HardReload = [.. Click, ("Cache-Control", "no-cache"), ("Pragma", "no-cache")];
    private static readonly (string, string)[] OldReload = [.. Click, ("Pragma", "no-cache")];

    [Test]
    public async Task Whoever_signs_in_at_the_service_later_is_known_at_a_page_half_a_minute_after_the_last_question()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        Assert.That((await FollowAsync(browser, Click)).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Service.SignedIn = "reader-1";

        Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.That((await FollowAsync(browser, Click)).ShowsSecret, Is.False);
        Assert.That(Service.CallsOf("authorize"), Is.EqualTo(1));
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await FollowAsync(browser, Click)).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Nobody_is_led_to_a_service_that_has_fallen_silent()
    {
        var site = await SiteAsync();
        var hangs = new TaskCompletionSource();
        Service.GateOfAll = hangs.Task;
        Service.CutFeed();
        await Eventually.IsTrueAsync(async () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(5));
            using var stranger = site.Open();
            return (await stranger.GetAsync("/gated", Click)).Status == HttpStatusCode.PaymentRequired;
        }, "a stranger gets the offer although no question of a reader has failed");

        hangs.SetResult();
        await Eventually.IsTrueAsync(async () =>
        {
            using var stranger = site.Open();
            return (await stranger.GetAsync("/gated", Click)).Status == HttpStatusCode.Redirect;
        }, "she is asked about again when the feed is back");
    }

    [Test]
    public async Task Where_the_feed_alone_does_not_get_through_a_stranger_is_asked_about_all_the_same()
    {
        Service.Cut["feed"] = true;
        Service.SignedIn = "reader-1";
        var site = await SiteAsync(listens: false);
        await Eventually.IsTrueAsync(() => Service.CallsOf("feed") > 1, "the feed is tried in vain");
        for (var minute = 0; minute < 2; minute++)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Eventually.IsTrueAsync(
                async () =>
                {
                    using var stranger = site.Open();
                    return (await stranger.GetAsync("/gated", Click)).Status == HttpStatusCode.Redirect;
                },
                $"a stranger is led to the service in minute {minute} although nobody else has asked it anything");
        }

        Service.Between = (502, "text/html", "Bad Gateway");
        await Eventually.IsTrueAsync(
            async () =>
            {
                Clock.Advance(TimeSpan.FromSeconds(1));
                using var stranger = site.Open();
                return (await stranger.GetAsync("/gated", Click)).Status == HttpStatusCode.PaymentRequired;
            },
            "none is when nothing else is answered either");
    }

    [Test]
    public async Task A_reload_asks_at_once_and_only_once()
    {
        var site = await SiteAsync();
        foreach (var headers in new[] { Reload, HardReload, OldReload })
        {
            using var browser = site.Open();
            Service.SignedIn = null;
            await FollowAsync(browser, headers);
            var before = Service.CallsOf("authorize");
            Assert.That((await FollowAsync(browser, headers)).Status, Is.EqualTo(HttpStatusCode.PaymentRequired), "the reload in the same second is the answer's own");
            Assert.That(Service.CallsOf("authorize"), Is.EqualTo(before));

            Clock.Advance(TimeSpan.FromSeconds(2));
            Service.SignedIn = "reader-1";
            Assert.That((await FollowAsync(browser, headers)).ShowsSecret, Is.True);
        }
    }

    [Test]
    public async Task A_slow_way_there_and_back_does_not_lead_into_the_next_question()
    {
        var site = await SiteAsync();
        using var browser = site.Open();

        var page = await FollowAsync(browser, Reload, eachHopTakes: TimeSpan.FromSeconds(20));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That(Service.CallsOf("authorize"), Is.EqualTo(1));
    }

    [TestCase("later", true)]
    [TestCase("-1", true)]
    [TestCase("", false)]
    public async Task What_somebody_writes_into_the_cookie_is_no_reason_to_loop(string value, bool refusedAtOnce)
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        browser.Cookies["__courier_tried"] = value;

        await FollowAsync(browser, Reload);

        Assert.That(Service.CallsOf("authorize"), Is.EqualTo(refusedAtOnce ? 0 : 1));
    }

    [Test]
    public async Task Two_machines_whose_clocks_differ_do_not_ask_in_turns()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        browser.Cookies["__courier_tried"] = (Clock.GetUtcNow().ToUnixTimeSeconds() + 40).ToString(CultureInfo.InvariantCulture);

        await FollowAsync(browser, Reload);

        Assert.That(Service.CallsOf("authorize"), Is.Zero);
    }

    [Test]
    public async Task A_browser_without_cookies_that_reloads_is_asked_about_once_each_time()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        browser.KeepsCookies = false;

        Assert.That((await FollowAsync(browser, Reload)).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That(Service.CallsOf("authorize"), Is.EqualTo(1));
    }

    [Test]
    public async Task After_a_sign_out_that_the_service_did_not_hear_only_the_reader_herself_signs_in_again()
    {
        var site = await SiteAsync();
        Service.SignedIn = "reader-1";
        using var browser = site.Open();
        await FollowAsync(browser, Click);
        Service.Down = true;
        await browser.PostAsync("/gate/sign-out", new() { ["to"] = "/free" });
        Service.Down = false;
        // The first call finds out that the service is back, as a probe would.
        Clock.Advance(TimeSpan.FromHours(1));
        using (var other = site.OpenAs(Service, "reader-2"))
            await other.GetAsync("/gated");

        await browser.GetAsync("/gate/return?to=/gated");
        foreach (var headers in new[] { Click, Reload })
            Assert.That((await FollowAsync(browser, headers)).ShowsSecret, Is.False);
        Assert.That((await FollowAsync(browser, Click, "/gate/sign-in?to=/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_tried"), "and her sign-in ends it");
    }

    [Test]
    public async Task After_a_sign_out_that_ended_the_session_a_reload_finds_nobody_to_sign_in()
    {
        var site = await SiteAsync();
        Service.SignedIn = "reader-1";
        using var browser = site.Open();
        await FollowAsync(browser, Click);
        await browser.PostAsync("/gate/sign-out", new() { ["to"] = "/free" });
        Service.SignedIn = null;
        Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.That((await FollowAsync(browser, Reload)).ShowsSecret, Is.False);
        Service.SignedIn = "reader-1";
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await FollowAsync(browser, Click)).ShowsSecret, Is.True, "signed in at the service again, she is known here");
    }

    [TestCase("another-site", "Paywall:SiteId is courier")]
    [TestCase("courier", "https://www.courier.example. Name its origin in Sites:n:Origins")]
    public async Task Nobody_is_led_to_a_service_that_would_not_lead_back(string siteId, string told)
    {
        Service.Policy = Policy(siteId, "https://www.courier.example");
        var log = new LogBook();
        var site = await SiteAsync(log: log);
        await Eventually.IsTrueAsync(() => site.Services.GetRequiredService<PolicyState>().IsKnown, "the policy is known");

        for (var i = 0; i < 3; i++)
        {
            using var stranger = site.Open();
            var page = await stranger.GetAsync("/gated", Click);
            Assert.That((page.Status, page.Text.Contains("/gate/sign-in?to=%2Fgated", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.PaymentRequired, true)));
        }

        Assert.That(log.Lines.Where(line => line.StartsWith("Error: ", StringComparison.Ordinal)), Has.One.Items.And.One.Contain(told));
        Assert.That(Service.CallsOf("authorize"), Is.Zero);
    }

    [Test]
    public async Task Nobody_is_led_to_a_service_whose_answer_a_refused_key_could_not_take()
    {
        Service.RefusesKey = true;
        var log = new LogBook();
        var site = await SiteAsync(listens: false, log: log);
        await Eventually.IsTrueAsync(() => log.Lines.Any(line => line.Contains("Check Paywall:SiteKey", StringComparison.Ordinal)), "the key is refused");
        using var stranger = site.Open();
        Assert.That((await stranger.GetAsync("/gated", Click)).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));

        Service.RefusesKey = false;
        await site.ListensAsync(Clock);
        Assert.That((await stranger.GetAsync("/gated", Click)).Status, Is.EqualTo(HttpStatusCode.Redirect));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task At_a_registered_origin_the_service_is_asked_whatever_address_the_request_itself_shows(bool bySetting)
    {
        var site = await SiteAsync(options => options.SiteAddress = bySetting ? "https://www.courier.example" : null);
        Service.Policy = Policy("courier", bySetting ? "https://www.courier.example" : site.Address);
        await site.Services.GetRequiredService<PolicyState>().RefreshAsync();
        using var stranger = site.Open();

        Assert.That((await stranger.GetAsync("/gated", Click)).Location, Does.StartWith(Service.Address + "/sign-in/authorize?"));
    }

    private static string Policy(string siteId, string origin) => $$"""{"siteId":"{{siteId}}","networks":[],"openRegions":[],"origins":["{{origin}}"]}""";

    // Browsers repeat the headers of a reload at every hop.
    private async Task<Page> FollowAsync(Browser browser, (string, string)[] headers, string path = "/gated", TimeSpan eachHopTakes = default)
    {
        using var atService = new Browser(Service.Address);
        var page = await browser.GetAsync(path, headers);
        for (var i = 0; page.Location is { } next; i++)
        {
            Assert.That(i, Is.LessThan(10), "it loops");
            Clock.Advance(eachHopTakes);
            page = await (next.StartsWith(Service.Address, StringComparison.Ordinal) ? atService : browser).GetAsync(next, headers);
        }

        return page;
    }
}
