using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Subscriptions.Data.Rows;

namespace Subscriptions.Data;

/// <summary>A piece of work that this instance holds under a lease.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Id">To what.</param>
/// <param name="DueAt">The due time that was claimed; completion is guarded by it.</param>
/// <param name="Tries">Runs in a row that came to nothing.</param>
/// <param name="Failures">Runs in a row that broke off.</param>
/// <param name="Owner">This instance and a mark of this claim's own: two claims of one process are not each other's.</param>
public sealed record Claim(WorkKind Kind, string Id, DateTimeOffset DueAt, int Tries, int Failures, string Owner);

/// <summary>Who claims: one process, by host and port.</summary>
public sealed record InstanceName
{
    // With a claim's mark it has to fit into its column, and with a prefix into that of Hangfire's queues (50).
    private const int Longest = 44;

    /// <param name="name">Unique among the processes on one database; a long one is cut and stays unique by a hash.</param>
    public InstanceName(string name) =>
        Name = name.Length <= Longest ? name : $"{name[..(Longest - 17)]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}";

    /// <summary>The name, of 44 characters at most.</summary>
    public string Name { get; }
}

/// <summary>
/// Claims due work by guarded updates: of two who try, one changes the row and the other changes nothing. No lock
/// hints, so it means the same on every database.
/// </summary>
public sealed class DueWorkStore(IDbContextFactory<SubscriptionsDb> databases, InstanceName instance, TimeProvider wall, ILogger<DueWorkStore> log)
{
    /// <summary>Wall seconds for which a claim holds unless it is renewed.</summary>
    public const int LeaseSeconds = 60;

    private const string Mark = "#";

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan _pauseUnchanged = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _pauseSetAnew = TimeSpan.FromSeconds(5);

