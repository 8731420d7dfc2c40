using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Groups;

/// <summary>A place, and the name of who has it.</summary>
/// <param name="Row">The place.</param>
/// <param name="State">How it stands.</param>
/// <param name="ReaderName">As its reader gave it; null while nobody has it.</param>
public sealed record GroupPlace(SeatRow Row, Seat State, string? ReaderName);

/// <summary>A group as its account holder sees it.</summary>
/// <param name="SubscriptionId">Her subscription.</param>
/// <param name="Seats">How many places her plan has; null when it has none any more.</param>
/// <param name="Open">Whether places can be given out: not before the subscription begins, nor once it has ended.</param>
/// <param name="Places">Those that are taken or kept for somebody, by their numbers.</param>
public sealed record Group(SubscriptionId SubscriptionId, int? Seats, bool Open, IReadOnlyList<GroupPlace> Places)
{
    /// <summary>How many places nobody has and nobody is invited to.</summary>
    public int Free => Math.Max(0, (Seats ?? 0) - Places.Count);
}

/// <summary>A place that a reader has.</summary>
/// <param name="SeatId">The place.</param>
/// <param name="HolderName">Who pays.</param>
/// <param name="IsCancelled">Whether she has cancelled, so that it ends with the period that is paid for.</param>
public sealed record HeldPlace(string SeatId, string HolderName, bool IsCancelled);

/// <summary>A place that a reader had.</summary>
/// <param name="SeatId">The place.</param>
/// <param name="End">Why it is over.</param>
/// <param name="EndedAt">Since when.</param>
public sealed record FormerPlace(string SeatId, SeatEnd End, DateTimeOffset EndedAt);

/// <summary>An invitation as whoever opens its link sees it.</summary>
/// <param name="SeatId">The place.</param>
/// <param name="State">How it stands.</param>
/// <param name="HolderName">Who pays.</param>
/// <param name="Obstacle">Why it can be accepted no more; null while it can.</param>
public sealed record Invitation(string SeatId, Seat State, string HolderName, Refusal? Obstacle);

/// <summary>Reads groups: for the account holder, for those who read through them, and for who is invited.</summary>
public sealed class GroupQuery(IDbContextFactory<SubscriptionsDb> databases, Catalog catalog, BillingClock clock)
{
    private const int MostOver = 100;

    /// <summary>The group of the subscription that a reader's pages speak of; null when that has no places and never gave one.</summary>
    /// <param name="id">The subscription.</param>
    public async Task<Group?> OfAsync(SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Subscriptions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id) is not { } row)
        {
            return null;
        }

        var now = clock.Now;
        var state = row.ToState();
        var plan = await catalog.PlanAsync(state.Contract.PlanVersionId);
        var rows = await db.Seats.AsNoTracking().Where(s => s.SubscriptionId == id && s.Number != null).OrderBy(s => s.Number).ToListAsync();
        var readers = rows.Select(s => s.ReaderId).OfType<ReaderId>().ToList();
        var names = await db.Readers.Where(r => readers.Contains(r.Id)).Select(r => new { r.Id, r.Name }).ToDictionaryAsync(r => r.Id, r => r.Name);
        var places = rows.Select(s => new GroupPlace(s, s.ToSeat(now), s.ReaderId is { } reader ? names.GetValueOrDefault(reader) : null)).Where(p => p.State is not Seat.Over).ToList();
        return plan.Seats is null && places.Count == 0 ? null
            : new Group(id, plan.Seats, plan.Seats is not null && state is not (Subscription.Ended or Subscription.Incomplete), places);
    }

    /// <summary>Every place of a subscription that is not over, and the newest of those that are. Null when there is no such subscription.</summary>
    public async Task<IReadOnlyList<SeatRow>?> ListAsync(SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (!await db.Subscriptions.AnyAsync(s => s.Id == id))
        {
            return null;
        }

        var all = db.Seats.AsNoTracking().Where(s => s.SubscriptionId == id);
        return
        [
            .. await all.Where(s => s.Number != null).OrderBy(s => s.Number).ToListAsync(),
            .. await all.Where(s => s.Number == null).OrderByDescending(s => s.EndedAt).ThenBy(s => s.Id).Take(MostOver).ToListAsync(),
        ];
    }

    /// <summary>The places that a reader has.</summary>
    public async Task<IReadOnlyList<HeldPlace>> HeldByAsync(ReaderId reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        var held = await db.Seats.AsNoTracking().Where(s => s.ReaderId == reader && s.Number != null).OrderBy(s => s.TakenAt)
            .Join(db.Subscriptions, s => s.SubscriptionId, s => s.Id, (seat, group) => new { seat.Id, Group = group })
            .Join(db.Readers, s => s.Group.ReaderId, r => r.Id, (seat, holder) => new { seat.Id, seat.Group, holder.Name }).ToListAsync();
        return [.. held.Select(one => new HeldPlace(one.Id, one.Name, one.Group.ToState() is Subscription.Active { CancelAtPeriodEnd: true } or Subscription.Trialing { CancelAtPeriodEnd: true }))];
    }

    /// <summary>The last place that a reader had and no longer had at a moment; null when there was none.</summary>
    public async Task<FormerPlace?> FormerAsync(ReaderId reader, DateTimeOffset at)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Seats.AsNoTracking().Where(s => s.ReaderId == reader && s.EndedAt <= at).OrderByDescending(s => s.EndedAt).ThenBy(s => s.Id)
            .Select(s => new FormerPlace(s.Id, s.End!.Value, s.EndedAt!.Value)).FirstOrDefaultAsync();
    }

    /// <summary>An invitation by its place; null when there is none.</summary>
    public async Task<Invitation?> InvitationAsync(string id)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Seats.AsNoTracking().FirstOrDefaultAsync(s => s.Id == id) is not { } row)
        {
            return null;
        }

        var group = await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == row.SubscriptionId);
        var holder = await db.Readers.Where(r => r.Id == group.ReaderId).Select(r => r.Name).SingleAsync();
        var state = row.ToSeat(clock.Now);
        return new Invitation(id, state, holder, SeatRefusals.Of(state) ?? (group.EndedAt is null ? null : SeatRefusals.GroupEnded));
    }
}
