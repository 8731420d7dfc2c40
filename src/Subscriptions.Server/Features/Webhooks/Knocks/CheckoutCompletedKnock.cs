using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>Looks at a hosted page that a webhook says was completed.</summary>
public sealed class CheckoutCompletedKnock(
    TakeOverMethod takeOver, IDbContextFactory<SubscriptionsDb> databases, IJobScheduler jobs, TimeProvider wall, BillingClock clock) : IWebhookKnock
{
    /// <summary>Wall seconds for which the reader's own return has the first try, on session.</summary>
    public const int ReturnSeconds = 60;

    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } = ["checkout.session.completed"];

    /// <inheritdoc />
    public Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt) =>
        happened.SetupId is { } id ? LookAsync(id, happened.CreatedAt, receivedAt) : Task.FromResult(KnockResult.Nothing);

    // Takes the method over if the reader never came back; what is owed is then collected off session.
    private async Task<KnockResult> LookAsync(string setupId, DateTimeOffset completedAt, DateTimeOffset receivedAt)
    {
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.HostedSetups.AsNoTracking().SingleOrDefaultAsync(s => s.Id == setupId);
        if (row is null or { SetupIntentId: not null })
        {
            return new(true, row is null ? "Not a set-up of ours." : "Taken over already.");
        }

        if (await db.Subscriptions.AnyAsync(s => s.Id == row.SubscriptionId && s.Status == nameof(Subscription.Ended)))
        {
            return new(true, "The subscription was over by then.");
        }

        // Without a return begun, the knock's minute is billing time, which in service is wall time: where the clock is moved by weeks, the card
        // that she laid down has to be taken over within that move, and the move cannot wait for a minute of ours.
        var firstTryHers = row.ReturnBegunAt is { } begun
            ? begun.AddSeconds(ReturnSeconds) > wall.GetUtcNow()
            : receivedAt.AddSeconds(ReturnSeconds) > clock.Now;
        if (firstTryHers)
        {
            return KnockResult.Later;
        }

        switch (await takeOver.ReadAsync(row))
        {
            case GatewayAnswer<HostedSetup>.Answered { Value: { Complete: true, Method: not null } setup }:
                // A word that comes late must not undo what she laid down after it.
                await takeOver.StoreAsync(row.SubscriptionId, row.ReaderId, setup, completedAt < receivedAt ? completedAt : receivedAt);
                await jobs.LookNowAsync<CollectDueInvoices>();
                return new(true, "The method was taken over.");
            case GatewayAnswer<HostedSetup>.Unknown:
                return KnockResult.Later;
            default:
                return new(true, "The set-up was not completed for this subscription.");
        }
    }
}
