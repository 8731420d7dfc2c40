using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Access;

/// <summary>
/// Numbers committed events, one publisher at a time under a lease. Readers of the feed follow the numbers alone, so
/// that an event whose transaction committed late is not skipped.
/// </summary>
public sealed class PublishEvents(DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, FeedSignal signal, BillingClock clock) : IRecurringJob
{
    private const int Batch = 500;
    private const string OneForAll = "events";

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var db = await databases.CreateDbContextAsync(stopping);
        if (!await db.Events.AnyAsync(e => e.Position == null, stopping))
        {
            return;
        }

        if (await due.ClaimNowAsync(WorkKind.PublishEvents, OneForAll, clock.Now) is not { } claim)
        {
            return;
        }

        try
        {
            // Under a lost lease somebody else numbers on.
            var more = true;
            while (more && !stopping.IsCancellationRequested)
            {
                more = await NumberAsync(db) == Batch && await due.RenewAsync(claim);
            }
        }
        finally
        {
            await due.CompleteAsync(claim, DateTimeOffset.MaxValue.AddYears(-1));
            signal.Raise();
        }
    }

    private static async Task<int> NumberAsync(SubscriptionsDb db)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var last = await db.Events.MaxAsync(e => e.Position) ?? 0;
        var waiting = await db.Events.Where(e => e.Position == null).OrderBy(e => e.Id).Take(Batch).ToListAsync();
        foreach (var e in waiting)
        {
            e.Position = ++last;
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return waiting.Count;
    }
}

/// <summary>Wakes the feeds of this process when events were numbered; those of other processes look by themselves.</summary>
public sealed class FeedSignal
{
    private TaskCompletionSource raised = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next raise.</summary>
    public Task Next => Volatile.Read(ref raised).Task;

    /// <summary>Wakes everybody who waits.</summary>
    public void Raise() => Interlocked.Exchange(ref raised, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
