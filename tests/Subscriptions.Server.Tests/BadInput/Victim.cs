using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Tests.Features;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.BadInput;

/// <summary>Who asks.</summary>
internal enum Caller
{
    Nobody,
    Forger,
    Publisher,
    Site,
    Reader,
    Staff,
}

/// <summary>A service with something to lose, a website behind its paywall, and people who are signed in.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private const string StaffEmail = "desk@victim.example";

    private readonly WebApplication site;
    private readonly Dictionary<Caller, (string Cookies, string Token)> people = [];

    private Victim(ApiCaller server, WebApplication site) => (Server, this.site) = (server, site);

    public ApiCaller Server { get; }

    public IReadOnlyList<Target> Targets { get; private set; } = [];

    /// <summary>Ids of what is really there.</summary>
    public IReadOnlyList<string> RealIds { get; private set; } = [];

    /// <summary>What no answer may hold.</summary>
    public static IReadOnlyList<string> Secrets { get; } =
    [
        RunningService.GatewayKey, RunningService.WebhookSecret, RunningService.ApiKey, RunningService.OtherApiKey, RunningService.SiteKey, RunningService.Password,
        "service.db", "   at Subscriptions", "   at Microsoft", "   at System", ".cs:line", "Npgsql.", "SqliteException", "SELECT \"",
    ];

    public static async Task<Victim> StartAsync()
    {
        var server = await ApiCaller.StartAsync();
        var victim = new Victim(server, await StartSiteAsync(server.Service.Address));
        var active = await server.ActiveAsync(await server.ReaderAsync("active@victim.example", "Ada Active", RunningService.Password));
        var owing = await server.PastDueAsync(await server.ReaderAsync("owing@victim.example", "Owen Owing", RunningService.Password));
        await server.ReaderAsync("only@victim.example", "Olga Only", RunningService.Password);
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync(StaffEmail, RunningService.Password, StaffRoles.Support);
        await victim.SignInAsync(Caller.Nobody, "/sign-in", null);
        await victim.SignInAsync(Caller.Reader, "/sign-in", "only@victim.example");
        await victim.SignInAsync(Caller.Staff, "/support/sign-in", StaffEmail);
        await server.Service.SettledAsync();
        await using var db = server.OpenDatabase();
        victim.RealIds = [active.Value, owing.Value, .. db.Invoices.Select(i => i.Id).ToList().Select(i => i.Value), .. db.Readers.Select(r => r.Id).ToList().Select(r => r.Value)];
        string[] gate = ["/gate/sign-in", "/gate/callback", "/gate/return", "/gate/sign-out", "/gate/dismiss", "/articles/{slug}", "/api/articles/{slug}"];
        var home = server.Service.Address.GetLeftPart(UriPartial.Authority);
        victim.Targets =
        [
            .. Target.Of(server.Service.Services, home),
            .. gate.SelectMany(g => new[] { new Target(victim.site.Urls.Single(), g, "GET", false), new Target(victim.site.Urls.Single(), g, "POST", false) }),
        ];
        return victim;
    }

    /// <summary>Her cookies, and the token of a form that she has open; empty for programs.</summary>
    public (string Cookies, string Token) Of(Caller caller) => people.GetValueOrDefault(caller, ("", ""));

    public async ValueTask DisposeAsync()
    {
        await site.StopAsync();
        await site.DisposeAsync();
        await Server.DisposeAsync();
    }

    private async Task SignInAsync(Caller caller, string page, string? email)
    {
        using var browser = Server.Service.NewBrowser();
        var form = await browser.GetAsync(page);
        if (email is not null)
        {
            await browser.SubmitAsync(form, "Sign in", ("email", email), ("password", RunningService.Password));
            form = await browser.GetAsync(caller == Caller.Staff ? "/support" : "/my-account");
        }

        var token = form.Document.QuerySelector("input[name=__RequestVerificationToken]")?.GetAttribute("value")
            ?? throw new InvalidOperationException($"{form.Url} has no form to take a token from.");
        people[caller] = (string.Join("; ", browser.Cookies(Server.Service.Address)), token);
    }

    private static async Task<WebApplication> StartSiteAsync(Uri service)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddPaywall(paywall =>
        {
            (paywall.ServiceAddress, paywall.SiteId, paywall.SiteKey) = (service.GetLeftPart(UriPartial.Authority), "courier", RunningService.SiteKey);
            paywall.SiteAddress = RunningService.Site;
        });
        var app = builder.Build();
        app.UseRouting();
        app.UsePaywall();
        app.MapGet("/articles/{slug}", (string slug) => Results.Text(slug)).RequireSubscriber();
        app.MapGet("/api/articles/{slug}", (string slug) => Results.Text(slug)).RequireSubscriber().AsApi();
        await app.StartAsync();
        return app;
    }
}
