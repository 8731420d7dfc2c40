using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Visits;

public sealed class MeterTests : SiteFixture
{
    private const string ThreeAMonth = """{"meter":{"articles":3,"window":"CalendarMonth","days":30,"zone":"Europe/London"},"networks":[],"openRegions":[]}""";
    private const string ThreeInTenDays = """{"meter":{"articles":3,"window":"Rolling","days":10,"zone":"Europe/London"},"networks":[],"openRegions":[]}""";

    [Test]
    public async Task A_browser_reads_so_many_articles_and_each_as_often_as_it_likes()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.Open();

        foreach (var slug in (string[])["a", "b", "a", "c", "b", "c"])
            Assert.That((await browser.GetAsync($"/metered/{slug}")).ShowsSecret, Is.True, slug);

        var refused = await browser.GetAsync("/metered/d");
        Assert.That((refused.Status, refused.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That(refused.Text, Does.Contain("You have read your 3 free articles").And.Contain("1 December 2026"));
        Assert.That((await browser.GetAsync("/metered/a")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/metered/d", ("Accept", "application/json"))).Text, Does.Contain("\"reason\":\"MeterUsedUp\""));
    }

    [TestCase("/metered/a?utm=1")]
    [TestCase("/METERED/A")]
    [TestCase("/metered/a/")]
    [TestCase("//metered//a")]
    [TestCase("/metered/%61")]
    public async Task However_an_address_is_written_it_is_one_article(string again)
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.Open();
        foreach (var slug in (string[])["a", "b", "c"])
            await browser.GetAsync($"/metered/{slug}");
        var cookie = browser.Cookies["__courier_meter"];

        var page = await RawRequest.SendAsync(new Uri(site.Address), "GET", again, ("Cookie", $"__courier_meter={cookie}"));

        Assert.That(page, Does.Not.Contain("__courier_meter=").And.Not.Contain("free articles"));
    }

    [TestCase("Sec-Purpose", "prefetch;prerender")]
    [TestCase("Sec-Purpose", "prefetch")]
    [TestCase("Purpose", "prefetch")]
    public async Task A_browsers_guess_at_the_next_page_uses_up_nothing_and_gets_nothing(string header, string purpose)
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.Open();
        using var subscriber = site.OpenAs(Service, "reader-1");
        await browser.GetAsync("/metered/read");

        for (var i = 0; i < 5; i++)
        {
            var guessed = await browser.GetAsync($"/metered/guess-{i}", (header, purpose));
            Assert.That((guessed.ShowsSecret, guessed.Status), Is.EqualTo((false, HttpStatusCode.ServiceUnavailable)), "a failure, which browsers drop");
        }

        Assert.That((await browser.GetAsync("/metered/read", (header, purpose))).ShowsSecret, Is.True, "counted before");
        Assert.That((await subscriber.GetAsync("/metered/guess-1", (header, purpose))).ShowsSecret, Is.True, "nothing is counted for her");
        Assert.That((await browser.GetAsync("/metered/guess-1")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/metered/guess-2")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/metered/guess-3")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task Asking_for_the_head_alone_counts_nothing()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.Open();
        foreach (var slug in (string[])["a", "b", "c", "d"])
            Assert.That((await browser.SendAsync(HttpMethod.Head, $"/metered/{slug}", null)).Status, Is.EqualTo(HttpStatusCode.OK));

        Assert.That(browser.Cookies.Keys, Does.Not.Contain("__courier_meter"));
    }

