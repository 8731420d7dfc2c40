using Microsoft.Extensions.DependencyInjection.Extensions;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Puts Stripe behind the payment port.</summary>
public static class StripeSetup
{
    /// <summary>An answer of Stripe's has a few KiB; what is larger is not read on.</summary>
    private const int MaxAnswerBytes = 2 * 1024 * 1024;

    /// <summary>Adds the gateway, the webhook reader and the HTTP client that both rest on.</summary>
    public static IServiceCollection AddStripe(this IServiceCollection services, StripeSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<StripeWebhook>();
        services.AddSingleton<StripePace>();
        services.AddTransient<IPaymentGateway, StripeGateway>();
        services.AddHttpClient<StripeTransport>(http =>
            {
                http.Timeout = Timeout.InfiniteTimeSpan; // The transport's own time-outs end a call.
                http.MaxResponseContentBufferSize = MaxAnswerBytes;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = !settings.ApiBase.IsLoopback,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
        return services;
    }
}
