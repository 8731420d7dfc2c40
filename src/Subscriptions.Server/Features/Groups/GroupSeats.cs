using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Groups;

/// <summary>What became of a wish about a place.</summary>
public abstract record SeatResult
{
    /// <summary>It was done, now or by the same request before.</summary>
    public sealed record Done(SeatRow Row) : SeatResult;

    /// <summary>A rule is against it.</summary>
    public sealed record Refused(Refusal Refusal) : SeatResult;
}

/// <summary>
/// Gives places in groups out and ends them. Each change locks the group's subscription first: two who want the last place, or one who takes a
/// place while a payment fails, come one after the other.
/// </summary>
public sealed class GroupSeats(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, Catalog catalog, BillingClock clock, IJobScheduler jobs)
{
    /// <summary>How the ids of places begin.</summary>
    public const string IdPrefix = "seat_";

    private const int IdLength = 24;

    // Mails to strangers: as often as the whole group could be invited anew, and some more.
    private const int InvitationsBeyondSeats = 20;

    private static readonly TimeSpan _day = TimeSpan.FromDays(1);

    /// <summary>Keeps a place free for whoever follows the link in a mail to an address; the same request key invites once.</summary>
    /// <param name="group">The holder's subscription.</param>
    /// <param name="email">Where the mail goes.</param>
    /// <param name="requestKey">The request's own.</param>
    /// <param name="actor">By whom.</param>
    public async Task<SeatResult> InviteAsync(SubscriptionId group, string email, string requestKey, string actor)
    {
        var id = IdOf(group, requestKey);
        var address = AccountRules.CleanEmail(email);
        var result = await ChangeAsync(group, async (db, holder) =>
        {
            if (await db.Seats.FirstOrDefaultAsync(s => s.Id == id) is { } known)
            {
                return known.InvitedUntil is not null && (known.Email is null || known.Email == address) ? new SeatResult.Done(known) : new SeatResult.Refused(InvoiceRefusals.RequestKeyReused);
            }

            var normalized = AccountRules.NormalizeEmail(address);
            if (await db.Readers.AnyAsync(r => r.Id == holder.Reader && r.NormalizedEmail == normalized))
            {
                return new SeatResult.Refused(SeatRefusals.IsHolder);
            }

            var now = clock.Now;
            var seats = await LivingAsync(db, group, holder, now);
            if (seats.Any(s => s is { ReaderId: null, Email: { } invited } && AccountRules.NormalizeEmail(invited) == normalized))
            {
                return new SeatResult.Refused(SeatRefusals.InvitedAlready);
            }

            var yesterday = now - _day;
            if (await db.Seats.CountAsync(s => s.SubscriptionId == group && s.InvitedUntil != null && s.MadeAt > yesterday) >= holder.Plan.Seats + InvitationsBeyondSeats)
            {
                return new SeatResult.Refused(SeatRefusals.TooMany);
            }

            var row = new SeatRow { Id = id, SubscriptionId = group, Email = address, MadeAt = now, InvitedUntil = now.AddDays(Seat.InvitationDays) };
            if (!Place(db, row, seats, holder.Plan))
            {
                return new SeatResult.Refused(SeatRefusals.Full);
            }

            db.DueWork.Add(new DueWorkRow { Kind = WorkKind.FollowInvitation, Id = id, DueAt = now });
            SeatEvents.Add(db, row, SeatEvents.Invited, holder.Reader, holder.Version, group, actor, now);
            return new SeatResult.Done(row);
        });
        await jobs.LookNowAsync<FollowInvitations>();
        return result;
    }

    /// <summary>Gives a place to a reader without an invitation; the same request key gives it once.</summary>
    public Task<SeatResult> GiveAsync(SubscriptionId group, ReaderId reader, string requestKey, string actor)
    {
        var id = IdOf(group, requestKey);
        return ChangeAsync(group, async (db, holder) =>
        {
            if (await db.Seats.FirstOrDefaultAsync(s => s.Id == id) is { } known)
            {
                return known.ReaderId == reader ? new SeatResult.Done(known) : new SeatResult.Refused(InvoiceRefusals.RequestKeyReused);
            }

            var seats = await LivingAsync(db, group, holder, clock.Now);
            var row = new SeatRow { Id = id, SubscriptionId = group, MadeAt = clock.Now };
            return Obstacle(reader, holder, seats) is { } obstacle ? new SeatResult.Refused(obstacle)
                : !Place(db, row, seats, holder.Plan) ? new SeatResult.Refused(SeatRefusals.Full)
                : await TakeAsync(db, row, reader, actor);
        });
    }

