using System.Globalization;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Rooms;

/// <summary>The service, unchanged, with this machine's clock, simulator and inbox in place of the world's.</summary>
internal static class ServiceRoom
{
    /// <summary>The service's database in the sandbox's folder.</summary>
    public static string DatabaseFile(SandboxOptions options) => Path.Combine(options.Data, "subscriptions.db");

    public static WebApplication Build(string[] args, SandboxOptions options, SandboxClock clock) =>
        Create(args, builder =>
        {
            RoomHost.Furnish(builder, options.Ports.Service);
            builder.Configuration.AddInMemoryCollection(Settings(options));
            builder.Services.AddSingleton<BillingClock>(clock);
        });

    private static Dictionary<string, string?> Settings(SandboxOptions options) => new()
    {
        ["Stripe:ApiBase"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{options.Ports.Panel}/stripe"),
        ["Smtp:Host"] = "127.0.0.1",
        ["Smtp:Port"] = options.Ports.Smtp.ToString(CultureInfo.InvariantCulture),
    };

    private static WebApplication Create(string[] args, Action<WebApplicationBuilder> configure)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure(builder);
        var app = builder.Build();
        app.MapGet("/health/live", () => Results.Ok());
        return app;
    }
}
