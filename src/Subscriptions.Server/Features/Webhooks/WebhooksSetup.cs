namespace Subscriptions.Server.Features.Webhooks;

/// <summary>Knocks from outside.</summary>
public static class WebhooksSetup
{
    /// <summary>Adds those who look what a knock is about.</summary>
    public static WebApplicationBuilder AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.Services.AddTransient<PaymentKnock>();
        builder.Services.AddTransient<RefundKnock>();
        builder.Services.AddTransient<SetupKnock>();
        return builder;
    }

    /// <summary>Maps <c>/webhooks/stripe</c>.</summary>
    public static void MapWebhooks(this WebApplication app) => ReceiveStripeWebhook.Map(app);
}