    /// <summary>Takes the place that an invitation keeps, whoever it was sent to: people have more addresses than one.</summary>
    public Task<SeatResult> AcceptAsync(string id, ReaderId reader, string actor) => OnSeatAsync(id, async (db, holder, row) =>
        // Her own already: she pressed twice, or it was saved and nobody heard so.
        row.ToSeat(clock.Now) is Seat.Taken { Reader: var taker } && taker == reader ? new SeatResult.Done(row)
        : SeatRefusals.Of(row.ToSeat(clock.Now)) is { } late ? new SeatResult.Refused(late)
        : row.Number > holder.Plan.Seats ? new SeatResult.Refused(SeatRefusals.Full)
        : Obstacle(reader, holder, await LivingAsync(db, row.SubscriptionId, holder, clock.Now)) is { } obstacle ? new SeatResult.Refused(obstacle)
        : await TakeAsync(db, row, reader, actor));

    /// <summary>Takes a place back, or withdraws its invitation; nothing happens when it is over already.</summary>
    /// <param name="id">The place.</param>
    /// <param name="group">Only if it is of this group; null where whoever asks may end any.</param>
    /// <param name="actor">By whom.</param>
    public Task<SeatResult> TakeBackAsync(string id, SubscriptionId? group, string actor) =>
        EndAsync(id, row => group is null || row.SubscriptionId == group, SeatEnd.TakenBack, actor);

    /// <summary>Gives a reader's own place up; nothing happens when it is over already.</summary>
    public Task<SeatResult> LeaveAsync(string id, ReaderId reader, string actor) => EndAsync(id, row => row.ReaderId == reader, SeatEnd.Left, actor);

    /// <summary>Ends an invitation that nobody accepted in time, and forgets its address.</summary>
    public Task<SeatResult> ExpireAsync(string id) => OnSeatAsync(id, (db, holder, row) =>
    {
        Expire(db, holder, row, clock.Now);
        return Task.FromResult<SeatResult>(new SeatResult.Done(row));
    }, whenEnded: true);

    private Task<SeatResult> EndAsync(string id, Func<SeatRow, bool> mayEnd, SeatEnd taken, string actor) => OnSeatAsync(id, async (db, holder, row) =>
    {
        if (!mayEnd(row))
        {
            return new SeatResult.Refused(SeatRefusals.NoSeat);
        }

        switch (row.ToSeat(clock.Now))
        {
            case Seat.Taken seat:
                End(row, taken, clock.Now);
                SeatEvents.Add(db, row, SeatEvents.Ended, seat.Reader, (await AccessVersions.RaiseAsync(db, seat.Reader))!.Value, row.SubscriptionId, actor, clock.Now);
                break;
            case Seat.Invited:
                End(row, SeatEnd.Withdrawn, clock.Now);
                SeatEvents.Add(db, row, SeatEvents.Ended, holder.Reader, holder.Version, row.SubscriptionId, actor, clock.Now);
                break;
        }

        return new SeatResult.Done(row);
    }, whenEnded: true);

    private async Task<SeatResult> TakeAsync(SubscriptionsDb db, SeatRow row, ReaderId reader, string actor)
    {
        if (await AccessVersions.RaiseAsync(db, reader) is not { } version)
        {
            return new SeatResult.Refused(SeatRefusals.NoReader);
        }

        (row.ReaderId, row.TakenAt) = (reader, clock.Now);
        SeatEvents.Add(db, row, SeatEvents.Taken, reader, version, row.SubscriptionId, actor, clock.Now);
        return new SeatResult.Done(row);
    }

    private static Refusal? Obstacle(ReaderId reader, Holder holder, List<SeatRow> seats) =>
        reader == holder.Reader ? SeatRefusals.IsHolder : seats.Any(s => s.ReaderId == reader) ? SeatRefusals.HasSeat : null;

