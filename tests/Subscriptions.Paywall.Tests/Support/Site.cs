using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Paywall.Tests.Support;

/// <summary>A website that installed the paywall, on a port of its own, with a page of each sort.</summary>
public sealed class Site : IAsyncDisposable
{
    public const string Id = "courier";
    public const string Secret = "THE GATED TEXT";
    private readonly WebApplication _app;

    private Site(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    public IServiceProvider Services => _app.Services;

    public static async Task<Site> StartAsync(
        StubService service, WallClock clock, Action<PaywallOptions>? configure = null, Action<WebApplication>? map = null,
        IDataProtectionProvider? protection = null, ILoggerProvider? log = null, Action<WebApplication>? use = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Logging.AddProvider(log);
        builder.Services.AddOutputCache();
        builder.Services.AddResponseCaching();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton(protection ?? new EphemeralDataProtectionProvider());
        builder.Services.AddPaywall(options =>
        {
            options.ServiceAddress = service.Address;
            options.SiteId = Id;
            options.SiteKey = StubService.SiteKey;
            configure?.Invoke(options);
        });
        var app = builder.Build();
        if (use is null)
        {
            app.UsePaywall();
            app.UseOutputCache();
        }
        else
        {
            app.UseRouting();
            use(app);
        }

        MapPages(app);
        map?.Invoke(app);
        var site = new Site(app);
        await app.StartAsync();
        site.Address = app.Urls.First();
        return site;
    }

    /// <summary>Waits until the site listens to the change feed.</summary>
    public Task ListensAsync(WallClock clock) =>
        Eventually.IsTrueAsync(() => Services.GetRequiredService<FeedState>().IsHeard(clock.GetUtcNow()), "the site listens to the feed");

    public Browser Open() => new(Address);

    public Browser OpenAs(StubService service, string readerId, string session = "session-1")
    {
        var browser = Open();
        browser.Cookies["__courier_pass"] = service.IssuePass(readerId, session);
        return browser;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static void MapPages(WebApplication app)
    {
        app.MapGet("/free", () => Results.Text("free for all", "text/html"));
        app.MapGet("/stated-free", () => Results.Text("free for all", "text/html")).FreeToRead();
        app.MapMethods("/gated", ["GET", "HEAD", "POST"], () => Results.Text(Secret, "text/html")).RequireSubscriber();
        app.MapGet("/archive/{slug}", () => Results.Text(Secret, "text/html")).RequireSubscriber("archive");
        app.MapGet("/registered", () => Results.Text(Secret, "text/html")).RequireRegistered();
        app.MapGet("/api/article", () => Results.Json(new { text = Secret })).RequireSubscriber().AsApi();
        app.MapGet("/teaser", TeaserAsync).RequireSubscriber().WithTeaser();
        app.MapGet("/cached-teaser", TeaserAsync).RequireSubscriber().WithTeaser().CacheOutput();
        var served = 0;
        app.MapGet("/cached-free", () => Results.Text($"free, served {++served} times", "text/html")).CacheOutput();
        app.MapMethods("/metered/{slug}", ["GET", "HEAD", "POST"], () => Results.Text(Secret, "text/html")).Metered();
        app.MapGet("/article/{slug}", TeaserAsync).RequireSubscriber().WithTeaser();
        app.MapGet("/ruled/{**rest}", () => Results.Text(Secret, "text/html"));
        app.MapGet("/", () => Results.Text("home", "text/html"));
    }

    private static async Task TeaserAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html";
        context.Response.Headers.CacheControl = "public, max-age=600";
        if (context.Request.Headers.IfNoneMatch.Count > 0)
        {
            context.Response.StatusCode = 304;
            return;
        }

        await context.Response.WriteAsync("first paragraph ");
        if (context.GetPaywallDecision().Allowed)
            await context.Response.WriteAsync(Secret);
        var html = new StringWriter();
        (await PaywallMarkup.NoticeAsync(context)).WriteTo(html, System.Text.Encodings.Web.HtmlEncoder.Default);
        PaywallMarkup.Offer(context).WriteTo(html, System.Text.Encodings.Web.HtmlEncoder.Default);
        await context.Response.WriteAsync(html.ToString());
    }
}

/// <summary>A browser that follows no redirect by itself and whose cookies a test can see.</summary>
public sealed class Browser(string address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(address) };

    public Dictionary<string, string> Cookies { get; } = [];

    public bool KeepsCookies { get; set; } = true;

    public async Task<Page> GetAsync(string path, params (string Name, string Value)[] headers) => await SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>As a person's browser opens a page.</summary>
    public Task<Page> NavigateAsync(string path) =>
        GetAsync(path, ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));

    public async Task<Page> PostAsync(string path, Dictionary<string, string> form, params (string Name, string Value)[] headers)
    {
        using var content = new FormUrlEncodedContent(form);
        return await SendAsync(HttpMethod.Post, path, content, headers);
    }

    public async Task<Page> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (Cookies.Count > 0)
            request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", Cookies.Select(pair => $"{pair.Key}={pair.Value}")));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        if (KeepsCookies && response.Headers.TryGetValues("Set-Cookie", out var set))
            foreach (var cookie in set)
                Keep(cookie);
        return new Page(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Location?.OriginalString,
            response.Headers.ToString() + response.Content.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    public void Dispose() => _http.Dispose();

    private void Keep(string cookie)
    {
        var parts = cookie.Split(';')[0].Split('=', 2);
        if (parts[1].Length == 0)
            Cookies.Remove(parts[0]);
        else
            Cookies[parts[0]] = parts[1];
    }
}

public sealed record Page(HttpStatusCode Status, string Text, string? Location, string Headers, string? ContentType)
{
    public bool ShowsSecret => Text.Contains(Site.Secret, StringComparison.Ordinal);
}

/// <summary>A stub service, a site and the clock they share, fresh for each test.</summary>
public abstract class SiteFixture
{
    private readonly List<IAsyncDisposable> _running = [];

    protected WallClock Clock { get; private set; } = null!;

    protected StubService Service { get; private set; } = null!;

    [SetUp]
    public async Task StartServiceAsync()
    {
        Clock = new WallClock();
        Service = await StubService.StartAsync(Clock);
        Service.Readers["reader-1"] = StubReader.Subscriber();
        Service.Readers["reader-2"] = StubReader.Registered();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await Service.DisposeAsync();
        foreach (var one in _running)
            await one.DisposeAsync();
        _running.Clear();
    }

    protected async Task<Site> SiteAsync(
        Action<PaywallOptions>? configure = null, Action<WebApplication>? map = null, bool listens = true, IDataProtectionProvider? protection = null,
        ILoggerProvider? log = null, Action<WebApplication>? use = null)
    {
        var site = await Site.StartAsync(Service, Clock, configure, map, protection, log, use);
        _running.Add(site);
        if (listens)
            await ListensLongEnoughAsync(site);
        return site;
    }

    // At first it doubts every pass that a service whose clock is ahead may have made before the feed began.
    private async Task ListensLongEnoughAsync(Site site)
    {
        await site.ListensAsync(Clock);
        Clock.Advance(PassVerifier.ClockSkew);
        Service.Tell("heartbeat", 100);
        await site.ListensAsync(Clock);
    }
}
