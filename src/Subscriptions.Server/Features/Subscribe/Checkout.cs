using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Features.Subscribe;

/// <summary>Where a reader stands who wants to subscribe.</summary>
public abstract record CheckoutState
{
    /// <summary>Nothing stands in the way.</summary>
    public sealed record Free : CheckoutState;

    /// <summary>She has begun with this plan and not paid yet.</summary>
    public sealed record Begun(SubscriptionId Id, PlanVersion Plan) : CheckoutState;

    /// <summary>What she had begun is being cleared away.</summary>
    public sealed record Clearing : CheckoutState;

    /// <summary>She subscribes already.</summary>
    public sealed record Subscribed : CheckoutState;
}

/// <summary>Looks where a reader stands before she subscribes.</summary>
public sealed class Checkout(IDbContextFactory<SubscriptionsDb> databases, Catalog catalog)
{
    /// <summary>What is offered to somebody: free days only to readers who have had none of ours.</summary>
    /// <param name="reader">Who looks; null for somebody we do not know.</param>
    public async Task<IReadOnlyList<PlanVersion>> OffersAsync(ReaderId? reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        return reader is { } known && await StartSubscription.HasSubscribedAsync(db, known) ? [.. catalog.Offered.Where(plan => plan.TrialDays == 0)] : catalog.Offered;
    }

    /// <summary>Where she stands.</summary>
    public async Task<CheckoutState> StateAsync(ReaderId reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        var living = await db.Subscriptions.AsNoTracking()
            .Where(s => s.ReaderId == reader && s.Status != nameof(Subscription.Ended)).OrderBy(s => s.StartedAt).FirstOrDefaultAsync();
        return living?.ToState() switch
        {
            null => new CheckoutState.Free(),
            Subscription.Incomplete { Ending: not null } => new CheckoutState.Clearing(),
            Subscription.Incomplete begun => new CheckoutState.Begun(begun.Contract.Id, await catalog.PlanAsync(begun.Contract.PlanVersionId)),
            _ => new CheckoutState.Subscribed(),
        };
    }
}
