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
        services.AddTransient<CountArticles>();
        services.AddTransient<Gifts>();
    }

    /// <summary>Maps its routes.</summary>
    public static void MapGate(this WebApplication app) => GateRoutes.Map(app);
}
