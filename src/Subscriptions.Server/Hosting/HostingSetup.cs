using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Subscriptions.Data;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Hosting;

/// <summary>What every room of the service stands on: clock, keys, answers to errors, health.</summary>
public static class HostingSetup
{
    /// <summary>Largest request body: 256 KiB. No request of ours needs more.</summary>
    private const long MaxBodyBytes = 256 * 1024;

    /// <summary>Adds it.</summary>
    public static WebApplicationBuilder AddHosting(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Math.Max(MaxBodyBytes, Adapters.Stripe.StripeWebhook.MaxBodyBytes + 1);
        });
        services.AddHostedService<DatabaseStart>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<BillingClock, SystemBillingClock>();
        services.TryAddSingleton(new InstanceName($"{Environment.MachineName}:{builder.Configuration["urls"] ?? builder.Configuration["Instance"] ?? "default"}"));
        services.AddSingleton<CatalogVersions>();
        services.AddSingleton<InstitutionChanges>();
        services.AddSingleton<StaffTasks>();
        services.AddSingleton<FirstStaff>();
        services.AddSingleton<PaymentLinks>();
        // A charge that has begun is seen through: a stop waits longer than the longest call to the gateway and its look afterwards.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(120));
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(json => ApiJson.Apply(json.SerializerOptions));
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiKeys>(ApiKeys.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(ApiKeys.ApiPolicy, policy => policy.AddAuthenticationSchemes(ApiKeys.SchemeName).RequireRole(ApiKeys.ApiPolicy))
            .AddPolicy(ApiKeys.SitePolicy, policy => policy.AddAuthenticationSchemes(ApiKeys.SchemeName).RequireAuthenticatedUser());
        return builder;
    }

    /// <summary>Puts it in front of the rooms.</summary>
    public static WebApplication UseHosting(this WebApplication app)
    {
        UsePublicScheme(app);
        // The exception handler explains itself to programs only; to browsers it leaves a bare 500, which the page around it fills.
        app.UseStatusCodePages();
        app.UseStatusPageForBrowsers();
        // A request that broke off or was never HTTP is the caller's mistake, wherever its body was being read.
        app.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = failure => failure is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError });
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpenApi();
        app.MapGet("/health/live", () => Results.Ok()).ExcludeFromDescription();
        app.MapGet("/health/ready", ReadyAsync).ExcludeFromDescription();
        return app;
    }

    // TLS is ended in front of us, so every request looks like http here; what the browser sees is in the settings, and
    // without it no page with a form could set its Secure cookie.
    private static void UsePublicScheme(WebApplication app)
    {
        if (app.Services.GetRequiredService<PublisherSettings>().Address.Scheme != Uri.UriSchemeHttps)
        {
            return;
        }

        app.Use((http, next) =>
        {
            http.Request.Scheme = Uri.UriSchemeHttps;
            return next(http);
        });
    }

    private static async Task<IResult> ReadyAsync(IDbContextFactory<SubscriptionsDb> databases, CollectingGate gate, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        return await db.Database.CanConnectAsync(cancel)
            ? Results.Ok(new
            {
                collecting = await gate.StateAsync() is { ClosedAt: not null } ? "off" : "on",
                frozen = await db.Freezes.Where(f => f.OpenSlot != null).OrderBy(f => f.OpenedAt).Select(f => f.Kind.ToString()).ToListAsync(cancel),
            })
            : Results.Problem("The database cannot be reached.", statusCode: 503, title: "Not ready.", type: "urn:subscriptions:not-ready");
    }
}

/// <summary>Prepares the database before the first request and the first job: it is the first of the hosted services.</summary>
public sealed class DatabaseStart(IServiceProvider services) : IHostedService
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => DatabaseSetup.PrepareDatabaseAsync(services);

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