    [Test]
    public async Task Whatever_brings_the_article_counts_it()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.Open();
        foreach (var slug in (string[])["a", "b", "c"])
            await browser.PostAsync($"/metered/{slug}", []);
        Assert.That((await browser.PostAsync("/metered/d", [])).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_counted_article_is_free_again_in_the_next_month_or_after_its_days()
    {
        Service.Policy = ThreeInTenDays;
        var site = await SiteAsync();
        using var browser = site.Open();
        await browser.GetAsync("/metered/a");
        Clock.Advance(TimeSpan.FromDays(4));
        await browser.GetAsync("/metered/b");
        await browser.GetAsync("/metered/c");
        Assert.That((await browser.GetAsync("/metered/d")).ShowsSecret, Is.False);

        Clock.Advance(TimeSpan.FromDays(6));
        Assert.That((await browser.GetAsync("/metered/d")).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/metered/e")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task The_day_told_is_the_one_on_which_another_article_opens_also_after_the_publisher_gives_fewer()
    {
        Service.Policy = ThreeInTenDays;
        var keys = new EphemeralDataProtectionProvider();
        var generous = await SiteAsync(protection: keys);
        using var browser = generous.Open();
        await browser.GetAsync("/metered/a");
        Clock.Advance(TimeSpan.FromDays(1));
        var opens = Clock.GetUtcNow().AddDays(10);
        await browser.GetAsync("/metered/b");
        Clock.Advance(TimeSpan.FromDays(1));
        await browser.GetAsync("/metered/c");

        Service.Policy = ThreeInTenDays.Replace("\"articles\":3", "\"articles\":2", StringComparison.Ordinal);
        var sparing = await SiteAsync(protection: keys);
        using var again = sparing.Open();
        again.Cookies["__courier_meter"] = browser.Cookies["__courier_meter"];

        Assert.That((await again.GetAsync("/metered/d")).Text, Does.Contain("the next free one opens on 3 December 2026"));
        Assert.That((await again.GetAsync("/metered/d", ("Accept", "application/json"))).Text, Does.Contain($"\"opensAt\":\"{opens:yyyy-MM-ddTHH:mm}:00.000Z\""));
        Clock.Advance(opens - Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        Assert.That((await again.GetAsync("/metered/d")).ShowsSecret, Is.False);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await again.GetAsync("/metered/d")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_forged_count_is_no_count_and_counts_nobody_else()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.Open();
        foreach (var slug in (string[])["a", "b", "c"])
            await browser.GetAsync($"/metered/{slug}");
        browser.Cookies["__courier_meter"] = browser.Cookies["__courier_meter"][..^3] + "AAA";

        Assert.That((await browser.GetAsync("/metered/d")).Status, Is.EqualTo(HttpStatusCode.OK), "a browser that loses its cookie begins anew");
    }

    [Test]
    public async Task A_reader_is_counted_at_the_service_once_per_article_on_whatever_browser()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var one = site.OpenAs(Service, "reader-2");
        using var other = site.OpenAs(Service, "reader-2", "session-2");
        await one.GetAsync("/metered/a");
        await other.GetAsync("/metered/a");
        await other.GetAsync("/metered/b");
        await one.GetAsync("/metered/c");

        Assert.That(Service.Counted["reader-2"], Has.Count.EqualTo(3));
        Assert.That((await other.GetAsync("/metered/d")).Text, Does.Contain("You have read your 3 free articles"));
        Assert.That((await other.GetAsync("/metered/c")).ShowsSecret, Is.True);
        Assert.That(other.Cookies.Keys, Does.Not.Contain("__courier_meter"));
    }

    [Test]
    public async Task Nobody_who_subscribes_is_counted()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        foreach (var slug in (string[])["a", "b", "c", "d", "e"])
            Assert.That((await browser.GetAsync($"/metered/{slug}")).ShowsSecret, Is.True);

        Assert.That(Service.Counted, Is.Empty);
        Assert.That(browser.Cookies.Keys, Does.Not.Contain("__courier_meter"));
    }

    [Test]
    public async Task While_the_service_is_down_a_reader_is_counted_like_a_browser_and_a_subscriber_reads()
    {
        Service.Policy = ThreeAMonth;
        var site = await SiteAsync();
        using var reader = site.OpenAs(Service, "reader-2");
        using var subscriber = site.OpenAs(Service, "reader-1");
        await reader.GetAsync("/registered");
        await subscriber.GetAsync("/gated");
        Service.Down = true;
        Clock.Advance(TimeSpan.FromSeconds(10));

        foreach (var slug in (string[])["a", "b", "c"])
            Assert.That((await reader.GetAsync($"/metered/{slug}")).ShowsSecret, Is.True, slug);
        Assert.That((await reader.GetAsync("/metered/d")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await subscriber.GetAsync("/metered/d")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Without_a_meter_at_the_service_registered_readers_read()
    {
        var site = await SiteAsync();
        using var stranger = site.Open();
        using var reader = site.OpenAs(Service, "reader-2");

        Assert.That((await stranger.GetAsync("/metered/a")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That((await reader.GetAsync("/metered/a")).ShowsSecret, Is.True);
    }
}
