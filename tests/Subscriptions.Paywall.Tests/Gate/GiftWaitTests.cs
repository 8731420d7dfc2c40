using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Gate;

/// <summary>Whoever comes by a gift link asks for a key as well, and waits for all of it together no longer than anybody else.</summary>
public sealed class GiftWaitTests : SiteFixture
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    [TestCase("/gate/check")]
    [TestCase("/gate/refused")]
    public async Task Behind_another_web_server(string path)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        await using var gate = await PaywallGate.StartAsync(app.Services, options =>
            (options.ServiceAddress, options.SiteId, options.SiteKey, options.RequestTimeout) = (Service.Address, Site.Id, StubService.SiteKey, Limit));
        app.Run(async context => Assert.That(await gate.HandleAsync(context)));
        await app.StartAsync();
        using var browser = new Browser(app.Urls.First());

        await WaitsOnceAsync(browser, path, ("X-Original-URL", $"https://www.example.org/a?gift={Service.IssueGift("gft_1", "/a")}"));
    }

    [TestCase("/gated")]
    [TestCase("/stated")]
    public async Task On_a_website(string path)
    {
        var site = await SiteAsync(options => (options.RequestTimeout, options.ReadResponseHeader) = (Limit, true), app => app.MapGet("/stated", async (HttpContext context) =>
        {
            context.Response.Headers["X-Subscription-Requirement"] = "subscriber";
            await context.Response.WriteAsync(Site.Secret);
        }));
        using var browser = site.Open();

        await WaitsOnceAsync(browser, $"{path}?gift={Service.IssueGift("gft_1", path)}");
    }

    private async Task WaitsOnceAsync(Browser browser, string path, params (string Name, string Value)[] headers)
    {
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Service.GateOfAll = new TaskCompletionSource().Task;
        var begun = Stopwatch.GetTimestamp();

        await browser.GetAsync(path, headers);

        Assert.That(Stopwatch.GetElapsedTime(begun), Is.LessThan(1.7 * Limit));
    }
}
