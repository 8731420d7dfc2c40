using Microsoft.EntityFrameworkCore;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Groups;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Those who read through this subscription: what changes its access changes theirs, in the same transaction.</summary>
public sealed partial class BillingUnit
{
    private readonly AccessOfSeats accessBefore;

    // The row of the subscription is this transaction's when the places are read: whoever takes one at the same time locks that row first, so that
    // she either stands in the list or sees what is saved here.
    private async Task SaveWithSeatsAsync(Subscription.Started started)
    {
        if (accessBefore.IsSame(AccessNow()))
        {
            await db.SaveChangesAsync();
            return;
        }

        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.SaveChangesAsync();
        await TellSeatsAsync(started.Contract.Id);
        await transaction.CommitAsync();
    }

    private async Task TellSeatsAsync(SubscriptionId group)
    {
        var seats = await db.Seats.Where(s => s.SubscriptionId == group && s.Number != null && s.ReaderId != null).ToListAsync();
        if (seats.Count == 0)
        {
            return;
        }

        var versions = await AccessVersions.RaiseAsync(db, [.. seats.Select(s => s.ReaderId!.Value)]);
        foreach (var seat in seats)
        {
            // Not in the subscription's own timeline, where it would say the same once more for every place.
            SeatEvents.Add(db, seat, SeatEvents.AccessChanged, seat.ReaderId!.Value, versions[seat.ReaderId.Value], null, actor, now);
        }

        await db.SaveChangesAsync();
    }

    private AccessOfSeats AccessNow()
    {
        if (Rules.Plan.Seats is not { } places || Subscription is not Subscription.Started state)
        {
            return new AccessOfSeats(0, null);
        }

        var owed = state is Subscription.PastDue pastDue && Invoice?.Id == pastDue.Invoice.Id ? Invoice : null;
        return new AccessOfSeats(places, AccessRules.GrantOf(state, owed, Rules, now));
    }

    // How many places read, and what they are let read. Under which rule the holder reads is no news to them.
    private sealed record AccessOfSeats(int Places, AccessGrant? Grant)
    {
        public bool IsSame(AccessOfSeats other) => Places == other.Places && (Grant, other.Grant) switch
        {
            (null, null) => true,
            ({ } one, { } two) => one.From == two.From && one.Until == two.Until && one.Entitlements.SequenceEqual(two.Entitlements),
            _ => false,
        };
    }
}
