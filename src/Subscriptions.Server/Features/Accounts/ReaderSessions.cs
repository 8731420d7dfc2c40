using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Readers' sign-ins. Ending one is an event, so that the change feed tells the websites that signed in by it.
/// </summary>
public sealed class ReaderSessions(
    IDbContextFactory<SubscriptionsDb> databases, Data.DatabaseProvider provider, SharingSettings sharing, TimeProvider wall, BillingClock clock, IJobScheduler jobs) : IDisposable
{
    /// <summary>The event's type.</summary>
    public const string RevokedEvent = "SessionRevoked";

    private const int MostRemembered = 20_000;

    // Another server process learns of an ended session after this at the latest.
    private static readonly TimeSpan _rememberFor = TimeSpan.FromSeconds(3);

    private readonly MemoryCache live = new(new MemoryCacheOptions { SizeLimit = MostRemembered });

    /// <summary>Begins a session. With a limit, the oldest beyond it end in the same moment.</summary>
    public async Task<string> StartAsync(ReaderId reader)
    {
        // The same session, however often it is tried: one that was saved although nobody heard so must not end with the next.
        var id = Secrets.NewId("ses");
        var tries = 0;
        var beyond = await provider.RetryAsync(() => TryStartAsync(reader, id, isFirst: tries++ == 0), patience: Retries.Patience);
        if (beyond.Count > 0)
        {
            beyond.ForEach(live.Remove);
            await jobs.LookNowAsync<PublishEvents>();
        }

        return id;
    }

    // The reader's row is locked first: of two who sign in at once the second counts the first. The session that begins is never the one that ends.
    private async Task<List<string>> TryStartAsync(ReaderId reader, string id, bool isFirst)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (!isFirst && await db.ReaderSessions.AnyAsync(s => s.Id == id))
        {
            return [];
        }

        var session = new ReaderSessionRow { Id = id, ReaderId = reader, StartedAt = wall.GetUtcNow() };
        db.ReaderSessions.Add(session);
        if (sharing.MostSessions is not { } most)
        {
            await db.SaveChangesAsync();
            return [];
        }

        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Readers.Where(r => r.Id == reader).ExecuteUpdateAsync(set => set.SetProperty(r => r.AccessVersion, r => r.AccessVersion));
        await db.SaveChangesAsync();
        var beyond = await db.ReaderSessions.Where(s => s.ReaderId == reader && s.RevokedAt == null && s.Id != session.Id)
            .OrderByDescending(s => s.StartedAt).ThenBy(s => s.Id).Select(s => s.Id).Skip(most - 1).ToListAsync();
        foreach (var older in beyond)
        {
            await EndAsync(db, older, Actors.System, most);
        }

        await transaction.CommitAsync();
        return beyond;
    }

    /// <summary>Tells whether a session is this reader's and has not been ended.</summary>
    public async Task<bool> IsLiveAsync(string sessionId, ReaderId reader)
    {
        if (live.TryGetValue(sessionId, out ReaderId known))
        {
            return known == reader;
        }

        await using var db = await databases.CreateDbContextAsync();
        if (!await db.ReaderSessions.AnyAsync(s => s.Id == sessionId && s.ReaderId == reader && s.RevokedAt == null))
        {
            return false;
        }

        live.Set(sessionId, reader, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = _rememberFor, Size = 1 });
        return true;
    }

    /// <summary>Ends a session; nothing happens when it has ended before.</summary>
    public Task RevokeAsync(string sessionId, string actor) => RevokeAsync(_ => Task.FromResult<List<string>>([sessionId]), actor);

    /// <summary>Ends all of a reader's sessions but one; with null, all of them.</summary>
    public Task RevokeAllAsync(ReaderId reader, string? except, string actor) =>
        RevokeAsync(db => db.ReaderSessions.Where(s => s.ReaderId == reader && s.RevokedAt == null && s.Id != except).Select(s => s.Id).ToListAsync(), actor);

    /// <inheritdoc />
    public void Dispose() => live.Dispose();

    private async Task RevokeAsync(Func<SubscriptionsDb, Task<List<string>>> which, string actor)
    {
        var ended = await provider.RetryAsync(async () =>
        {
            await using var db = await databases.CreateDbContextAsync();
            await using var transaction = await db.Database.BeginTransactionAsync();
            var sessions = await which(db);
            foreach (var id in sessions)
            {
                await EndAsync(db, id, actor);
            }

            await transaction.CommitAsync();
            return sessions;
        });
        ended.ForEach(live.Remove);
        await jobs.LookNowAsync<PublishEvents>();
    }

    private async Task EndAsync(SubscriptionsDb db, string sessionId, string actor, int? limit = null)
    {
        var now = wall.GetUtcNow();
        var ended = await db.ReaderSessions.Where(s => s.Id == sessionId && s.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.RevokedAt, now).SetProperty(s => s.EndedByLimitOf, limit));
        if (ended == 0)
        {
            return;
        }

        var reader = await db.ReaderSessions.Where(s => s.Id == sessionId).Join(db.Readers, s => s.ReaderId, r => r.Id, (_, r) => r).SingleAsync();
        db.Events.Add(new EventRow
        {
            Stream = sessionId,
            StreamVersion = 1,
            ReaderId = reader.Id,
            Type = RevokedEvent,
            Schema = 1,
            Data = JsonSerializer.Serialize(new SessionEnded(sessionId, limit is null ? null : SessionEnded.ByLimit, limit), SessionEnded.Options),
            Actor = actor,
            At = clock.Now,
            ReaderVersion = reader.AccessVersion,
        });
        await db.SaveChangesAsync();
    }
}

/// <summary>What the event of an ended session keeps, and what the feed tells of it.</summary>
/// <param name="SessionId">Which.</param>
/// <param name="Reason"><see cref="ByLimit"/>; absent where somebody ended it.</param>
/// <param name="Sessions">How many at once the limit allows.</param>
public sealed record SessionEnded(string SessionId, string? Reason, int? Sessions)
{
    /// <summary>It had to make room for a later one.</summary>
    public const string ByLimit = "limit";

    /// <summary>Written as it was before there was a limit, where there is none.</summary>
    public static JsonSerializerOptions Options { get; } = new(DomainJson.Options) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>What a row says.</summary>
    public static SessionEnded Read(EventRow row) => JsonSerializer.Deserialize<SessionEnded>(row.Data, Options)!;
}
