using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Renews, moves to the next notice, and ends what is due.</summary>
public sealed class AdvanceDueSubscriptions(DueWorkStore due, BillingUnits units, EndSubscription end, DueWorkRunner runner, BillingClock clock, IJobScheduler jobs) : IRecurringJob
{
    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.AdvanceSubscription, AdvanceAsync, stopping);

    private async Task AdvanceAsync(Claim claim)
    {
        var id = SubscriptionId.From(claim.Id);
        var advanced = await units.ChangeAsync(id, Actors.System, unit =>
        {
            unit.EndTries = unit.Subscription.Ending() is null ? 0 : claim.Tries;
            unit.Must(new SubscriptionCommand.AdvanceSubscription(unit.Invoice?.LiveAttempt is not null));
            return unit;
        });
        if (advanced is null)
        {
            await due.CompleteAsync(claim, null);
            return;
        }

        if (advanced.Subscription.Ending() is not null)
        {
            await end.RunAsync(id, claim.Tries);
        }

        await due.ReleaseAsync(claim, clock.Now);
        await jobs.LookNowAsync<CollectDueInvoices>();
    }
}
