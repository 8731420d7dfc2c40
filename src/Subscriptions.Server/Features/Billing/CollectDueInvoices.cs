using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Collects the invoices that are due and settles what is under way on them.</summary>
public sealed class CollectDueInvoices(DueWorkStore due, CollectInvoice collect, DueWorkRunner runner, BillingClock clock) : IRecurringJob
{
    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.CollectInvoice, CollectAsync, stopping);

    private async Task CollectAsync(Claim claim)
    {
        await collect.RunAsync(claim, CollectOrder.Scheduled);
        await due.ReleaseAsync(claim, clock.Now);
    }
}
