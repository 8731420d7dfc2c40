using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>The ledger and its comparison with the gateway's books.</summary>
public static class ReconciliationSetup
{
    /// <summary>Adds them.</summary>
    public static WebApplicationBuilder AddReconciliation(this WebApplicationBuilder builder, ReconciliationSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton<CollectingGate>();
        services.AddTransient<Repairs>();
        services.AddTransient<PaymentChecks>();
        services.AddTransient<OtherChecks>();
        services.AddTransient<LedgerBooks>();
        services.AddTransient<Reconcile>();
        services.AddTransient<FindingDesk>();
        services.AddTransient<FinanceReportQuery>();
        return builder;
    }
}
