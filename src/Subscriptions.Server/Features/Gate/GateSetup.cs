using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>What lets people read beside a subscription: meters, gift links, networks, regions, crawlers, previews.</summary>
public static class GateSetup
{
    /// <summary>Adds it.</summary>
    public static void AddGate(this WebApplicationBuilder builder, GateSettings gate)
    {
        var services = builder.Services;
        services.AddSingleton(gate);
        services.AddSingleton<CountRequest.Rules>();
        services.AddSingleton<GiftRequest.Rules>();
        services.AddSingleton<GiftUseRequest.Rules>();
        services.AddSingleton<PreviewLinks>();
        services.AddSingleton<GateKeys>();
        services.AddSingleton<SiteGates>();
        services.AddTransient<CountArticles>();
        services.AddTransient<Gifts>();
        services.AddTransient<ExplainAccess>();
    }

    /// <summary>Answers web servers that ask, before anything else has looked at the request.</summary>
    public static void UseSiteGates(this WebApplication app)
    {
        var gates = app.Services.GetRequiredService<SiteGates>();
        app.Use(next => http => gates.RunAsync(http, next));
    }

    /// <summary>Maps its routes.</summary>
    public static void MapGate(this WebApplication app)
    {
        GateRoutes.Map(app);
        DecisionRoutes.Map(app);
    }
}
