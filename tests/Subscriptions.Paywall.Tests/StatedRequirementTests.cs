using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests;

/// <summary>Pages that state by a header of their own response what they ask.</summary>
public sealed class StatedRequirementTests : SiteFixture
{
    private static readonly string[] Ways = ["write", "pipe", "start", "stream", "file", "twice"];

    [TestCaseSource(nameof(Ways))]
    public async Task Not_a_letter_of_a_page_is_sent_to_whoever_is_refused(string way)
    {
        var site = await SiteAsync(options => options.ReadResponseHeader = true, Map);
        using var stranger = site.Open();
        using var reader = site.OpenAs(Service, "reader-1");

        var refused = await stranger.GetAsync($"/own/{way}?asks=subscriber");
        Assert.That((refused.Status, refused.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That(refused.Text, Does.Contain("Subscribe to read on"));
        Assert.That(refused.Headers, Does.Not.Contain("X-Subscription-Requirement").And.Not.Contain("X-Of-The-Page").And.Contain("no-store"));

        var read = await reader.GetAsync($"/own/{way}?asks=subscriber");
        Assert.That((read.Status, read.ShowsSecret), Is.EqualTo((HttpStatusCode.OK, true)));
        Assert.That(read.Headers, Does.Not.Contain("X-Subscription-Requirement").And.Contain("no-store").And.Contain("X-Of-The-Page"));
    }

    [TestCase("free", true)]
    [TestCase("", true)]
    [TestCase("registered", true)]
    [TestCase("subscriber", false)]
    [TestCase("subscribr", false)]
    [TestCase("free&asks=subscriber", false)]
    public async Task A_registered_reader_gets_what_the_page_asks_of_her(string asks, bool reads)
    {
        var site = await SiteAsync(options => options.ReadResponseHeader = true, Map);
        using var reader = site.OpenAs(Service, "reader-2");
        Assert.That((await reader.GetAsync($"/own/write?asks={asks}")).ShowsSecret, Is.EqualTo(reads));
    }

    [Test]
    public async Task A_page_that_states_nothing_is_left_as_it_is()
    {
        var site = await SiteAsync(options => options.ReadResponseHeader = true, Map);
        using var stranger = site.Open();
        var page = await stranger.GetAsync("/own/write");
        Assert.That((page.Status, page.ShowsSecret), Is.EqualTo((HttpStatusCode.OK, true)));
        Assert.That(page.Headers, Does.Not.Contain("no-store"));
    }

    [Test]
    public async Task A_program_gets_problem_details_and_a_head_the_same_status()
    {
        var site = await SiteAsync(options => options.ReadResponseHeader = true, Map);
        using var stranger = site.Open();
        Assert.That((await stranger.GetAsync("/own/write?asks=subscriber", ("Accept", "application/json"))).ContentType, Is.EqualTo("application/problem+json"));
        Assert.That((await stranger.SendAsync(HttpMethod.Head, "/own/write?asks=subscriber", null)).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
    }

    [Test]
    public async Task Nothing_is_sent_while_it_is_being_decided()
    {
        var site = await SiteAsync(options => options.ReadResponseHeader = true, app => app.MapGet("/hasty", async (HttpContext context) =>
        {
            context.Response.Headers["X-Subscription-Requirement"] = "subscriber";
            var started = context.Response.StartAsync();
            await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Site.Secret));
            await started;
        }));

        // Not met before, so that the service has to be asked.
        using var refused = site.OpenAs(Service, "reader-2");
        using var reader = site.OpenAs(Service, "reader-1");
        var page = await refused.GetAsync("/hasty");
        Assert.That((page.Status, page.ShowsSecret), Is.EqualTo((HttpStatusCode.PaymentRequired, false)));
        Assert.That((await reader.GetAsync("/hasty")).ShowsSecret, Is.True);
    }

    [TestCase("subscriber", false)]
    [TestCase("free", true)]
    public async Task A_header_that_is_set_when_the_response_has_been_decided_fails_the_request(string asks, bool shows)
    {
        var site = await SiteAsync(options => options.ReadResponseHeader = true, app => app.MapGet("/late", async (HttpContext context) =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["X-Subscription-Requirement"] = asks;
                return Task.CompletedTask;
            });
            await context.Response.WriteAsync(Site.Secret);
        }));
        using var stranger = site.Open();
        var page = await stranger.GetAsync("/late");
        Assert.That((page.ShowsSecret, page.Status), Is.EqualTo((shows, shows ? HttpStatusCode.OK : HttpStatusCode.InternalServerError)));
        Assert.That(page.Headers, Does.Not.Contain("X-Subscription-Requirement"));
    }

    private static void Map(WebApplication app) => app.MapMethods("/own/{way}", ["GET", "HEAD"], async (HttpContext context, string way) =>
    {
        var response = context.Response;
        response.ContentType = "text/html";
        response.Headers["X-Of-The-Page"] = "1";
        foreach (var asks in context.Request.Query["asks"])
            response.Headers.Append("X-Subscription-Requirement", asks);
        switch (way)
        {
            case "pipe":
                response.BodyWriter.Write(System.Text.Encoding.UTF8.GetBytes(Site.Secret));
                break;
            case "start":
                await response.StartAsync();
                await response.WriteAsync(Site.Secret);
                break;
            case "stream":
                await response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Site.Secret));
                break;
            case "file":
                var file = Path.GetTempFileName();
                await File.WriteAllTextAsync(file, Site.Secret);
                await response.SendFileAsync(file);
                File.Delete(file);
                break;
            case "twice":
                await response.WriteAsync("first ");
                await response.Body.FlushAsync();
                await response.WriteAsync(Site.Secret);
                await response.CompleteAsync();
                break;
            default:
                await response.WriteAsync(Site.Secret);
                break;
        }
    });
}
