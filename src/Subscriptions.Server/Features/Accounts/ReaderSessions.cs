using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Readers' sign-ins. Ending one is an event, so that the change feed tells the websites that signed in by it.
/// </summary>
public sealed class ReaderSessions(
    IDbContextFactory<SubscriptionsDb> databases, TimeProvider wall, BillingClock clock, IJobScheduler jobs) : IDisposable
{
    /// <summary>The event's type.</summary>
    public const string RevokedEvent = "SessionRevoked";

    private const int MostRemembered = 20_000;

    // Another server process learns of an ended session after this at the latest.
    private static readonly TimeSpan _rememberFor = TimeSpan.FromSeconds(3);

    private readonly MemoryCache live = new(new MemoryCacheOptions { SizeLimit = MostRemembered });

    /// <summary>Begins a session.</summary>
    public async Task<string> StartAsync(ReaderId reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        var session = new ReaderSessionRow { Id = Secrets.NewId("ses"), ReaderId = reader, StartedAt = wall.GetUtcNow() };
        db.ReaderSessions.Add(session);
        await db.SaveChangesAsync();
        return session.Id;
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
    public async Task RevokeAsync(string sessionId, string actor)
    {
        await using var db = await databases.CreateDbContextAsync();
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            await EndAsync(db, sessionId, actor);
            await transaction.CommitAsync();
        }

        live.Remove(sessionId);
        await jobs.LookNowAsync<PublishEvents>();
    }

    /// <summary>Ends all of a reader's sessions but one; with null, all of them.</summary>
    public async Task RevokeAllAsync(ReaderId reader, string? except, string actor)
    {
        await using var db = await databases.CreateDbContextAsync();
        List<string> ended;
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            ended = await db.ReaderSessions.Where(s => s.ReaderId == reader && s.RevokedAt == null && s.Id != except).Select(s => s.Id).ToListAsync();
            foreach (var id in ended)
            {
                await EndAsync(db, id, actor);
            }

            await transaction.CommitAsync();
        }

        ended.ForEach(live.Remove);
        await jobs.LookNowAsync<PublishEvents>();
    }

    /// <inheritdoc />
    public void Dispose() => live.Dispose();

    private async Task EndAsync(SubscriptionsDb db, string sessionId, string actor)
    {
        var now = wall.GetUtcNow();
        var ended = await db.ReaderSessions.Where(s => s.Id == sessionId && s.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.RevokedAt, now));
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
            Data = JsonSerializer.Serialize(new { sessionId }, DomainJson.Options),
            Actor = actor,
            At = clock.Now,
            ReaderVersion = reader.AccessVersion,
        });
        await db.SaveChangesAsync();
    }
}
