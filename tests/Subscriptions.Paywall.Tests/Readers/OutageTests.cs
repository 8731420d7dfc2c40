using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

public sealed class OutageTests : SiteFixture
{
    [Test]
    public async Task A_reader_seen_entitled_reads_on_for_six_hours_after_the_feed_fell_silent_and_no_longer()
    {
        var site = await SiteAsync(options => options.KnownFor = TimeSpan.Zero);
        using var browser = site.Open();
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await ReadAllDayAsync(site, browser);

        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(1), "all day the feed alone has vouched for the answer");
        Service.Down = true;
        Service.CutFeed();
        Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromHours(5.9));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromHours(0.2));
        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task The_feed_vouches_for_an_answer_until_it_was_forgotten_or_the_cache_was_emptied()
    {
        Service.Readers["reader-3"] = StubReader.Subscriber();
        var site = await SiteAsync(options => options.KnownFor = TimeSpan.Zero);
        using var browser = site.Open();
        using var other = site.Open();
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1");
        other.Cookies["__courier_pass"] = Service.IssuePass("reader-3", "session-3");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        other.Cookies["__courier_handle"] = Service.IssueHandle("reader-3", "session-3");
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True);
        await ReadAllDayAsync(site, browser);
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True);

        await browser.GetAsync("/gate/return?to=/");
        Service.Down = true;
        Service.Tell("reset", 100);
        Service.CutFeed();
        Clock.Advance(TimeSpan.FromHours(5.9));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True, "forgotten by the return, then emptied");
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True, "emptied");
        Clock.Advance(TimeSpan.FromHours(0.2));
        foreach (var one in (Browser[])[browser, other])
            Assert.That((await one.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task Where_the_answer_is_too_old_and_then_the_pass_as_well_the_signed_cookie_vouches()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.Down = true;
        Service.CutFeed();
        foreach (var hours in (double[])[6.5, 17.4])
        {
            Clock.Advance(TimeSpan.FromHours(hours));
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }

        Clock.Advance(TimeSpan.FromHours(0.2));
        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task The_signed_cookie_does_not_speak_against_a_later_refusal_however_old_that_is()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromSeconds(3));
        Service.Readers["reader-1"] = StubReader.Registered(version: 2);
        await browser.GetAsync("/gate/return?to=/");
        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));

        Service.Down = true;
        Service.CutFeed();
        foreach (var hours in (double[])[1, 8])
        {
            Clock.Advance(TimeSpan.FromHours(hours));
            Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        }
    }

    [Test]
    public async Task A_cookie_that_another_machine_wrote_after_a_refusal_vouches()
    {
        Service.Readers["reader-1"] = StubReader.Registered();
        var protection = new EphemeralDataProtectionProvider();
        var site = await SiteAsync(protection: protection);
        var other = await SiteAsync(protection: protection);
        using var browser = site.Open();
        using var elsewhere = other.Open();
        browser.Cookies["__courier_pass"] = elsewhere.Cookies["__courier_pass"] = Service.IssuePass("reader-1");
        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Clock.Advance(TimeSpan.FromMinutes(1));
        Service.Readers["reader-1"] = StubReader.Subscriber(version: 2);
        Assert.That((await elsewhere.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.Down = true;
        Service.CutFeed();
        browser.Cookies["__courier_known"] = elsewhere.Cookies["__courier_known"];
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Nobody_reads_on_past_an_end_that_was_known()
    {
        var site = await SiteAsync();
        Service.Readers["reader-1"] = StubReader.Subscriber(until: StubService.Stamp(Clock.GetUtcNow().AddMinutes(30)));
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.Down = true;
        Clock.Advance(TimeSpan.FromMinutes(29));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task Nobody_is_sent_to_sign_in_at_a_service_that_is_known_to_be_away()
    {
        var site = await SiteAsync();
        using var before = site.Open();
        Assert.That((await before.NavigateAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.Redirect), "the silent sign-in, while it answers");

        Service.Down = true;
        Service.CutFeed();
        await Eventually.IsTrueAsync(async () =>
        {
            using var stranger = site.Open();
            return (await stranger.NavigateAsync("/gated")).Status != HttpStatusCode.Redirect;
        }, "the broken feed tells that the service is away");
        using var visitor = site.Open();
        Assert.That((await visitor.NavigateAsync("/teaser")).Text, Does.Contain("first paragraph").And.Not.Contain(Site.Secret));

        Service.Down = false;
        await Eventually.IsTrueAsync(async () =>
        {
            using var stranger = site.Open();
            return (await stranger.NavigateAsync("/gated")).Status == HttpStatusCode.Redirect;
        }, "the feed tells that it is back");
    }

    [Test]
    public async Task A_stranger_to_this_process_is_told_why_and_a_program_too()
    {
        var site = await SiteAsync();
        using var known = site.OpenAs(Service, "reader-1");
        await known.GetAsync("/gated");
        using var unknown = site.OpenAs(Service, "reader-3", "session-3");
        Service.Down = true;

        var page = await unknown.GetAsync("/gated");
        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(page.Text, Does.Contain("We cannot check your subscription just now").And.Not.Contain(Site.Secret));
        Assert.That(page.Headers, Does.Contain("Retry-After: 30"));
        Assert.That((await unknown.GetAsync("/teaser")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        var problem = await unknown.GetAsync("/api/article");
        Assert.That((problem.Status, problem.ContentType), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "application/problem+json")));
        Assert.That((await unknown.GetAsync("/registered")).ShowsSecret, Is.True, "a pass that is proven is enough for registered readers");
    }

    [Test]
    public async Task After_a_restart_in_an_outage_the_signed_cookie_vouches_for_a_day()
    {
        var protection = new EphemeralDataProtectionProvider();
        var first = await SiteAsync(protection: protection);
        using var before = first.OpenAs(Service, "reader-1");
        before.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Assert.That((await before.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(before.Cookies, Does.ContainKey("__courier_known"));

        Service.Down = true;
        var second = await SiteAsync(listens: false, protection: protection);
        using var after = second.Open();
        foreach (var (name, value) in before.Cookies)
            after.Cookies[name] = value;
        Clock.Advance(TimeSpan.FromHours(23));
        foreach (var path in (string[])["/gated", "/registered"])
            Assert.That((await after.GetAsync(path)).ShowsSecret, Is.True, path);
        Clock.Advance(TimeSpan.FromHours(1.1));
        foreach (var path in (string[])["/gated", "/registered"])
            Assert.That((await after.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), path);
    }

    [Test]
    public async Task On_a_website_with_accounts_of_its_own_the_signed_cookie_is_of_whoever_reads_now()
    {
        Service.Readers["reader-3"] = StubReader.Subscriber();
        var protection = new EphemeralDataProtectionProvider();
        Action<PaywallOptions> own = options => (options.ReaderIdResolver, options.SignInPath) = (context => context.Request.Headers["X-User"], "/login");
        var first = await SiteAsync(own, protection: protection);
        using var shared = first.Open();
        await shared.GetAsync("/gated", ("X-User", "reader-1"));
        var formers = shared.Cookies["__courier_known"];
        Assert.That((await shared.GetAsync("/gated", ("X-User", "reader-1"))).Headers, Does.Not.Contain("__courier_known"), "not at each page");
        await shared.GetAsync("/gated", ("X-User", "reader-3"));
        Assert.That(shared.Cookies["__courier_known"], Is.Not.EqualTo(formers));
        Assert.That((await shared.GetAsync("/gated", ("X-User", "reader-3"))).Headers, Does.Not.Contain("__courier_known"));

        Service.Down = true;
        var second = await SiteAsync(own, listens: false, protection: protection);
        using var after = second.Open();
        after.Cookies["__courier_known"] = shared.Cookies["__courier_known"];
        Assert.That((await after.GetAsync("/gated", ("X-User", "reader-3"))).ShowsSecret, Is.True);
        Assert.That((await after.GetAsync("/gated", ("X-User", "reader-1"))).ShowsSecret, Is.False);
    }

    [Test]
    public async Task The_signed_cookie_is_good_for_its_own_reader_and_unchanged_only()
    {
        var protection = new EphemeralDataProtectionProvider();
        var first = await SiteAsync(protection: protection);
        using var before = first.OpenAs(Service, "reader-1");
        await before.GetAsync("/gated");
        var known = before.Cookies["__courier_known"];
        Service.Down = true;
        var second = await SiteAsync(listens: false, protection: protection);

        using var other = second.OpenAs(Service, "reader-9", "session-9");
        other.Cookies["__courier_known"] = known;
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.False);
        using var without = second.Open();
        without.Cookies["__courier_known"] = known;
        Assert.That((await without.GetAsync("/gated")).ShowsSecret, Is.False);
        using var changed = second.OpenAs(Service, "reader-1");
        changed.Cookies["__courier_known"] = known[..^6] + (known[^6] == 'x' ? 'y' : 'x') + known[^5..];
        Assert.That((await changed.GetAsync("/gated")).ShowsSecret, Is.False);
        changed.Cookies["__courier_known"] = "999999." + known.Split('.')[1];
        Assert.That((await changed.GetAsync("/gated")).ShowsSecret, Is.True, "the plain part is not believed and not needed");
    }

    [TestCase("not json")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"readerId":"reader-1","version":1,"now":"2026-11-22T09:00:00Z","grants":null}""")]
    [TestCase("""{"readerId":"reader-1","version":1,"now":"2026-11-22T09:00:00Z","grants":[{"kind":"Subscription"}]}""")]
    [TestCase("""{"readerId":"reader-1","version":"many","now":"yesterday","grants":[]}""")]
    [TestCase("""{"readerId":"reader-7","version":9,"now":"2026-11-22T09:00:00Z","grants":[]}""")]
    public async Task An_answer_that_makes_no_sense_counts_as_none(string garbage)
    {
        var site = await SiteAsync();
        using var seen = site.OpenAs(Service, "reader-1");
        Assert.That((await seen.GetAsync("/gated")).ShowsSecret, Is.True);
        Service.Garbage = garbage;
        await seen.GetAsync("/gate/return?to=/");

        Assert.That((await seen.GetAsync("/gated")).ShowsSecret, Is.True);
        using var unknown = site.OpenAs(Service, "reader-2", "session-2");
        Assert.That((await unknown.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task A_service_that_hangs_costs_each_request_the_set_limit_at_most_and_after_three_questions_nothing()
    {
        var site = await SiteAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(0.5));
        using var browser = site.OpenAs(Service, "reader-1");
        await browser.GetAsync("/gated");
        Service.GateOfAll = new TaskCompletionSource().Task;
        await browser.GetAsync("/gate/return?to=/");

        // A request may come to its end before its question, and the next one then waits for the same.
        var health = site.Services.GetRequiredService<ServiceHealth>();
        for (var i = 0; i < 10 && !health.IsDown; i++)
            await ReadsWithinAsync(0.9);
        Assert.That(health.IsDown, Is.True);
        for (var i = 0; i < 7; i++)
            await ReadsWithinAsync(0.4);

        async Task ReadsWithinAsync(double seconds)
        {
            var (page, took) = await TimedAsync(browser, "/gated");
            Assert.That(page.ShowsSecret, Is.True);
            Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(seconds)));
        }
    }

    [Test]
    public async Task The_end_of_an_outage_is_told_as_loudly_as_its_beginning()
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        using var browser = site.OpenAs(Service, "reader-1");
        Service.Down = true;
        await browser.GetAsync("/gated");
        Service.Down = false;
        Clock.Advance(TimeSpan.FromSeconds(2));
        await browser.GetAsync("/gated");

        var told = log.Lines.Where(line => line.Contains("The subscription service ", StringComparison.Ordinal)).ToList();
        Assert.That(told, Has.Count.EqualTo(2).And.All.StartWith("Warning: "));
        Assert.That(told[1], Does.Contain("answers again"));
    }

    // Each asks for several things that nobody answers: a pass or keys first, then the reader, or the meter.
    [TestCase("/gated", "reader-1", HttpStatusCode.OK, false)]
    [TestCase("/gated", "reader-9", HttpStatusCode.ServiceUnavailable, false)]
    [TestCase("/gated", "reader-1", HttpStatusCode.ServiceUnavailable, true)]
    [TestCase("/metered/a", "reader-2", HttpStatusCode.OK, false)]
    [TestCase("/gate/return?to=/", "reader-1", HttpStatusCode.Redirect, false)]
    public async Task All_that_one_request_waits_for_together_is_within_the_limit(string path, string readerId, HttpStatusCode status, bool newKey)
    {
        Service.Policy = """{"meter":{"articles":3,"window":"CalendarMonth","days":30,"zone":"Europe/London"},"networks":[],"openRegions":[]}""";
        var site = await SiteAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(1));
        using var browser = site.OpenAs(Service, readerId, "session-" + readerId);
        browser.Cookies["__courier_handle"] = Service.IssueHandle(readerId, "session-" + readerId);
        await browser.GetAsync(readerId == "reader-1" ? "/gated" : "/registered");
        Clock.Advance(TimeSpan.FromHours(2));
        if (newKey)
        {
            Service.AddKey("key-2");
            Service.CurrentKey = "key-2";
            browser.Cookies["__courier_pass"] = Service.IssuePass(readerId, "session-" + readerId);
        }

        Service.GateOfAll = new TaskCompletionSource().Task;

        var (page, took) = await TimedAsync(browser, path);
        Assert.That(page.Status, Is.EqualTo(status));
        Assert.That(took, Is.InRange(TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.7)));
    }

    [Test]
    public async Task What_a_request_no_longer_waits_for_is_there_for_the_next_one()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/registered");
        Clock.Advance(TimeSpan.FromHours(2));
        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;
        await browser.GetAsync("/registered");

        gate.SetResult();
        Service.GateOfAll = Task.CompletedTask;
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("reader-1"), Is.EqualTo(2), "the question of the request that left was not put again");
    }

    [Test]
    public async Task Decisions_without_the_service_are_counted_and_recovery_is_noticed()
    {
        var site = await SiteAsync();
        long counted = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Subscriptions.Paywall" && instrument.Meter.Scope == site.Services.GetRequiredService<IMeterFactory>())
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name == "paywall.decisions.without_service")
                Interlocked.Add(ref counted, value);
        });
        listener.Start();
        using var browser = site.OpenAs(Service, "reader-1");
        await browser.GetAsync("/gated");
        Service.Down = true;
        Clock.Advance(TimeSpan.FromSeconds(6));
        await browser.GetAsync("/gated");
        await browser.GetAsync("/gated");
        Assert.That(Interlocked.Read(ref counted), Is.EqualTo(2));

        Service.Down = false;
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(site.Services.GetRequiredService<ServiceHealth>().IsDown, Is.False);
        Assert.That(Interlocked.Read(ref counted), Is.EqualTo(2));
    }

    // Seven hours of a page each half hour, while the feed is heard.
    private async Task ReadAllDayAsync(Site site, Browser browser)
    {
        for (var i = 0; i <= 14; i++)
        {
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
            if (i == 14)
                return;
            Clock.Advance(TimeSpan.FromMinutes(30));
            Service.Tell("heartbeat", 100);
            await site.ListensAsync(Clock);
        }
    }

    private static async Task<(Page Page, TimeSpan Took)> TimedAsync(Browser browser, string path)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        return (await browser.GetAsync(path), watch.Elapsed);
    }
}
