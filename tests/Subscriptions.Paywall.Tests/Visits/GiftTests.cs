using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Visits;

public sealed class GiftTests : SiteFixture
{
    [Test]
    public async Task A_gift_link_opens_its_article_to_so_many_browsers()
    {
        Service.Gifts["gift-1"] = (2, []);
        var site = await SiteAsync();
        var link = $"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}";

        for (var i = 0; i < 2; i++)
        {
            using var friend = site.Open();
            var opened = await friend.GetAsync(link);
            Assert.That((opened.Status, opened.Location), Is.EqualTo((HttpStatusCode.Redirect, "/article/a")));
            Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
            Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True, "again");
            Assert.That((await friend.GetAsync("/article/b")).ShowsSecret, Is.False, "another article");
            Assert.That((await friend.GetAsync("/gated")).ShowsSecret, Is.False);
        }

        using var third = site.Open();
        await third.GetAsync(link);
        var spent = await third.GetAsync("/article/a");
        Assert.That(spent.ShowsSecret, Is.False);
        Assert.That(spent.Text, Does.Contain("This gift link is no longer good"));
        Assert.That(Service.Gifts["gift-1"].Visits, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_gift_opens_no_more_than_its_giver_could_read()
    {
        (Service.Gifts["gift-1"], Service.Gifts["gift-2"]) = ((2, []), (2, []));
        var site = await SiteAsync();
        using var friend = site.Open();
        await friend.GetAsync($"/archive/a?gift={Service.IssueGift("gift-1", "/archive/a")}");
        Assert.That((await friend.GetAsync("/archive/a")).ShowsSecret, Is.False);
        await friend.GetAsync($"/archive/b?gift={Service.IssueGift("gift-2", "/archive/b", change: token => token.Claims["ent"] = (string[])["subscriber", "archive"])}");
        Assert.That((await friend.GetAsync("/archive/b")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_gift_of_a_metered_article_costs_its_reader_none_of_her_own()
    {
        Service.Policy = """{"meter":{"articles":1,"window":"CalendarMonth","days":30,"zone":"Europe/London"},"networks":[],"openRegions":[]}""";
        Service.Gifts["gift-1"] = (2, []);
        var site = await SiteAsync();
        foreach (var browser in (Browser[])[site.Open(), site.OpenAs(Service, "reader-2")])
        {
            Assert.That((await browser.GetAsync($"/metered/a?gift={Service.IssueGift("gift-1", "/metered/a")}")).Location, Is.EqualTo("/metered/a"));
            Assert.That((await browser.GetAsync("/metered/a")).ShowsSecret, Is.True);
            Assert.That((await browser.GetAsync("/metered/b")).ShowsSecret, Is.True, "her own");
            Assert.That((await browser.GetAsync("/metered/c")).ShowsSecret, Is.False);
            browser.Dispose();
        }
    }

    [Test]
    public async Task A_link_that_cannot_be_judged_just_now_is_not_called_spent()
    {
        Service.Gifts["gift-1"] = (1, []);
        Service.Down = true;
        var site = await SiteAsync(listens: false);
        using var friend = site.Open();
        var link = $"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}";
        var page = await friend.GetAsync(link);
        Assert.That((page.Status, page.Text.Contains("the link stays good", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.ServiceUnavailable, true)));
        Service.Down = false;
        // One question a second finds out that it is back.
        for (var i = 0; i < 5 && (await friend.GetAsync(link)).Status != HttpStatusCode.Redirect; i++)
            Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Whoever_only_fetches_the_link_uses_nothing_up()
    {
        Service.Gifts["gift-1"] = (1, []);
        var site = await SiteAsync();
        using var preview = site.Open();
        preview.KeepsCookies = false;

        await preview.GetAsync($"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}");
        Assert.That((await preview.GetAsync("/article/a")).ShowsSecret, Is.False);
        Assert.That(Service.Gifts["gift-1"].Left, Is.EqualTo(1));
    }

    [Test]
    public async Task A_link_that_was_tampered_with_or_is_for_another_article_opens_nothing()
    {
        Service.Gifts["gift-1"] = (9, []);
        var site = await SiteAsync();
        string[] tokens =
        [
            Service.IssueGift("gift-1", "/article/b"), Service.IssueGift("gift-1", "/article/a", TimeSpan.FromDays(-1)), Service.IssuePass("reader-1"), Service.IssuePreview("staff-1"),
            Service.IssueGift("gift-1", "/article/a", change: descriptor => descriptor.Audience = "other/gift"),
            Service.IssueGift("gift-1", "/article/a", change: descriptor => descriptor.Audience = Site.Id),
            Service.IssueGift("gift-1", "/article/a")[..^4] + "AAAA", "x", "",
        ];

        foreach (var token in tokens)
        {
            using var browser = site.Open();
            var opened = await browser.GetAsync($"/article/a?gift={token}");
            Assert.That(opened.ShowsSecret, Is.False);
            Assert.That((await browser.GetAsync(opened.Location!)).ShowsSecret, Is.False, token);
            Assert.That(browser.Cookies.Keys, Does.Not.Contain("__courier_pass"));
        }

        Assert.That(Service.Gifts["gift-1"].Visits, Is.Empty);
    }

    [Test]
    public async Task A_link_that_is_no_good_takes_nothing_from_a_browser_with_a_good_one()
    {
        Service.Gifts["gift-1"] = (1, []);
        var site = await SiteAsync();
        using var friend = site.Open();
        await friend.GetAsync($"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}");
        await friend.GetAsync("/article/a?gift=cut-off");
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_second_link_takes_nothing_from_a_browser_whose_first_one_is_good(bool down)
    {
        (Service.Gifts["gift-1"], Service.Gifts["gift-2"]) = ((1, []), (down ? 1 : 0, []));
        var site = await SiteAsync();
        using var friend = site.Open();
        await friend.GetAsync($"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}");
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);

        Service.Down = down;
        await friend.GetAsync($"/article/a?gift={Service.IssueGift("gift-2", "/article/a")}");
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_second_link_that_is_used_up_is_not_all_that_a_browser_holds_whose_first_one_could_not_be_counted()
    {
        (Service.Gifts["gift-1"], Service.Gifts["gift-2"]) = ((1, []), (0, []));
        var site = await SiteAsync();
        using var friend = site.Open();
        foreach (var gift in (string[])["gift-1", "gift-2"])
            await friend.GetAsync($"/article/a?gift={Service.IssueGift(gift, "/article/a")}");
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True, "again");
    }

    [Test]
    public async Task A_gift_that_opens_what_is_asked_goes_before_a_newer_one_that_does_not()
    {
        (Service.Gifts["more"], Service.Gifts["less"]) = ((1, []), (1, []));
        var site = await SiteAsync();
        using var friend = site.Open();
        await friend.GetAsync($"/archive/a?gift={Service.IssueGift("more", "/archive/a", change: token => token.Claims["ent"] = (string[])["subscriber", "archive"])}");
        await friend.GetAsync($"/archive/a?gift={Service.IssueGift("less", "/archive/a")}");
        Assert.That((await friend.GetAsync("/archive/a")).ShowsSecret, Is.True);
        Assert.That(Service.Gifts["less"].Left, Is.EqualTo(1), "nothing is used up that opens nothing more");
    }

    [Test]
    public async Task A_newer_gift_is_counted_where_an_older_one_does_not_open_what_is_asked()
    {
        (Service.Gifts["less"], Service.Gifts["more"]) = ((1, []), (1, []));
        var site = await SiteAsync();
        using var friend = site.Open();
        await friend.GetAsync($"/archive/a?gift={Service.IssueGift("less", "/archive/a")}");
        Assert.That((await friend.GetAsync("/archive/a")).ShowsSecret, Is.False);
        await friend.GetAsync($"/archive/a?gift={Service.IssueGift("more", "/archive/a", change: token => token.Claims["ent"] = (string[])["subscriber", "archive"])}");
        Assert.That((await friend.GetAsync("/archive/a")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task However_many_links_of_one_article_a_browser_comes_by_it_keeps_what_it_has_read_by()
    {
        var site = await SiteAsync();
        using var friend = site.Open();
        foreach (var article in (string[])["a", "b"])
        {
            Service.Gifts["gift-" + article] = (1, []);
            await friend.GetAsync($"/article/{article}?gift={Service.IssueGift("gift-" + article, "/article/" + article)}");
            await friend.GetAsync("/article/" + article);
        }

        for (var i = 0; i < 20; i++)
            await friend.GetAsync($"/article/a?gift={Service.IssueGift($"spare-{i}", "/article/a")}");
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
        Assert.That((await friend.GetAsync("/article/b")).ShowsSecret, Is.True);
        Assert.That(friend.Cookies.Max(cookie => cookie.Key.Length + cookie.Value.Length), Is.LessThanOrEqualTo(4_096), "browsers drop what is longer");
    }

    [Test]
    public async Task A_gift_that_was_opened_before_cookies_had_short_names_stays_open()
    {
        Service.Gifts["gift-1"] = (1, ["visit"]);
        var protection = new EphemeralDataProtectionProvider();
        var site = await SiteAsync(protection: protection);
        using var friend = site.Open();
        var until = Clock.GetUtcNow().AddDays(3).ToString("O", CultureInfo.InvariantCulture);
        var former = $$"""[{"gift":"gift-1","article":"/article/a","visit":"visit","until":"{{until}}","opens":["subscriber"],"isCounted":true,"isSpent":false}]""";
        friend.Cookies["__courier_gifts"] = Base64UrlTextEncoder.Encode(protection.CreateProtector("Subscriptions.Paywall.Gifts.v1", Site.Id).Protect(Encoding.UTF8.GetBytes(former)));

        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
        await friend.GetAsync($"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}");
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
        Assert.That(Service.Gifts["gift-1"].Left, Is.EqualTo(1), "no further use");
    }

    [Test]
    public async Task The_newest_gifts_open_however_long_the_addresses_of_their_articles()
    {
        var site = await SiteAsync();
        using var friend = site.Open();
        for (var i = 0; i < 12; i++)
        {
            var article = $"/article/{new string('ж', 120)}{i}";
            Service.Gifts[$"gift-{i}"] = (1, []);
            await friend.GetAsync($"{Uri.EscapeDataString(article).Replace("%2F", "/", StringComparison.Ordinal)}?gift={Service.IssueGift($"gift-{i}", article, change: token => token.Claims["ent"] = Enumerable.Range(0, 12).Select(n => $"entitlement-{n}").Append("subscriber").ToArray())}");
            Assert.That((await friend.GetAsync(Uri.EscapeDataString(article).Replace("%2F", "/", StringComparison.Ordinal))).ShowsSecret, Is.True, $"gift {i}");
            Assert.That(friend.Cookies.Max(cookie => cookie.Key.Length + cookie.Value.Length), Is.LessThanOrEqualTo(4_096), "browsers drop what is longer");
        }
    }

    [Test]
    public async Task A_gift_ends_with_its_time_also_for_whoever_came_by_it()
    {
        Service.Gifts["gift-1"] = (1, []);
        var site = await SiteAsync();
        using var friend = site.Open();
        await friend.GetAsync($"/article/a?x=1&gift={Service.IssueGift("gift-1", "/article/a")}");
        Assert.That((await friend.GetAsync("/article/a?x=1")).ShowsSecret, Is.True);

        Clock.Advance(TimeSpan.FromDays(15));
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_gift_that_was_counted_is_read_on_while_the_service_is_down()
    {
        Service.Gifts["gift-1"] = (1, []);
        var site = await SiteAsync();
        using var friend = site.Open();
        using var late = site.Open();
        var link = $"/article/a?gift={Service.IssueGift("gift-1", "/article/a")}";
        await friend.GetAsync(link);
        await friend.GetAsync("/article/a");
        await late.GetAsync(link);
        Service.Down = true;

        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);
        var waits = await late.GetAsync("/article/a");
        Assert.That((waits.ShowsSecret, waits.Status), Is.EqualTo((false, HttpStatusCode.ServiceUnavailable)), "nobody has counted this one");
    }

    [Test]
    public async Task A_subscriber_gives_the_article_that_she_reads_and_nobody_else_does()
    {
        Service.Policy = """{"giftsPerMonth":10,"networks":[],"openRegions":[]}""";
        var site = await SiteAsync(map: app => app.MapGet("/with-gift", async context =>
        {
            await using var html = new StringWriter();
            PaywallMarkup.Gift(context).WriteTo(html, HtmlEncoder.Default);
            await context.Response.WriteAsync(html.ToString());
        }).RequireSubscriber().WithTeaser());
        using var giver = site.OpenAs(Service, "reader-1");
        using var registered = site.OpenAs(Service, "reader-2");
        using var friend = site.Open();

        Assert.That((await giver.GetAsync("/with-gift")).Text, Does.Contain("name=\"article\" value=\"/with-gift\""));
        Assert.That((await registered.GetAsync("/with-gift")).Text, Does.Not.Contain("paywall-gift"));

        var form = new Dictionary<string, string> { ["article"] = "/article/a", ["to"] = "/article/a" };
        var page = await giver.PostAsync("/gate/gift", form);
        var link = WebUtility.HtmlDecode(Regex.Match(page.Text, "<textarea[^>]*>([^<]+)<").Groups[1].Value);
        Assert.That(link, Does.StartWith(site.Address + "/article/a?gift="));
        await friend.GetAsync(new Uri(link).PathAndQuery);
        Assert.That((await friend.GetAsync("/article/a")).ShowsSecret, Is.True);

        Assert.That((await registered.PostAsync("/gate/gift", form)).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await friend.PostAsync("/gate/gift", form)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await giver.PostAsync("/gate/gift", form, ("Origin", "https://elsewhere.example"))).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }
}
