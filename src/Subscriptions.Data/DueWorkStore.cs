using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;

namespace Subscriptions.Data;

/// <summary>A piece of work that this instance holds under a lease.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Id">To what.</param>
/// <param name="DueAt">The due time that was claimed; completion is guarded by it.</param>
/// <param name="Tries">Runs in a row that came to nothing.</param>
public sealed record Claim(WorkKind Kind, string Id, DateTimeOffset DueAt, int Tries);

/// <summary>Who claims: one process, by host and port.</summary>
/// <param name="Name">Unique among the processes on one database.</param>
public sealed record InstanceName(string Name);

/// <summary>
/// Claims due work by guarded updates: of two who try, one changes the row and the other changes nothing. No lock
/// hints, so it means the same on every database.
/// </summary>
public sealed class DueWorkStore(IDbContextFactory<SubscriptionsDb> databases, InstanceName instance, TimeProvider wall)
{
    /// <summary>Wall seconds for which a claim holds unless it is renewed.</summary>
    public const int LeaseSeconds = 60;

    /// <summary>Claims up to so many rows that are due.</summary>
    public async Task<IReadOnlyList<Claim>> ClaimAsync(WorkKind kind, int most, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();
        var wallNow = wall.GetUtcNow();
        var due = await db.DueWork.AsNoTracking()
            .Where(w => w.Kind == kind && w.DueAt <= now && w.ParkedAt == null && (w.LeaseUntil == null || w.LeaseUntil < wallNow))
            .OrderBy(w => w.DueAt).Take(most).ToListAsync();
        var claims = new List<Claim>(due.Count);
        foreach (var row in due)
        {
            if (await TakeAsync(db, kind, row.Id, row.DueAt, wallNow))
            {
                claims.Add(new(kind, row.Id, row.DueAt, row.Tries));
            }
        }

        return claims;
    }

    /// <summary>Claims one row whatever its date, for work that a person or another room asks for now. Null when somebody holds it.</summary>
    public async Task<Claim?> ClaimNowAsync(WorkKind kind, string id, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();
        var wallNow = wall.GetUtcNow();
        var row = await db.DueWork.AsNoTracking().FirstOrDefaultAsync(w => w.Kind == kind && w.Id == id);
        if (row is null)
        {
            row = new DueWorkRow { Kind = kind, Id = id, DueAt = now, LeaseOwner = instance.Name, LeaseUntil = wallNow.AddSeconds(LeaseSeconds) };
            db.DueWork.Add(row);
            try
            {
                await db.SaveChangesAsync();
                return new(kind, id, now, 0);
            }
            catch (DbUpdateException)
            {
                // Somebody else wrote the row between our look and our write: he holds it.
                return null;
            }
        }

        var free = row.LeaseUntil is null || row.LeaseUntil < wallNow;
        return free && await TakeAsync(db, kind, id, row.DueAt, wallNow) ? new(kind, id, row.DueAt, row.Tries) : null;
    }

    /// <summary>Holds a claim for another lease.</summary>
    public async Task RenewAsync(Claim claim)
    {
        await using var db = await databases.CreateDbContextAsync();
        var until = wall.GetUtcNow().AddSeconds(LeaseSeconds);
        await Held(db, claim).ExecuteUpdateAsync(set => set.SetProperty(w => w.LeaseUntil, until));
    }

    /// <summary>
    /// Ends a claim: with a next date the row is due again then, without one it is gone. If the date was changed
    /// meanwhile, somebody wants it done again and only the lease is given back.
    /// </summary>
    public async Task CompleteAsync(Claim claim, DateTimeOffset? nextAt, bool cameToNothing = false)
    {
        await using var db = await databases.CreateDbContextAsync();
        var unchanged = Held(db, claim).Where(w => w.DueAt == claim.DueAt);
        var tries = cameToNothing ? claim.Tries + 1 : 0;
        var changed = nextAt is { } next
            ? await unchanged.ExecuteUpdateAsync(set => set
                .SetProperty(w => w.DueAt, next).SetProperty(w => w.Tries, tries)
                .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null))
            : await unchanged.ExecuteDeleteAsync();
        if (changed == 0)
        {
            await ReleaseAsync(db, claim);
        }
    }

    /// <summary>Sets a row that met a bug aside, so that it holds nobody else up.</summary>
    public async Task ParkAsync(Claim claim, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();
        await Held(db, claim).ExecuteUpdateAsync(set => set
            .SetProperty(w => w.ParkedAt, now).SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));
    }

    /// <summary>Gives a claim back; the row's date was set by whoever changed the state.</summary>
    public async Task ReleaseAsync(Claim claim)
    {
        await using var db = await databases.CreateDbContextAsync();
        await ReleaseAsync(db, claim);
    }

    /// <summary>Gives back what this instance held when it was killed.</summary>
    public async Task FreeOwnAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        await db.DueWork.Where(w => w.LeaseOwner == instance.Name).ExecuteUpdateAsync(set => set
            .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));
    }

    private async Task<bool> TakeAsync(SubscriptionsDb db, WorkKind kind, string id, DateTimeOffset dueAt, DateTimeOffset wallNow)
    {
        var until = wallNow.AddSeconds(LeaseSeconds);
        return await db.DueWork
            .Where(w => w.Kind == kind && w.Id == id && w.DueAt == dueAt && (w.LeaseUntil == null || w.LeaseUntil < wallNow))
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.LeaseOwner, instance.Name).SetProperty(w => w.LeaseUntil, until)) == 1;
    }

    private IQueryable<DueWorkRow> Held(SubscriptionsDb db, Claim claim) =>
        db.DueWork.Where(w => w.Kind == claim.Kind && w.Id == claim.Id && w.LeaseOwner == instance.Name);

    private Task<int> ReleaseAsync(SubscriptionsDb db, Claim claim) => Held(db, claim).ExecuteUpdateAsync(set => set
        .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));
}
