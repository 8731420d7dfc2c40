using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Panel;

/// <summary>What lives in the panel's process beside the panel itself: the Stripe simulator, due moments, the seeder.</summary>
internal static class PanelParts
{
    public static void Add(IServiceCollection services, SandboxOptions options)
    {
        _ = services;
        _ = options;
    }

    public static void Map(IEndpointRouteBuilder routes) => _ = routes;
}
