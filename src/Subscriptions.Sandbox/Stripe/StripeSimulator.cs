using Microsoft.Extensions.DependencyInjection.Extensions;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Pages;
using Subscriptions.Sandbox.Stripe.Webhooks;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>
/// A stand-in for Stripe at the network's border: the API under <c>/stripe/v1</c>, the hosted pages under
/// <c>/stripe/pay</c>, signed webhooks, and a ledger of its own that is durable before anything is answered.
/// The host must have registered a <see cref="BillingClock"/>.
/// </summary>
public static class StripeSimulator
{
    /// <summary>Registers the simulator and starts its due work with the host.</summary>
    public static IServiceCollection AddStripeSimulator(this IServiceCollection services, StripeSimulatorOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<LedgerFile>();
        services.AddSingleton(provider => new StripeFaults(provider.GetRequiredService<LedgerFile>()));
        services.AddSingleton(provider => new StripeLedger(
            provider.GetRequiredService<LedgerFile>(), provider.GetRequiredService<StripeFaults>()));
        services.AddSingleton(provider => new StripeDisputes(provider.GetRequiredService<LedgerFile>()));
        services.AddSingleton(provider => new StripePayers(provider.GetRequiredService<LedgerFile>()));
        services.AddSingleton(provider => new StripeJournal(provider.GetRequiredService<LedgerFile>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SigningSecrets>();
        services.AddSingleton(provider => new StripeWebhooks(
            provider.GetRequiredService<LedgerFile>(), provider.GetRequiredService<SigningSecrets>(),
            provider.GetRequiredService<WebhookDeliveries>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<FaultSubjects>();
        services.AddSingleton<StripeExecution>();
        services.AddSingleton<StripeApi>();
        services.AddSingleton<CheckoutPage>();
        services.AddSingleton<ChallengePage>();
        services.AddSingleton<WebhookDeliveries>();
        services.AddSingleton(provider => new SimulatorDueWork(
            provider.GetRequiredService<LedgerFile>(), provider.GetRequiredService<WebhookDeliveries>(),
            provider.GetRequiredService<BillingClock>(), provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILogger<SimulatorDueWork>>()));
        services.AddHostedService(provider => provider.GetRequiredService<SimulatorDueWork>());
        return services;
    }

    /// <summary>Maps the API and the hosted pages.</summary>
    public static IEndpointRouteBuilder MapStripeSimulator(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        Map("/stripe/v1/{**path}", services.GetRequiredService<StripeApi>().HandleAsync);
        Map("/stripe/pay/checkout/{id}", services.GetRequiredService<CheckoutPage>().HandleAsync);
        Map("/stripe/pay/challenge/{id}/{token}", services.GetRequiredService<ChallengePage>().HandleAsync);
        Map("/stripe/pay/pay.css", PayLayout.StylesAsync);
        return endpoints;

        void Map(string pattern, RequestDelegate handle) => endpoints.Map(pattern, handle).ExcludeFromDescription();
    }
}
