using System.Globalization;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Sandbox.Seeding;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel;

/// <summary>What lives in the panel's process beside the panel itself: the Stripe simulator, due moments, the seeder.</summary>
internal static class PanelParts
{
    public static void Add(IServiceCollection services, SandboxOptions options)
    {
        var keys = SandboxKeys.Of(options.Data);
        services.AddStripeSimulator(new StripeSimulatorOptions
        {
            SecretKey = keys.StripeKey,
            WebhookSecret = keys.WebhookSecret,
            DataFolder = options.Data,
            WebhookUrls = [new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{options.Ports.Service}/webhooks/stripe"))],
            PublicAddress = options.Addresses.Panel,
        });
        services.AddStripeSimulatorHooks();
        services.AddSingleton<IDueMoments, ProductDueMoments>();
        services.AddSingleton<ILiveReaders, LiveReaders>();
        services.AddSingleton<ISandboxSeeder, BookSeeder>();
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapStripeSimulator();
}
