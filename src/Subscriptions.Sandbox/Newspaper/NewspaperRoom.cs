using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>The Harrowmere Courier, gated by the service as any publisher's site would be.</summary>
internal static class NewspaperRoom
{
    public static WebApplication Build(SandboxOptions options)
    {
        var builder = RoomHost.NewBuilder(options, "newspaper", options.Ports.Newspaper);
        var app = builder.Build();
        app.MapGet("/", () => Results.Text("The Harrowmere Courier"));
        return app;
    }
}
