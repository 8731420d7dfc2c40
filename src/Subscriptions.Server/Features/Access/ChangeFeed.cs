using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Access;

/// <summary>The stream that tells websites whose answer to forget. It carries ids and versions, nothing about a person.</summary>
public sealed class ChangeFeed(
    IDbContextFactory<SubscriptionsDb> databases, FeedSignal signal, BillingClock clock, TimeProvider wall, IHostApplicationLifetime process)
{
    /// <summary>Events kept for those who were away; an older position gets a reset.</summary>
    public const int Reach = 100_000;

    /// <summary>Type name of the event that ends a sign-in.</summary>
    public const string SessionRevoked = "SessionRevoked";

    private const int Batch = 500;

    // A website trusts what it holds while the feed was heard within 5 s; other processes' commits are seen by looking.
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Streams from a position on; without one, from now on. Heartbeats tell the last position there is as well, by which a website sees whether it
    /// has heard everything. Ends when the listener leaves or the process is to stop.
    /// </summary>
    public async IAsyncEnumerable<SseItem<string>> StreamAsync(long? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        // A stop waits for every open request: a website that listens would take the time that is meant for charges under way.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, process.ApplicationStopping);
        var ending = either.Token;
        var last = await LastAsync(cancel);
        var position = after ?? last;
        if (position > last || position < last - Reach)
        {
            position = last;
            yield return Item("reset", position, new { position, now = clock.Now });
        }

        yield return Item("heartbeat", position, new { position, last, now = clock.Now });
        var beat = wall.GetTimestamp();
        while (!ending.IsCancellationRequested)
        {
            var woken = signal.Next;
            var batch = await AfterAsync(position, cancel);
            foreach (var e in batch)
            {
                position = e.Position!.Value;
                yield return e.Type == SessionRevoked
                    ? Item("revoked", position, Revoked(e, position))
                    : Item("change", position, new { position, readerId = e.ReaderId.Value, version = e.ReaderVersion, now = clock.Now });
            }

            // Until a website has heard everything it asks about each reader anew: nothing may hold it up.
            var isBehind = batch.Count == Batch;
            if (wall.GetElapsedTime(beat) >= _heartbeat)
            {
                beat = wall.GetTimestamp();
                last = isBehind ? await LastAsync(cancel) : position;
                yield return Item("heartbeat", position, new { position, last, now = clock.Now });
            }

            if (isBehind)
            {
                continue;
            }

            await Task.WhenAny(woken, Task.Delay(_look, wall, ending));
        }
    }

    // Why is told where a website has to say so to its reader.
    private object Revoked(EventRow e, long position) => SessionEnded.Read(e) is { Reason: { } reason } ended
        ? new { position, sessionId = e.Stream, readerId = e.ReaderId.Value, reason, sessions = ended.Sessions, now = clock.Now }
        : new { position, sessionId = e.Stream, readerId = e.ReaderId.Value, now = clock.Now };

    private async Task<long> LastAsync(CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        return await db.Events.MaxAsync(e => e.Position, cancel) ?? 0;
    }

    private async Task<List<EventRow>> AfterAsync(long position, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        return await db.Events.AsNoTracking().Where(e => e.Position > position).OrderBy(e => e.Position).Take(Batch).ToListAsync(cancel);
    }

    private static SseItem<string> Item(string type, long position, object data) =>
        new(JsonSerializer.Serialize(data, ApiJson.Options), type) { EventId = position.ToString(System.Globalization.CultureInfo.InvariantCulture) };
}
