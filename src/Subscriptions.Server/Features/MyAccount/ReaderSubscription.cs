using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Finds the subscription that a reader's pages speak of: the one that lives, else the last that was ever paid for.</summary>
public sealed class ReaderSubscription(IDbContextFactory<SubscriptionsDb> databases, SubscriptionOverviewQuery overview)
{
    /// <summary>How it stands, or null when she never had one.</summary>
    public async Task<SubscriptionOverview?> FindAsync(ReaderId reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        var all = await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == reader)
            .Select(s => new { s.Id, s.Status, s.EndReason, s.StartedAt }).ToListAsync();
        var chosen = all
            .OrderBy(s => s.Status == nameof(Subscription.Ended))
            .ThenBy(s => s.EndReason == EndReason.NeverPaid)
            .ThenByDescending(s => s.StartedAt)
            .FirstOrDefault();
        return chosen is null ? null : await overview.RunAsync(chosen.Id);
    }

    /// <summary>Why it is to end, when its end was asked for and only waits for the gateway, and the paid days that a pause keeps.</summary>
    public async Task<(EndReason? Ending, int DaysLeft)> StandingAsync(SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        var state = (await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == id)).ToState();
        return (state.Ending(), state is Subscription.Paused paused ? paused.DaysLeft : 0);
    }
}