    // The lowest number that is free: what a smaller plan would leave without access are the last places.
    private static bool Place(SubscriptionsDb db, SeatRow row, List<SeatRow> seats, PlanVersion plan)
    {
        var taken = seats.Select(s => s.Number!.Value).ToHashSet();
        if (Enumerable.Range(1, plan.Seats!.Value).FirstOrDefault(number => !taken.Contains(number)) is not (> 0 and var free))
        {
            return false;
        }

        row.Number = free;
        db.Seats.Add(row);
        return true;
    }

    // The moment in which an invitation is over may be now, before its work is looked at.
    private static async Task<List<SeatRow>> LivingAsync(SubscriptionsDb db, SubscriptionId group, Holder holder, DateTimeOffset now)
    {
        var rows = await db.Seats.Where(s => s.SubscriptionId == group && s.Number != null).ToListAsync();
        foreach (var row in rows)
        {
            Expire(db, holder, row, now);
        }

        await db.SaveChangesAsync();
        return [.. rows.Where(row => row.Number is not null)];
    }

    private static void Expire(SubscriptionsDb db, Holder holder, SeatRow row, DateTimeOffset now)
    {
        if (row.End is null && row.ToSeat(now) is Seat.Over)
        {
            End(row, SeatEnd.Expired, row.InvitedUntil!.Value);
            SeatEvents.Add(db, row, SeatEvents.Ended, holder.Reader, holder.Version, row.SubscriptionId, Actors.System, now);
        }
    }

    private static void End(SeatRow row, SeatEnd end, DateTimeOffset at) => (row.End, row.EndedAt, row.Number, row.Email) = (end, at, null, null);

    private async Task<SeatResult> OnSeatAsync(string id, Func<SubscriptionsDb, Holder, SeatRow, Task<SeatResult>> change, bool whenEnded = false)
    {
        await using var look = await databases.CreateDbContextAsync();
        return await look.Seats.Where(s => s.Id == id).Select(s => (SubscriptionId?)s.SubscriptionId).FirstOrDefaultAsync() is { } group
            ? await ChangeAsync(group, async (db, holder) => await change(db, holder, await db.Seats.SingleAsync(s => s.Id == id)), whenEnded)
            : new SeatResult.Refused(SeatRefusals.NoSeat);
    }

    private Task<SeatResult> ChangeAsync(SubscriptionId group, Func<SubscriptionsDb, Holder, Task<SeatResult>> change, bool whenEnded = false) =>
        provider.RetryAsync(() => TryAsync(group, change, whenEnded), patience: Retries.Patience);

    private async Task<SeatResult> TryAsync(SubscriptionId group, Func<SubscriptionsDb, Holder, Task<SeatResult>> change, bool whenEnded)
    {
        await using var db = await databases.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();

        // Nothing changes by it but whose the row is until the end of this transaction.
        if (await db.Subscriptions.Where(s => s.Id == group).ExecuteUpdateAsync(set => set.SetProperty(s => s.Version, s => s.Version)) == 0)
        {
            return new SeatResult.Refused(SeatRefusals.NoSubscription);
        }

        var state = (await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == group)).ToState();
        var plan = await catalog.PlanAsync(state.Contract.PlanVersionId);
        if (!whenEnded && Closed(state, plan) is { } closed)
        {
            return new SeatResult.Refused(closed);
        }

        var version = await db.Readers.Where(r => r.Id == state.Contract.ReaderId).Select(r => r.AccessVersion).SingleAsync();
        var result = await change(db, new Holder(state.Contract.ReaderId, version, plan));
        if (result is SeatResult.Done)
        {
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
            await jobs.LookNowAsync<PublishEvents>();
        }

        return result;
    }

    private static Refusal? Closed(Subscription.Started state, PlanVersion plan) => state switch
    {
        Subscription.Ended => SeatRefusals.GroupEnded,
        _ when plan.Seats is null => SeatRefusals.NoGroup,
        Subscription.Incomplete => SeatRefusals.NotBegun,
        _ => null,
    };

    private static string IdOf(SubscriptionId group, string requestKey) => IdPrefix + Secrets.Hash($"{group.Value}\n{requestKey}")[..IdLength];

    private sealed record Holder(ReaderId Reader, long Version, PlanVersion Plan);
}
