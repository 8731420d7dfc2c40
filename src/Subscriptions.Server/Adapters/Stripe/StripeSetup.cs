using Microsoft.Extensions.DependencyInjection.Extensions;
using Subscriptions.Server.Features.Acceptance;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Puts Stripe behind the payment port.</summary>
public static class StripeSetup
{
    /// <summary>An answer of Stripe's has a few KiB; what is larger is not read on.</summary>
    private const int MaxAnswerBytes = 2 * 1024 * 1024;

    /// <summary>Adds the gateway and the webhook reader, over the framework's HTTP client.</summary>
    public static IServiceCollection AddStripe(this IServiceCollection services, StripeSettings settings)
    {
        services.AddStripeCore(settings);
        Configure(services.AddHttpClient<IStripeWire, HttpStripeWire>(), settings);
        return services;
    }

    /// <summary>All of it but the wire.</summary>
    internal static IServiceCollection AddStripeCore(this IServiceCollection services, StripeSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<StripeWebhook>();
        services.AddSingleton<StripePace>();
        services.AddTransient<IPaymentGateway, StripeGateway>();
        services.AddTransient<IGatewayRecords, StripeRecords>();
        services.TryAddSingleton(new OwnInvoices(id => !id.StartsWith(AcceptCommand.InvoicePrefix, StringComparison.Ordinal)));
        services.AddTransient<StripeTransport>();
        return services;
    }

    /// <summary>A client for a wire: no redirect, no cookie, no time-out but the transport's, and an answer no larger than Stripe's are.</summary>
    internal static void Configure(IHttpClientBuilder client, StripeSettings settings) => client
            .ConfigureHttpClient(http =>
            {
                http.Timeout = Timeout.InfiniteTimeSpan;
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
}
