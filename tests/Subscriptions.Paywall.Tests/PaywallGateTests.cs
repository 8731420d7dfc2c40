using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests;

/// <summary>A gate beside a web server that asks, in a process of its own.</summary>
public sealed class PaywallGateTests : SiteFixture
{
    [Test]
    public async Task It_answers_by_the_sites_rules_and_believes_the_rest_by_its_key()
    {
        await using var app = await StartAsync();
        using var browser = new Browser(app.Urls.First());
        Assert.That((await AskAsync(browser, "/open/a")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await AskAsync(browser, "/open/../a")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync(browser, "/a", ("X-Subscription-Requirement", "free"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync(browser, "/a", ("X-Subscription-Requirement", "free"), ("X-Subscription-Site-Key", StubService.SiteKey))).Status, Is.EqualTo(HttpStatusCode.OK));
        SignIn(browser, "reader-1");
        Assert.That((await AskAsync(browser, "/a")).Headers, Does.Contain("X-Subscription-Reason: Granted"));
        SignIn(browser, "reader-2");
        Assert.That((await AskAsync(browser, "/a")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await browser.GetAsync("/gate/nothing")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_key_that_is_not_the_sites_is_told_in_each_answer_and_once_a_minute_in_the_log()
    {
        using var log = new LogBook();
        await using var app = await StartAsync(log: log);
        using var browser = new Browser(app.Urls.First());
        for (var i = 0; i < 3; i++)
            Assert.That((await AskAsync(browser, "/a", ("X-Subscription-Site-Key", "another-key"))).Headers, Does.Contain("X-Subscription-Problem: X-Subscription-Site-Key is not this site's key"));
        Assert.That((await AskAsync(browser, "/a")).Headers, Does.Not.Contain("X-Subscription-Problem"), "without a key nothing is claimed");
        Assert.That((await AskAsync(browser, "/a", ("X-Subscription-Site-Key", StubService.SiteKey))).Headers, Does.Not.Contain("X-Subscription-Problem"));
        Assert.That(log.Lines.Count(line => line.Contains("is not this site's key", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task It_outlives_an_outage_as_a_website_does()
    {
        await using var app = await StartAsync();
        using var seen = new Browser(app.Urls.First());
        using var never = new Browser(app.Urls.First());
        SignIn(seen, "reader-1");
        Service.Readers["reader-3"] = StubReader.Subscriber();
        Assert.That((await AskAsync(seen, "/a")).Status, Is.EqualTo(HttpStatusCode.OK));
        Service.Down = true;
        Clock.Advance(TimeSpan.FromMinutes(1));
        SignIn(never, "reader-3");
        Assert.That((await AskAsync(seen, "/a")).Status, Is.EqualTo(HttpStatusCode.OK));
        var unknown = await AskAsync(never, "/a");
        Assert.That(unknown.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(unknown.Headers, Does.Contain("X-Subscription-Outcome: Unavailable"));
    }

    [Test]
    public async Task What_the_web_server_says_of_scheme_and_host_counts_by_its_key_so_that_it_works_behind_tls()
    {
        await using var app = await StartAsync();
        using var browser = new Browser(app.Urls.First());
        (string, string)[] nginx = [("X-Subscription-Site-Key", StubService.SiteKey), ("X-Original-URL", "https://www.example.org/gate/sign-in?to=/a")];
        var signIn = await browser.GetAsync("/gate/sign-in?to=/a", nginx);
        Assert.That(signIn.Location, Does.Contain("return=" + Uri.EscapeDataString("https://www.example.org/gate/callback")));
        Assert.That(signIn.Headers, Does.Contain("; secure;"));
        Assert.That((await browser.GetAsync("/gate/sign-in?to=/a", nginx[1])).Location, Does.Not.Contain("example.org"));
        foreach (var form in (string[])["/gate/sign-out", "/gate/dismiss"])
        {
            Assert.That((await browser.PostAsync(form, [], [("Origin", "https://www.example.org"), .. nginx])).Status, Is.EqualTo(HttpStatusCode.SeeOther), form);
            Assert.That((await browser.PostAsync(form, [], [("Origin", "https://elsewhere.example"), .. nginx])).Status, Is.EqualTo(HttpStatusCode.Forbidden), form);
        }
    }

    [TestCase("X-Subscription-Region", null)]
    [TestCase("X-Edge-Region", "X-Edge-Region")]
    public async Task A_visitors_region_counts_by_the_key_alone(string header, string? setting)
    {
        Service.Policy = """{"networks":[],"openRegions":[{"region":"UA","entitlements":["subscriber"]}]}""";
        await using var app = await StartAsync(options => options.RegionHeader = setting);
        using var browser = new Browser(app.Urls.First());
        await Eventually.IsTrueAsync(async () => (await AskAsync(browser, "/a", (header, "UA"), ("X-Subscription-Site-Key", StubService.SiteKey))).Status == HttpStatusCode.OK, "the region is open");
        Assert.That((await AskAsync(browser, "/a", (header, "UA"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public void Settings_that_cannot_be_used_are_named_before_anything_is_answered() =>
        Assert.That(async () => await PaywallGate.StartAsync(new ServiceCollection().AddLogging().BuildServiceProvider(), options => options.SiteId = "Courier"),
            Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("SiteId").And.Message.Contains("SiteKey"));

    private static Task<Page> AskAsync(Browser browser, string target, params (string Name, string Value)[] more) =>
        browser.GetAsync("/gate/check", [("X-Original-URL", "https://www.example.org" + target), .. more]);

    // With the handle, by which a pass is proven that may be of before the gate's start.
    private void SignIn(Browser browser, string readerId) =>
        (browser.Cookies["__courier_pass"], browser.Cookies["__courier_handle"]) =
        (Service.IssuePass(readerId, "session-of-" + readerId), Service.IssueHandle(readerId, "session-of-" + readerId));

    private async Task<WebApplication> StartAsync(Action<PaywallOptions>? configure = null, LogBook? log = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        var app = builder.Build();
        var gate = await PaywallGate.StartAsync(app.Services, options =>
        {
            (options.ServiceAddress, options.SiteId, options.SiteKey) = (Service.Address, Site.Id, StubService.SiteKey);
            options.Rules.Add(new PathRule { Path = "/open/**", Requires = "free" });
            configure?.Invoke(options);
        });
        app.Lifetime.ApplicationStopped.Register(() => gate.DisposeAsync().AsTask().GetAwaiter().GetResult());
        app.Run(async context =>
        {
            if (!await gate.HandleAsync(context))
                context.Response.StatusCode = StatusCodes.Status404NotFound;
        });
        await app.StartAsync();
        return app;
    }
}
