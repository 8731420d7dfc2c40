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
                more = await NumberAsync(db) >= Batch && await due.RenewAsync(claim);
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
        if (waiting.Count == Batch)
        {
            // An earlier event of one of these streams may lie behind the batch's end.
            var (streams, end) = (waiting.Select(e => e.Stream).Distinct().ToList(), waiting[^1].Id);
            waiting.AddRange(await db.Events.Where(e => e.Position == null && e.Id > end && streams.Contains(e.Stream)).OrderBy(e => e.Id).ToListAsync());
        }

        foreach (var e in InOrder(waiting))
        {
            e.Position = ++last;
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return waiting.Count;
    }

    // By identity, as they came, but each stream's by its versions: a database that inserts several rows by one statement (SQL Server's MERGE) promises no
    // order of their identities.
    private static IEnumerable<EventRow> InOrder(List<EventRow> waiting)
    {
        var streams = waiting.GroupBy(e => e.Stream).ToDictionary(stream => stream.Key, stream => new Queue<EventRow>(stream.OrderBy(e => e.StreamVersion)), StringComparer.Ordinal);
        return waiting.Select(e => streams[e.Stream].Dequeue());
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
