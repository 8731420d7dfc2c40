using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Renews, moves to the next notice, and ends what is due.</summary>
public sealed class AdvanceDueSubscriptions(DueWorkStore due, BillingUnits units, EndingPlaces places, EndSubscription end, DueWorkRunner runner, BillingClock clock, IJobScheduler jobs) : IRecurringJob
{
    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.AdvanceSubscription, AdvanceAsync, stopping);

    private async Task AdvanceAsync(Claim claim)
    {
        var id = SubscriptionId.From(claim.Id);
        var place = await PlaceOfEndAsync(id);
        var advanced = await units.ChangeAsync(id, Actors.System, unit =>
        {
            unit.EndTries = unit.Subscription.Ending() is null ? 0 : claim.Tries;
            unit.Must(place is { } later && later.Day > unit.Rules.Hours.DateOf(clock.Now)
                ? new SubscriptionCommand.PostponeEnd(later.CaseNumber, later.Day)
                : new SubscriptionCommand.AdvanceSubscription(unit.StandsStill));
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

    // Where ends are limited, one that is due now ends on the day on which it has a place.
    private async Task<EndPlace?> PlaceOfEndAsync(SubscriptionId id)
    {
        if (!places.AreLimited)
        {
            return null;
        }

        await using var unit = await units.ReadAsync(id);
        return unit is { Subscription: Subscription.PastDue state, StandsStill: false }
            && LifecycleSchedule.Next(state, unit.Rules, clock.Now) is { Step: LifecycleStep.End } step && step.At <= clock.Now
                ? new EndPlace(state.Case.Number, await places.TakeAsync(id, state.Case.Number, unit.Rules.Hours.DateOf(clock.Now)))
                : null;
    }

    private sealed record EndPlace(int CaseNumber, DateOnly Day);
}
