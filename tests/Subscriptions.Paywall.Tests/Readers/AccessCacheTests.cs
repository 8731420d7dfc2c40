using System.Net;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

public sealed class AccessCacheTests : SiteFixture
{
    [Test]
    public async Task A_thousand_pages_cost_one_question_while_the_feed_is_heard()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        for (var i = 0; i < 50; i++)
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(1));
    }

    [Test]
    public async Task Without_the_feed_everything_is_asked_again_after_two_seconds()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        await browser.GetAsync("/gated");
        Clock.Advance(TimeSpan.FromSeconds(6));
        await browser.GetAsync("/gated");
        Clock.Advance(TimeSpan.FromSeconds(1));
        await browser.GetAsync("/gated");
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(2));
        Clock.Advance(TimeSpan.FromSeconds(1.1));
        await browser.GetAsync("/gated");
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(3));
    }

    [Test]
    public async Task A_change_that_is_announced_counts_at_once()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.Readers["reader-1"] = StubReader.Registered(version: 2);
        Service.Tell("change", 101, ",\"readerId\":\"reader-1\",\"version\":2");

        await Eventually.IsTrueAsync(async () => !(await browser.GetAsync("/gated")).ShowsSecret, "the change is heard");
    }

    [Test]
    public async Task A_refusal_is_kept_for_two_seconds_at_most()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-2");
        await browser.GetAsync("/gated");
        await browser.GetAsync("/gated");
        Assert.That(Service.CallsOf("reader-2"), Is.EqualTo(1));

        Service.Readers["reader-2"] = StubReader.Subscriber(version: 2);
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Many_requests_at_once_share_one_question()
    {
        var site = await SiteAsync();
        var gate = new TaskCompletionSource();
        Service.Gate = gate.Task;
        using var browser = site.OpenAs(Service, "reader-1");
        var pages = Enumerable.Range(0, 30).Select(_ => browser.GetAsync("/gated")).ToArray();
        await Eventually.IsTrueAsync(() => Service.CallsOf("reader-1") > 0, "the service is asked");
        gate.SetResult();

        Assert.That((await Task.WhenAll(pages)).All(page => page.ShowsSecret), Is.True);
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(1));
    }

    [Test]
    public async Task At_its_own_end_an_answer_is_asked_for_again()
    {
        var site = await SiteAsync();
        var end = Clock.GetUtcNow().AddSeconds(3);
        Service.Readers["reader-1"] = StubReader.Subscriber(validUntil: StubService.Stamp(end), until: StubService.Stamp(end));
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.Readers["reader-1"] = StubReader.Subscriber(version: 2);
        Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(2));
    }

    [Test]
    public async Task When_the_services_clock_is_moved_nothing_remembered_is_trusted()
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(until: StubService.Stamp(Clock.GetUtcNow().AddDays(10)));
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.Ahead = TimeSpan.FromDays(11);
        Service.Tell("heartbeat", 100);
        await Eventually.IsTrueAsync(async () => !(await browser.GetAsync("/gated")).ShowsSecret, "the moved clock is noticed");
        Assert.That((await browser.GetAsync("/gated")).Text, Does.Contain("Your subscription has ended"));
    }

    [Test]
    public async Task After_a_break_the_feed_goes_on_where_it_was_and_a_reset_empties_the_cache()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        await browser.GetAsync("/gated");
        Service.Tell("change", 150, ",\"readerId\":\"somebody\",\"version\":1");
        Service.CutFeed();
        await Eventually.IsTrueAsync(() => Service.FeedPositions.Count == 2, "the feed is opened again");
        Assert.That(Service.FeedPositions.Last(), Is.EqualTo("150"));

        Service.Readers["reader-1"] = StubReader.Registered(version: 2);
        await Eventually.IsTrueAsync(
            async () =>
            {
                Service.Tell("reset", 900);
                return !(await browser.GetAsync("/gated")).ShowsSecret;
            },
            "the cache is emptied");
    }

    [Test]
    public async Task Coming_back_from_the_service_forgets_what_was_known()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-2");
        await browser.GetAsync("/gated");
        Service.Readers["reader-2"] = StubReader.Subscriber(version: 2);

        Assert.That((await browser.GetAsync("/gate/return?to=%2Fgated")).Location, Is.EqualTo("/gated"));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_reader_whom_the_service_does_not_know_is_nobody()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "nobody");

        Assert.That((await browser.GetAsync("/registered")).Text, Does.Contain("Sign in to read on"));
    }

    [Test]
    public async Task A_change_without_a_version_counts_too_and_what_cannot_be_read_empties_the_cache()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/gated");
        Service.Tell("change", 101, ",\"readerId\":\"reader-1\",\"version\":null");
        await Eventually.IsTrueAsync(async () => (await browser.GetAsync("/gated")).ShowsSecret && Service.CallsOf("reader-1") == 2, "it is asked again");
        Service.Tell("change", 102, ",\"readerId\":{}");
        await Eventually.IsTrueAsync(async () => (await browser.GetAsync("/gated")).ShowsSecret && Service.CallsOf("reader-1") == 3, "it is asked once more");
    }

    [Test]
    public async Task More_readers_than_the_cache_holds_are_all_served()
    {
        var site = await SiteAsync(options => options.CacheEntries = 100);
        for (var i = 0; i < 300; i++)
        {
            Service.Readers["many-" + i] = StubReader.Subscriber();
            using var browser = site.OpenAs(Service, "many-" + i, "s" + i);
            Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }
}
