using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests;

public sealed class PaywallMiddlewareTests : SiteFixture
{
    private static readonly string[] Gated = ["/gated", "/archive/1923", "/registered", "/teaser", "/GATED/", "/gated?x=1"];

    [Test]
    public async Task A_cache_behind_the_gate_keeps_no_page_of_one_reader_for_another()
    {
        var site = await SiteAsync();
        using var subscriber = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();
        using var other = site.Open();

        Assert.That((await subscriber.GetAsync("/cached-teaser")).ShowsSecret, Is.True);
        Assert.That((await stranger.GetAsync("/cached-teaser")).ShowsSecret, Is.False);
        Assert.That((await subscriber.GetAsync("/cached-teaser")).ShowsSecret, Is.True);
        Assert.That((await stranger.GetAsync("/cached-free")).Text, Is.EqualTo((await other.GetAsync("/cached-free")).Text), "the cache is there, and keeps what is free");
    }

    [Test]
    public async Task A_subscriber_reads_and_nobody_else_does()
    {
        var site = await SiteAsync();
        using var subscriber = site.OpenAs(Service, "reader-1");
        using var registered = site.OpenAs(Service, "reader-2", "session-2");
        using var stranger = site.Open();

        Assert.That((await subscriber.GetAsync("/gated")).ShowsSecret, Is.True);
        var refused = await registered.GetAsync("/gated");
        Assert.That((refused.Status, refused.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That(refused.Text, Does.Contain("Subscribe to read on").And.Contain("/subscribe?return="));
        Assert.That((await stranger.GetAsync("/gated")).Text, Does.Contain("/gate/sign-in?to=%2Fgated").And.Not.Contain(Site.Secret));
        Assert.That((await registered.GetAsync("/registered")).ShowsSecret, Is.True);
        Assert.That((await subscriber.GetAsync("/archive/1923")).Text, Does.Contain("plan does not include"));
    }

    private static readonly (string Name, string Value)[][] Guises =
    [
        [], [("Accept", "application/json")], [("Accept", "text/html")], [("Range", "bytes=0-10")], [("If-None-Match", "*")],
        [("If-Modified-Since", "Sun, 22 Nov 2026 09:00:00 GMT")], [("X-Requested-With", "XMLHttpRequest")], [("Cookie", "__courier_pass=x.y.z")],
        [("X-HTTP-Method-Override", "GET")],
    ];

    [Test]
    public async Task No_form_of_a_request_makes_a_gated_page_leak()
    {
        var site = await SiteAsync();
        foreach (var target in Gated)
            await NothingLeaksAsync(site, target);
    }

    [Test]
    public async Task No_way_of_writing_an_address_leads_around_the_rule_about_it()
    {
        var arrived = new ConcurrentBag<string>();
        var site = await SiteAsync(options =>
        {
            options.Rules.Add(new PathRule { Path = "/ruled/**", Requires = "subscriber" });
            options.RequirementResolver = context =>
            {
                arrived.Add(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
                return ValueTask.FromResult<Requirement?>(null);
            };
        });
        string[] ways = [.. RawRequest.WaysToWrite("/ruled", "a", "/free"), .. RawRequest.WaysToWrite("/ruled/deep", "page", "/free")];

        foreach (var target in ways)
            await NothingLeaksAsync(site, target);
        string[] refusedBefore = [.. ways.Except(arrived)];
        foreach (var target in refusedBefore)
            Assert.That(RawRequest.StatusOf(await RawRequest.SendAsync(new Uri(site.Address), "GET", target)), Is.EqualTo(400), $"{target} did not arrive");
        Assert.That(refusedBefore, Has.Length.LessThan(ways.Length / 5), "the rest was judged as it was written");
    }

    [Test]
    public async Task A_subscriber_reads_what_is_behind_a_rule_however_she_writes_it()
    {
        var site = await SiteAsync(options => options.Rules.Add(new PathRule { Path = "/ruled/**", Requires = "subscriber" }));
        var pass = ("Cookie", "__courier_pass=" + Service.IssuePass("reader-1"));

        foreach (var target in (string[])["/ruled/a", "/x/../ruled/a", "/%72uled/a", "/ruled/%61", "/ruled/a;b=c", "/x/%2e%2e/ruled/a"])
            Assert.That(await RawRequest.SendAsync(new Uri(site.Address), "GET", target, pass), Does.Contain(Site.Secret), target);
    }

    private static async Task NothingLeaksAsync(Site site, string target)
    {
        foreach (var method in (string[])["GET", "HEAD", "POST"])
            foreach (var guise in Guises)
            {
                var answer = await RawRequest.SendAsync(new Uri(site.Address), method, target, guise);
                Assert.That(answer, Does.Not.Contain(Site.Secret), $"{method} {target}");
                Assert.That(RawRequest.StatusOf(answer), Is.Not.EqualTo(304).And.Not.EqualTo(206).And.LessThan(500), $"{method} {target}");
            }
    }

    [Test]
    public async Task A_teaser_page_writes_itself_and_its_offer_and_asks_no_cache_to_keep_it()
    {
        var site = await SiteAsync();
        using var stranger = site.Open();
        using var subscriber = site.OpenAs(Service, "reader-1");

        var teaser = await stranger.GetAsync("/teaser", ("If-None-Match", "\"etag\""));
        Assert.That((teaser.Status, teaser.ShowsSecret), Is.EqualTo((HttpStatusCode.OK, false)));
        Assert.That(teaser.Text, Does.Contain("first paragraph").And.Contain("paywall-offer--not-signed-in"));
        foreach (var page in (Page[])[teaser, await subscriber.GetAsync("/teaser"), await subscriber.GetAsync("/gated"), await stranger.GetAsync("/gated")])
            Assert.That(page.Headers, Does.Contain("Cache-Control: private, no-store").And.Contain("Vary: Cookie"));
        Assert.That((await subscriber.GetAsync("/teaser")).Text, Does.Contain(Site.Secret).And.Not.Contain("paywall-offer"));
    }

    [Test]
    public async Task Free_pages_stay_cacheable_until_somebody_is_signed_in()
    {
        var site = await SiteAsync();
        using var stranger = site.Open();
        using var subscriber = site.OpenAs(Service, "reader-1");

        Assert.That((await stranger.GetAsync("/stated-free")).Headers, Does.Not.Contain("Cache-Control").And.Contain("Vary: Cookie"));
        Assert.That((await subscriber.GetAsync("/stated-free")).Headers, Does.Contain("no-store").And.Contain("Vary: Cookie"));
        Assert.That((await subscriber.GetAsync("/free")).Headers, Does.Not.Contain("Cache-Control").And.Not.Contain("Vary"));
    }

    [TestCase("CDN-Cache-Control")]
    [TestCase("Surrogate-Control")]
    [TestCase("X-Accel-Expires")]
    [TestCase("cloudflare-cdn-cache-control")]
    public async Task What_a_gated_page_says_to_shared_caches_alone_is_not_sent(string header)
    {
        var site = await SiteAsync(map: app => app.MapGet("/for-caches", (HttpContext context) =>
        {
            context.Response.Headers[header] = "public, max-age=600";
            return Public(context, Site.Secret);
        }).RequireSubscriber());
        using var subscriber = site.OpenAs(Service, "reader-1");
        var page = await subscriber.GetAsync("/for-caches");
        Assert.That(page.ShowsSecret, Is.True);
        Assert.That(page.Headers.ToLowerInvariant(), Does.Contain("no-store").And.Not.Contain(header.ToLowerInvariant()).And.Not.Contain("max-age=600"));
    }

    [Test]
    public async Task What_goes_into_a_page_is_html_also_where_the_page_is_put_together_from_texts()
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: $$"""
            {"stage":"PaymentFailed","heading":"We haven't been able to take payment","body":"Words.","myAccountUrl":"{{Service.Address}}/my-account","updatePaymentDetailsUrl":null,"accessEndsAt":null,"nextAttemptAt":null}
            """);
        var site = await SiteAsync(map: app => app.MapGet("/by-hand", async (HttpContext context) =>
            await context.Response.WriteAsync($"<body>{await PaywallMarkup.NoticeAsync(context)}{PaywallMarkup.Offer(context)}{PaywallMarkup.Gift(context)}</body>")).RequireSubscriber().WithTeaser());
        using var reader = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();
        Assert.That((await reader.GetAsync("/by-hand")).Text, Does.Contain("paywall-notice__heading").And.Not.Contain("Subscriptions.Paywall").And.Not.Contain("HtmlContent"));
        Assert.That((await stranger.GetAsync("/by-hand")).Text, Does.Contain("paywall-offer__heading").And.Not.Contain("Subscriptions.Paywall").And.Not.Contain("HtmlContent"));
    }

    [TestCase("/asks-who")]
    [TestCase("/shows-notice")]
    public async Task A_public_page_that_looks_different_to_readers_is_not_given_to_them_from_a_cache(string path)
    {
        var site = await SiteAsync(map: app =>
        {
            app.MapGet("/asks-who", async (HttpContext context) => Public(context, await context.GetPaywallReaderIdAsync() ?? "nobody"));
            app.MapGet("/shows-notice", async (HttpContext context) => Public(context, (await context.GetPaywallNoticeAsync())?.Heading ?? "none"));
        });
        using var stranger = site.Open();
        using var subscriber = site.OpenAs(Service, "reader-1");

        Assert.That((await stranger.GetAsync(path)).Headers, Does.Contain("Cache-Control: public, max-age=600").And.Contain("Vary: Accept-Encoding, Cookie"));
        Assert.That((await subscriber.GetAsync(path)).Headers, Does.Contain("Cache-Control: private, no-store").And.Contain("Vary: Accept-Encoding, Cookie"));
    }

    // As pages do: they say what caches may do, whatever was said before.
    private static IResult Public(HttpContext context, string text)
    {
        context.Response.Headers.CacheControl = "public, max-age=600";
        context.Response.Headers.Vary = "Accept-Encoding";
        return Results.Text(text, "text/html");
    }

    [TestCase("/api/article", "text/html")]
    [TestCase("/gated", "application/json")]
    [TestCase("/teaser", "application/json")]
    public async Task A_program_that_is_refused_gets_problem_details(string path, string accept)
    {
        var site = await SiteAsync();
        using var stranger = site.Open();

        var refused = await stranger.GetAsync(path, ("Accept", accept));

        Assert.That((refused.Status, refused.ContentType), Is.EqualTo((HttpStatusCode.PaymentRequired, "application/problem+json")));
        var problem = JsonDocument.Parse(refused.Text).RootElement;
        Assert.That(problem.GetProperty("reason").GetString(), Is.EqualTo("NotSignedIn"));
        Assert.That(problem.GetProperty("requirement").GetString(), Is.EqualTo("subscriber"));
        Assert.That(problem.GetProperty("signInUrl").GetString(), Does.StartWith("/gate/sign-in"));
        Assert.That(problem.GetProperty("offerUrl").GetString(), Does.StartWith(Service.Address + "/subscribe"));
    }

    [TestCase("/gated?x=1", null, "/gated?x=1")]
    [TestCase("/gated", "/elsewhere", "/gated", TestName = "A_program_that_asks_for_a_page_is_led_back_to_that_page")]
    [TestCase("/api/article?x=1", "/article/1", "/article/1", TestName = "A_program_that_asks_an_API_is_led_back_to_the_page_it_runs_on")]
    [TestCase("/api/article?x=1", null, "/api/article?x=1")]
    [TestCase("/api/article", "/gate/sign-in?to=/", "/api/article")]
    public async Task A_program_is_told_links_that_lead_back_to_what_it_asked_for(string asked, string? from, string back)
    {
        var site = await SiteAsync();
        using var stranger = site.Open();

        var refused = await stranger.GetAsync(asked, [("Accept", "application/json"), .. from is null ? Array.Empty<(string, string)>() : [("Referer", site.Address + from)]]);

        var problem = JsonDocument.Parse(refused.Text).RootElement;
        Assert.That(problem.GetProperty("signInUrl").GetString(), Is.EqualTo("/gate/sign-in?to=" + Uri.EscapeDataString(back)));
        Assert.That(problem.GetProperty("offerUrl").GetString(), Is.EqualTo($"{Service.Address}/subscribe?return=" + Uri.EscapeDataString(site.Address + back)));
    }

    [Test]
    public async Task A_program_whose_request_does_something_is_led_back_to_the_front_page_and_nobody_to_another_website()
    {
        var site = await SiteAsync();
        using var stranger = site.Open();

        var posted = JsonDocument.Parse((await stranger.PostAsync("/gated", [], ("Accept", "application/json"))).Text).RootElement;
        var strange = JsonDocument.Parse((await stranger.GetAsync("/api/article", ("Referer", "https://evil.example/gated"))).Text).RootElement;

        Assert.That(posted.GetProperty("signInUrl").GetString(), Is.EqualTo("/gate/sign-in?to=%2F"));
        Assert.That(strange.GetProperty("signInUrl").GetString(), Is.EqualTo("/gate/sign-in?to=%2Fapi%2Farticle"));
    }

    [Test]
    public async Task Rules_and_metadata_add_up_and_only_stated_freedom_overrides_a_rule()
    {
        var site = await SiteAsync(
            options => options.Rules.Add(new PathRule { Path = "/**", Requires = "subscriber:archive" }),
            app =>
            {
                var group = app.MapGroup("/group").RequireSubscriber();
                group.MapGet("/inner", () => Site.Secret).FreeToRead();
            });
        using var subscriber = site.OpenAs(Service, "reader-1");

        Assert.That((await subscriber.GetAsync("/gated")).Text, Does.Contain("plan does not include"));
        Assert.That((await subscriber.GetAsync("/free")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That((await subscriber.GetAsync("/stated-free")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await subscriber.GetAsync("/group/inner")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task What_the_content_says_counts_like_metadata()
    {
        var site = await SiteAsync(options => options.RequirementResolver = context =>
            ValueTask.FromResult(context.Request.Path == "/ruled/gated" ? Requirement.Subscriber : null));
        using var stranger = site.Open();

        Assert.That((await stranger.GetAsync("/ruled/gated")).ShowsSecret, Is.False);
        Assert.That((await stranger.GetAsync("/ruled/open")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_site_with_its_own_accounts_names_its_reader()
    {
        var site = await SiteAsync(options =>
        {
            options.ReaderIdResolver = context => context.Request.Headers["X-Test-User"].ToString() is { Length: > 0 } user ? user : null;
            options.SignInPath = "/account/login";
        });
        using var browser = site.Open();

        Assert.That((await browser.GetAsync("/gated", ("X-Test-User", "reader-1"))).ShowsSecret, Is.True);
        Assert.That((await browser.GetAsync("/gated", ("X-Test-User", "nobody/../reader-1"))).ShowsSecret, Is.False);
        Assert.That((await browser.NavigateAsync("/gated")).Text, Does.Contain("/account/login?return=%2Fgated"));
    }

    [Test]
    public async Task A_site_may_send_the_refused_to_its_own_offer_and_that_never_loops()
    {
        var site = await SiteAsync(options =>
        {
            options.OfferPath = "/ruled/offer";
            options.Rules.Add(new PathRule { Path = "/ruled/**", Requires = "subscriber" });
        });
        using var stranger = site.Open();

        Assert.That((await stranger.GetAsync("/gated?a=b")).Location, Is.EqualTo("/ruled/offer?return=%2Fgated%3Fa%3Db&reason=NotSignedIn"));
        Assert.That((await stranger.GetAsync("/ruled/offer")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
    }

    [Test]
    public async Task A_gated_endpoint_before_the_middleware_fails_instead_of_being_read_by_everybody()
    {
        var site = await SiteAsync(map: app => app.Map("/branch", branch =>
        {
            branch.UseRouting();
            branch.Use(next => context =>
            {
                context.Features.Set<IPaywallFeature>(null);
                return next(context);
            });
            branch.UseEndpoints(endpoints => endpoints.MapGet("/late", () => Site.Secret).RequireSubscriber());
        }));
        using var subscriber = site.OpenAs(Service, "reader-1");

        var page = await subscriber.GetAsync("/branch/late");
        Assert.That((page.Status, page.ShowsSecret), Is.EqualTo((HttpStatusCode.InternalServerError, false)));
    }
}