    /// <summary>Claims up to so many rows that are due.</summary>
    public async Task<IReadOnlyList<Claim>> ClaimAsync(WorkKind kind, int most, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();
        var wallNow = wall.GetUtcNow();
        var due = await db.DueWork.AsNoTracking()
            .Where(w => w.Kind == kind && w.DueAt <= now && (w.LeaseUntil == null || w.LeaseUntil < wallNow))
            .OrderBy(w => w.DueAt).Take(most).ToListAsync();
        var claims = new List<Claim>(due.Count);
        foreach (var row in due)
        {
            var claim = new Claim(kind, row.Id, row.DueAt, row.Tries, row.Failures, NewOwner());
            if (await TakeAsync(db, claim, wallNow))
            {
                claims.Add(claim);
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
            var owner = NewOwner();
            row = new DueWorkRow { Kind = kind, Id = id, DueAt = now, LeaseOwner = owner, LeaseUntil = wallNow.AddSeconds(LeaseSeconds) };
            db.DueWork.Add(row);
            try
            {
                await db.SaveChangesAsync();
                return new(kind, id, now, 0, 0, owner);
            }
            catch (DbUpdateException)
            {
                // Somebody else wrote the row between our look and our write: he holds it.
                return null;
            }
        }

        var claim = new Claim(kind, id, row.DueAt, row.Tries, row.Failures, NewOwner());
        var free = row.LeaseUntil is null || row.LeaseUntil < wallNow;
        return free && await TakeAsync(db, claim, wallNow) ? claim : null;
    }

    /// <summary>The same, with a wait for whoever holds it at this moment: a look at a webhook takes milliseconds.</summary>
    /// <param name="kind">What to do.</param>
    /// <param name="id">To what.</param>
    /// <param name="now">Billing time, read anew at each look.</param>
    /// <param name="patience">Wall time after which nothing is claimed.</param>
    public async Task<Claim?> ClaimSoonAsync(WorkKind kind, string id, Func<DateTimeOffset> now, TimeSpan patience)
    {
        var giveUp = wall.GetUtcNow() + patience;
        while (true)
        {
            if (await ClaimNowAsync(kind, id, now()) is { } claim)
            {
                return claim;
            }

            if (wall.GetUtcNow() > giveUp)
            {
                return null;
            }

            await Task.Delay(_look, wall);
        }
    }

    /// <summary>Holds a claim for another lease; false when it is no longer ours, and the work has to stop.</summary>
    public async Task<bool> RenewAsync(Claim claim)
    {
        await using var db = await databases.CreateDbContextAsync();
        var until = wall.GetUtcNow().AddSeconds(LeaseSeconds);
        return await Held(db, claim).ExecuteUpdateAsync(set => set.SetProperty(w => w.LeaseUntil, until)) == 1;
    }

    /// <summary>Works under a claim and renews it meanwhile, however long a call to the outside takes.</summary>
    public async Task<T> HoldAsync<T>(Claim claim, Func<Task<T>> work)
    {
        using var done = new CancellationTokenSource();
        var renewing = KeepAsync(claim, done.Token);
        try
        {
            return await work();
        }
        finally
        {
            await done.CancelAsync();
            await renewing;
        }
    }

    private async Task KeepAsync(Claim claim, CancellationToken done)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(LeaseSeconds / 3), wall);
        try
        {
            while (await beat.WaitForNextTickAsync(done))
            {
                await TryRenewAsync(claim);
            }
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            return;
        }
    }

    // The work goes on whatever becomes of its lease: keys and versions guard it, and a renewal that failed is tried again.
    private async Task TryRenewAsync(Claim claim)
    {
        try
        {
            await RenewAsync(claim);
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "The lease of {Kind} {Id} could not be renewed", claim.Kind, claim.Id);
        }
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

    /// <summary>Writes down that a run broke off, and when the row is tried again; with a moment to park it, staff are asked to look.</summary>
    public async Task FailAsync(Claim claim, DateTimeOffset againAt, DateTimeOffset? parkedAt)
    {
        await using var db = await databases.CreateDbContextAsync();
        await Held(db, claim).ExecuteUpdateAsync(set => set
            .SetProperty(w => w.DueAt, againAt).SetProperty(w => w.Failures, w => w.Failures + 1)
            .SetProperty(w => w.ParkedAt, w => parkedAt ?? w.ParkedAt)
            .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));
    }

    /// <summary>Writes down that a row which had broken off before ran to its end.</summary>
    public async Task HealAsync(Claim claim)
    {
        await using var db = await databases.CreateDbContextAsync();
        await db.DueWork.Where(w => w.Kind == claim.Kind && w.Id == claim.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.Failures, 0).SetProperty(w => w.ParkedAt, (DateTimeOffset?)null));
    }

    /// <summary>
    /// Gives a claim back; the row's date was set by whoever changed the state. A row that is still due is put off, so
    /// that work which gets nowhere never runs in circles: by a minute, or by seconds if its date was set anew
    /// meanwhile, since somebody may be waiting for what came in.
    /// </summary>
    public async Task ReleaseAsync(Claim claim, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();
        await PutOffAsync(Held(db, claim).Where(w => w.DueAt == claim.DueAt && w.DueAt <= now), now + _pauseUnchanged, cameToNothing: 1);
        await PutOffAsync(Held(db, claim).Where(w => w.DueAt <= now), now + _pauseSetAnew, cameToNothing: 0);
        await ReleaseAsync(db, claim);
    }

    private static Task<int> PutOffAsync(IQueryable<DueWorkRow> rows, DateTimeOffset until, int cameToNothing) => rows.ExecuteUpdateAsync(set => set
        .SetProperty(w => w.DueAt, until).SetProperty(w => w.Tries, w => w.Tries + cameToNothing)
        .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));

    /// <summary>Gives back what this instance held when it was killed.</summary>
    public async Task FreeOwnAsync()
    {
        var mine = instance.Name + Mark;
        await using var db = await databases.CreateDbContextAsync();
        await db.DueWork.Where(w => w.LeaseOwner != null && w.LeaseOwner.StartsWith(mine)).ExecuteUpdateAsync(set => set
            .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));
    }

    private string NewOwner() => instance.Name + Mark + RandomNumberGenerator.GetHexString(8, lowercase: true);

    private static async Task<bool> TakeAsync(SubscriptionsDb db, Claim claim, DateTimeOffset wallNow)
    {
        var until = wallNow.AddSeconds(LeaseSeconds);
        return await db.DueWork
            .Where(w => w.Kind == claim.Kind && w.Id == claim.Id && w.DueAt == claim.DueAt && (w.LeaseUntil == null || w.LeaseUntil < wallNow))
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.LeaseOwner, claim.Owner).SetProperty(w => w.LeaseUntil, until)) == 1;
    }

    private static IQueryable<DueWorkRow> Held(SubscriptionsDb db, Claim claim) =>
        db.DueWork.Where(w => w.Kind == claim.Kind && w.Id == claim.Id && w.LeaseOwner == claim.Owner);

    private static Task<int> ReleaseAsync(SubscriptionsDb db, Claim claim) => Held(db, claim).ExecuteUpdateAsync(set => set
        .SetProperty(w => w.LeaseOwner, (string?)null).SetProperty(w => w.LeaseUntil, (DateTimeOffset?)null));
}
