using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests;

/// <summary>The caches that ASP.NET Core offers to a website, each before the gate and behind it.</summary>
public sealed class SiteCacheTests : SiteFixture
{
    [TestCase("UseResponseCaching", "Accept-Encoding", false)]
    [TestCase("UseResponseCaching", null, false)]
    [TestCase("UseResponseCaching", "Accept-Encoding", true)]
    [TestCase("UseOutputCache", "Accept-Encoding", false)]
    [TestCase("UseOutputCache", null, false)]
    public async Task A_cache_before_the_gate_gives_nobody_an_article_that_another_reader_got(string cache, string? vary, bool synchronously)
    {
        var site = await CachingAsync(cache, before: true, vary, synchronously);
        Service.Readers["reader-3"] = StubReader.Subscriber();
        using var reader = site.OpenAs(Service, "reader-1");
        using var other = site.OpenAs(Service, "reader-3", "session-3");
        using var stranger = site.Open();

        Assert.That((await reader.GetAsync("/kept")).Text, Is.EqualTo($"{Site.Secret} 1 for reader-1"));

        Assert.That((await stranger.GetAsync("/kept")).ShowsSecret, Is.False);
        Assert.That((await other.GetAsync("/kept")).Text, Is.EqualTo($"{Site.Secret} 2 for reader-3"));
        Service.Readers["reader-1"] = StubReader.Registered(version: 9);
        Service.Tell("change", 101, ",\"readerId\":\"reader-1\",\"version\":9");
        await Eventually.IsTrueAsync(async () => !(await reader.GetAsync("/kept")).ShowsSecret, "she reads no longer");
    }

    [Test]
    public async Task Nor_an_article_that_only_its_own_header_gates()
    {
        var site = await CachingAsync("UseResponseCaching", before: true, statesItself: true);
        using var reader = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();

        Assert.That((await reader.GetAsync("/stated")).ShowsSecret, Is.True);

        var refused = await stranger.GetAsync("/stated");
        Assert.That((refused.Status, refused.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That((await reader.GetAsync("/stated")).ShowsSecret, Is.True, "nor is the refusal kept");
    }

    [Test]
    public async Task A_page_that_nothing_was_written_to_is_not_kept_either()
    {
        var site = await CachingAsync("UseResponseCaching", before: true);
        using var reader = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();

        Assert.That((await reader.GetAsync("/empty")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await stranger.GetAsync("/empty")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
    }

    [Test]
    public async Task What_asks_nothing_is_kept_as_ever_and_what_names_its_reader_for_strangers_alone()
    {
        var site = await CachingAsync("UseResponseCaching", before: true);
        using var stranger = site.Open();
        using var reader = site.OpenAs(Service, "reader-1");

        Assert.That((await stranger.GetAsync("/open")).Text, Is.EqualTo((await reader.GetAsync("/open")).Text), "served once");
        Assert.That((await stranger.GetAsync("/front")).Text, Is.EqualTo("hello "));
        Assert.That((await reader.GetAsync("/front")).Text, Is.EqualTo("hello reader-1"));
        Assert.That((await stranger.GetAsync("/front")).Text, Is.EqualTo("hello "));
    }

    [TestCase("/gate/notice", HttpStatusCode.OK)]
    [TestCase("/gate/sign-in?to=/kept", HttpStatusCode.Redirect)]
    [TestCase("/gate/return?to=/kept", HttpStatusCode.Redirect)]
    [TestCase("/gate/callback?code=a&state=b", HttpStatusCode.BadRequest)]
    public async Task The_gates_own_addresses_answer_behind_a_response_cache_as_ever(string path, HttpStatusCode status)
    {
        var site = await CachingAsync("UseResponseCaching", before: true);
        using var reader = site.OpenAs(Service, "reader-1");

        var page = await reader.GetAsync(path);

        Assert.That(page.Status, Is.EqualTo(status));
        Assert.That(page.Headers, Does.Contain("no-store"));
    }

    [Test]
    public async Task A_response_cache_behind_the_gate_fails_a_gated_page_by_a_message_that_says_where_it_belongs()
    {
        using var log = new LogBook();
        var site = await CachingAsync("UseResponseCaching", before: false, log: log);
        using var reader = site.OpenAs(Service, "reader-1");

        Assert.That((await reader.GetAsync("/kept")).Status, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(log.Lines, Has.Some.Contains("UseResponseCaching stands behind UsePaywall"));
        Assert.That((await reader.GetAsync("/open")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private Task<Site> CachingAsync(string cache, bool before, string? vary = null, bool synchronously = false, LogBook? log = null, bool statesItself = false) => SiteAsync(
        options => options.ReadResponseHeader = statesItself,
        use: app =>
        {
            foreach (var step in before ? [cache, "UsePaywall"] : (string[])["UsePaywall", cache])
                _ = step switch { "UsePaywall" => app.UsePaywall(), "UseOutputCache" => app.UseOutputCache(), _ => app.UseResponseCaching() };
        },
        map: app =>
        {
            var served = 0;
            app.MapGet("/kept", async (HttpContext context) =>
            {
                MakePublic(context, vary);
                var text = $"{Site.Secret} {++served} for {await context.GetPaywallReaderIdAsync()}";
                if (synchronously)
                {
                    context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
                    context.Response.Body.Write(Encoding.UTF8.GetBytes(text));
                }
                else
                {
                    await context.Response.WriteAsync(text);
                }
            }).RequireSubscriber().CacheOutput();
            app.MapGet("/stated", async (HttpContext context) =>
            {
                MakePublic(context, vary);
                context.Response.Headers["X-Subscription-Requirement"] = "subscriber";
                await context.Response.WriteAsync(Site.Secret);
            });
            app.MapGet("/empty", (HttpContext context) => MakePublic(context, vary)).RequireSubscriber();
            app.MapGet("/open", async (HttpContext context) =>
            {
                MakePublic(context, vary);
                await context.Response.WriteAsync($"served {++served} times");
            });
            app.MapGet("/front", async (HttpContext context) =>
            {
                var reader = await context.GetPaywallReaderIdAsync();
                MakePublic(context, vary);
                await context.Response.WriteAsync($"hello {reader}");
            });
        },
        log: log);

    private static void MakePublic(HttpContext context, string? vary)
    {
        context.Response.Headers.CacheControl = "public, max-age=600";
        context.Response.Headers.Vary = vary;
    }
}
