using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests;

/// <summary>What depends on a reader is kept by no cache, whatever else the site says of it and when.</summary>
public sealed class PrivateResponseTests : SiteFixture
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task A_page_that_speaks_to_caches_in_its_last_moment_does_not_make_its_article_public(bool stated)
    {
        var site = await CallingBackAsync(stated);
        using var reader = site.OpenAs(Service, "reader-1");

        var page = await reader.GetAsync("/last-word");

        Assert.That(page.ShowsSecret, Is.True);
        Assert.That(page.Headers, Does.Contain("Cache-Control: private, no-store").And.Contain("Vary: Cookie").And.Not.Contain("public").And.Not.Contain("CDN-Cache-Control"));
    }

    [Test]
    public async Task Nor_its_refusal()
    {
        var site = await CallingBackAsync(stated: true);
        using var stranger = site.Open();

        var page = await stranger.GetAsync("/last-word");

        Assert.That(page.ShowsSecret, Is.False);
        Assert.That(page.Headers, Does.Contain("Cache-Control: private, no-store").And.Not.Contain("public"));
    }

    [Test]
    public async Task A_page_that_names_its_reader_is_private_although_middleware_before_it_makes_every_page_public()
    {
        var site = await SiteAsync(null, app =>
        {
            app.Use((context, next) =>
            {
                MakePublicAtLast(context);
                return next(context);
            });
            app.MapGet("/front", async (HttpContext context) => await context.Response.WriteAsync($"hello {await context.GetPaywallReaderIdAsync()}"));
        });
        using var reader = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();
        // Her pass has run out, so that the answer brings a new one.
        reader.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(-10));
        reader.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");

        var hers = await reader.GetAsync("/front");
        var anybodys = await stranger.GetAsync("/front");

        Assert.That(hers.Text, Is.EqualTo("hello reader-1"));
        Assert.That(hers.Headers, Does.Contain("__courier_pass").And.Contain("private, no-store").And.Not.Contain("public"));
        Assert.That(anybodys.Headers, Does.Contain("public").And.Contain("Vary: Cookie"));
    }

    [TestCase("/late/reader")]
    [TestCase("/late/part")]
    [TestCase("/late/notice")]
    public async Task A_page_that_asks_who_reads_after_its_first_bytes_were_public_is_told_nobody_and_the_log_why(string path)
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: $$"""
            {"stage":"PaymentFailed","heading":"Please pay","body":"Words.","myAccountUrl":"{{Service.Address}}/my-account","updatePaymentDetailsUrl":null,"accessEndsAt":null,"nextAttemptAt":null}
            """);
        using var log = new LogBook();
        var site = await SiteAsync(null, app => app.MapGet("/late/{what}", async (string what, HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "public, max-age=60";
            await context.Response.WriteAsync("<head>");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync(what switch
            {
                "reader" => $"reader: {await context.GetPaywallReaderIdAsync()}.",
                "part" => $"part: {((await context.DecidePaywallAsync(Requirement.Subscriber)).Allowed ? "open" : "")}.",
                _ => $"notice: {(await context.GetPaywallNoticeAsync())?.Heading}.",
            });
        }), log: log);
        using var reader = site.OpenAs(Service, "reader-1");

        var page = await reader.GetAsync(path);
        await reader.GetAsync(path);

        Assert.That(page.Text, Does.EndWith(": ."));
        Assert.That(page.Headers, Does.Not.Contain("Set-Cookie"));
        Assert.That(log.Lines.Count(line => line.Contains("asked who reads after its first bytes", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_gated_page_may_ask_at_any_time()
    {
        var site = await SiteAsync(null, app => app.MapGet("/stream", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("<head>");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync($"hello {await context.GetPaywallReaderIdAsync()}");
        }).RequireSubscriber());
        using var reader = site.OpenAs(Service, "reader-1");

        Assert.That((await reader.GetAsync("/stream")).Text, Does.EndWith("hello reader-1"));
    }

    private Task<Site> CallingBackAsync(bool stated) => SiteAsync(options => options.ReadResponseHeader = stated, app =>
    {
        var page = app.MapGet("/last-word", async (HttpContext context) =>
        {
            MakePublicAtLast(context);
            if (stated)
                context.Response.Headers["X-Subscription-Requirement"] = "subscriber";
            await context.Response.WriteAsync(Site.Secret);
        });
        if (!stated)
            page.RequireSubscriber();
    });

    private static void MakePublicAtLast(HttpContext context) => context.Response.OnStarting(() =>
    {
        context.Response.Headers.CacheControl = "public, max-age=600";
        context.Response.Headers["CDN-Cache-Control"] = "max-age=600";
        return Task.CompletedTask;
    });
}
