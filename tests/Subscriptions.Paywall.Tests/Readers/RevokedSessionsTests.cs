using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

/// <summary>A session that ended at the service is over here, whatever its pass says.</summary>
public sealed class RevokedSessionsTests : SiteFixture
{
    [Test]
    public async Task A_session_revoked_at_the_service_is_over_here_too()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "stolen");
        using var other = site.OpenAs(Service, "reader-1", "kept");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        await Eventually.IsTrueAsync(
            async () =>
            {
                Service.Tell("revoked", 101, ",\"sessionId\":\"stolen\",\"readerId\":\"reader-1\"");
                using var thief = site.Open();
                thief.Cookies["__courier_pass"] = Service.IssuePass("reader-1", "stolen");
                return !(await thief.GetAsync("/gated")).ShowsSecret;
            },
            "the revoked session is refused");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_pass"));
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Where_revocations_may_have_been_missed_a_pass_is_good_only_with_a_handle_that_proves_it()
    {
        var site = await SiteAsync();
        using var without = site.OpenAs(Service, "reader-1", "session-1");
        using var with = site.OpenAs(Service, "reader-1", "session-2");
        using var anothers = site.OpenAs(Service, "reader-1", "session-3");
        with.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-2");
        anothers.Cookies["__courier_handle"] = Service.IssueHandle("reader-2", "session-4");
        foreach (var browser in (Browser[])[without, with, anothers])
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        await MissRevocationsAsync();

        Assert.That((await without.GetAsync("/gated")).ShowsSecret, Is.False);
        Assert.That(without.Cookies, Does.Not.ContainKey("__courier_pass"));
        var doubted = with.Cookies["__courier_pass"];
        await Eventually.IsTrueAsync(
            async () => (await with.GetAsync("/gated")).ShowsSecret && with.Cookies["__courier_pass"] != doubted, "the handle brings a pass that is not doubted");
        var copied = anothers.Cookies["__courier_pass"];
        await Eventually.IsTrueAsync(async () => !(await anothers.GetAsync("/gated")).ShowsSecret, "another reader's handle proves nothing");
        using var later = site.Open();
        later.Cookies["__courier_pass"] = copied;
        Assert.That((await later.GetAsync("/gated")).ShowsSecret, Is.False);
        Clock.Advance(TimeSpan.FromMinutes(2));
        using var fresh = site.OpenAs(Service, "reader-1", "session-5");
        Assert.That((await fresh.GetAsync("/gated")).ShowsSecret, Is.True, "what was issued since is not doubted");
    }

    [TestCase(0)]
    [TestCase(110)]
    public async Task A_pass_of_before_a_missed_revocation_is_doubted_however_far_the_services_clock_is_ahead(int seconds)
    {
        Service.PassesAhead = TimeSpan.FromSeconds(seconds);
        var pass = Service.IssuePass("reader-1", "ended");
        Clock.Advance(TimeSpan.FromSeconds(30));
        // It starts after the session was ended, so that only the handle can tell.
        var site = await StartedAsync();
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var thief = site.Open();
                thief.Cookies["__courier_pass"] = pass;
                thief.Cookies["__courier_handle"] = "handle-of-a-session-that-has-ended".PadRight(43, '_');
                return !(await thief.GetAsync("/gated")).ShowsSecret;
            },
            "the ended session is refused");
    }

    [TestCase(-110)]
    [TestCase(0)]
    [TestCase(110)]
    public async Task A_pass_made_just_after_a_doubt_signs_nobody_out_and_is_proven_once(int seconds)
    {
        Service.PassesAhead = TimeSpan.FromSeconds(seconds);
        var site = await StartedAsync();
        // As another machine of the website has fetched it a moment ago.
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        var first = browser.Cookies["__courier_pass"];
        await Eventually.IsTrueAsync(
            async () =>
            {
                Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
                return browser.Cookies["__courier_pass"] != first;
            },
            "it is renewed");

        for (var i = 0; i < 3; i++)
        {
            var page = await browser.GetAsync("/gated");
            Assert.That((page.ShowsSecret, page.Headers.Contains("__courier_pass", StringComparison.Ordinal)), Is.EqualTo((true, false)));
        }

        Assert.That(Service.CallsOf("renew"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_doubt_signs_nobody_out_while_the_service_is_down()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        await MissRevocationsAsync();

        Service.Down = true;
        using var unknown = site.OpenAs(Service, "reader-9", "session-9");
        unknown.Cookies["__courier_handle"] = Service.IssueHandle("reader-9", "session-9");
        await Eventually.IsTrueAsync(
            async () =>
            {
                await unknown.GetAsync("/gated");
                return site.Services.GetRequiredService<ServiceHealth>().IsDown;
            },
            "the outage is noticed");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_session_that_a_renewal_in_the_background_finds_ended_is_over_however_late_the_next_page_is()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Service.Handles.Clear();
        Clock.Advance(TimeSpan.FromMinutes(51));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        // Without the handle nothing but what is known of the session can refuse the pass.
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var later = site.Open();
                later.Cookies["__courier_pass"] = browser.Cookies["__courier_pass"];
                return !(await later.GetAsync("/gated")).ShowsSecret;
            },
            "the session is over here");
    }

    [Test]
    public async Task A_website_whose_key_is_refused_signs_nobody_out()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/gated");
        Service.RefusesKey = true;
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies, Does.ContainKey("__courier_pass").And.ContainKey("__courier_handle"));
    }

    [Test]
    public async Task An_expired_pass_whose_handle_was_revoked_signs_the_reader_out()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Service.Handles.Clear();
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_pass").And.Not.ContainKey("__courier_handle"));
    }

    // The feed has begun just now, and every pass of before is doubted.
    private async Task<Site> StartedAsync()
    {
        var site = await SiteAsync(listens: false);
        await site.ListensAsync(Clock);
        return site;
    }

    // The service no longer reaches back to where this website was; whoever signed in before now may have been signed out since.
    private async Task MissRevocationsAsync()
    {
        Clock.Advance(TimeSpan.FromSeconds(4));
        Service.Tell("reset", 900);
        Service.CutFeed();
        await Eventually.IsTrueAsync(() => Service.FeedPositions.Last() == "900", "the reset is heard");
    }
}
