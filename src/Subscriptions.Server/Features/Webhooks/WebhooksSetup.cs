using Subscriptions.Server.Features.Webhooks.Knocks;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>Knocks from outside.</summary>
public static class WebhooksSetup
{
    /// <summary>Adds those who look what a knock is about.</summary>
    public static WebApplicationBuilder AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.Services.AddTransient<IWebhookKnock, PaymentIntentKnock>();
        builder.Services.AddTransient<IWebhookKnock, CheckoutCompletedKnock>();
        builder.Services.AddTransient<IWebhookKnock, RefundKnock>();
        builder.Services.AddTransient<IWebhookKnock, DisputeKnock>();
        builder.Services.AddTransient<IWebhookKnock, MandateKnock>();
        return builder;
    }

    /// <summary>Maps <c>/webhooks/stripe</c>.</summary>
    public static void MapWebhooks(this WebApplication app) => ReceiveStripeWebhook.Map(app);
}
