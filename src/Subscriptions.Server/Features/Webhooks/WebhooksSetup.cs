using Subscriptions.Server.Features.Mail;
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
        builder.Services.AddTransient<IWebhookKnock, PaymentMethodKnock>();
        builder.Services.AddTransient<IWebhookKnock, CustomerKnock>();
        builder.Services.AddTransient<MethodChangedElsewhere>();
        builder.Services.AddSingleton<WebhookInbox>();
        builder.Services.AddSingleton<WebhookMeters>();
        return builder;
    }

    /// <summary>Maps <c>/webhooks/stripe</c> and <c>/webhooks/mail</c>.</summary>
    public static void MapWebhooks(this WebApplication app)
    {
        ReceiveStripeWebhook.Map(app);
        ReceiveMailFeedback.Map(app);
    }
}
