using Subscriptions.Server.Features.Dunning;

namespace Subscriptions.Server.Features.Billing;

/// <summary>The use cases of billing.</summary>
public static class BillingSetup
{
    /// <summary>Adds them.</summary>
    public static WebApplicationBuilder AddBilling(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Catalog>();
        services.AddSingleton<BillingUnits>();
        services.AddTransient<GatewayPayments>();
        services.AddTransient<GatewayCustomers>();
        services.AddTransient<ForgetPayer>();
        services.AddTransient<PreparePayment>();
        services.AddTransient<CancelPayment>();
        services.AddTransient<SettleAttempt>();
        services.AddTransient<ReadDisputes>();
        services.AddTransient<WithdrawReplacement>();
        services.AddTransient<MakeRefunds>();
        services.AddTransient<SetPaymentAmount>();
        services.AddTransient<AdjustInvoice>();
        services.AddTransient<CreditAccounts>();
        services.AddTransient<CollectInvoice>();
        services.AddTransient<EndSubscription>();
        services.AddTransient<EndingPlaces>();
        services.AddTransient<StartSubscription>();
        services.AddTransient<SubscriptionCommands>();
        services.AddTransient<PauseDunning>();
        services.AddTransient<RetryNow>();
        services.AddTransient<ConfirmWithBank>();
        services.AddTransient<OpenHostedSetup>();
        services.AddTransient<TakeOverMethod>();
        services.AddTransient<FinishHostedSetup>();
        services.AddTransient<SubscriptionOverviewQuery>();
        return builder;
    }
}
