using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Access;

/// <summary>A subscription as it stands at a moment.</summary>
/// <param name="State">Its state.</param>
/// <param name="Owed">The invoice that its payment problem is about; null without one.</param>
public sealed record SubscriptionFacts(Subscription.Started State, Invoice? Owed);

/// <summary>A place in a group that a reader has at a moment.</summary>
/// <param name="Id">The record.</param>
/// <param name="Number">The place's number.</param>
/// <param name="Holders">The subscription that pays for it.</param>
public sealed record SeatFacts(string Id, int Number, SubscriptionFacts Holders);

/// <summary>All that a reader's access rests on at a moment.</summary>
/// <param name="Reader">The reader.</param>
/// <param name="Version">Her access version.</param>
/// <param name="Email">Her address.</param>
/// <param name="EmailVerifiedAt">When she confirmed it; null when she has not.</param>
/// <param name="Subscriptions">Hers, newest first.</param>
/// <param name="Seats">Her places in groups.</param>
/// <param name="Given">What she was given and nobody has withdrawn.</param>
public sealed record AccessFacts(
    ReaderId Reader, long Version, string Email, DateTimeOffset? EmailVerifiedAt, IReadOnlyList<SubscriptionFacts> Subscriptions, IReadOnlyList<SeatFacts> Seats, IReadOnlyList<GivenAccess> Given);

/// <summary>Reads what a reader's access rests on: now from the rows, and at a past moment from the events that led to them.</summary>
public sealed class AccessFactsQuery(IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>As it stands now; null when nobody has that id.</summary>
    public async Task<AccessFacts?> NowAsync(ReaderId readerId, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();

        // One connection for all that follows: opening it costs SQLite as much as a query.
        await db.Database.OpenConnectionAsync();

        // The version is read first: an answer may be newer than its version says, never older.
        var reader = await db.Readers.Where(r => r.Id == readerId).Select(r => new { r.AccessVersion, r.Email, r.EmailVerifiedAt }).SingleOrDefaultAsync();
        if (reader is null)
        {
            return null;
        }

        List<SubscriptionFacts> subscriptions = [];
        foreach (var row in (await db.Subscriptions.AsNoTracking().Where(s => s.ReaderId == readerId).ToListAsync()).OrderByDescending(row => row.StartedAt))
        {
            subscriptions.Add(await FactsAsync(db, row.ToState()));
        }

        List<SeatFacts> seats = [];
        foreach (var seat in await db.Seats.AsNoTracking().Where(s => s.ReaderId == readerId && s.Number != null).OrderBy(s => s.TakenAt).ToListAsync())
        {
            var holders = (await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == seat.SubscriptionId)).ToState();
            seats.Add(new SeatFacts(seat.Id, seat.Number!.Value, await FactsAsync(db, holders)));
        }

        var given = await GiveAccess.Current(db, readerId, now).OrderBy(g => g.GivenAt).ToListAsync();
        return new AccessFacts(readerId, reader.AccessVersion, reader.Email, reader.EmailVerifiedAt, subscriptions, seats, [.. given.Select(row => row.ToGiven())]);
    }

    /// <summary>
    /// As it stood at a past moment; null when nobody has that id. Subscriptions and invoices are told again from their events, places and given access by their
    /// records' times. Addresses keep no history: one that was confirmed later counts as not confirmed, and a former one is not known.
    /// </summary>
    public async Task<AccessFacts?> AtAsync(ReaderId readerId, DateTimeOffset at)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Readers.AsNoTracking().FirstOrDefaultAsync(r => r.Id == readerId) is not { } reader)
        {
            return null;
        }

        List<SubscriptionFacts> subscriptions = [];
        foreach (var id in await db.Subscriptions.Where(s => s.ReaderId == readerId).OrderByDescending(s => s.StartedAt).Select(s => s.Id).ToListAsync())
        {
            if (await PastAsync(db, id, at) is { } facts)
            {
                subscriptions.Add(facts);
            }
        }

        List<SeatFacts> seats = [];
        foreach (var seat in await db.Seats.AsNoTracking().Where(s => s.ReaderId == readerId && s.TakenAt <= at && (s.EndedAt == null || s.EndedAt > at)).OrderBy(s => s.TakenAt).ToListAsync())
        {
            // A place that is over has given its number back, and had one that counted.
            if (await PastAsync(db, seat.SubscriptionId, at) is { } holders)
            {
                seats.Add(new SeatFacts(seat.Id, seat.Number ?? 1, holders));
            }
        }

        var given = await db.Grants.AsNoTracking()
            .Where(g => g.ReaderId == readerId && g.GivenAt <= at && (g.WithdrawnAt == null || g.WithdrawnAt > at) && (g.Until == null || g.Until > at)).OrderBy(g => g.GivenAt).ToListAsync();
        return new AccessFacts(
            readerId, reader.AccessVersion, reader.Email, reader.EmailVerifiedAt <= at ? reader.EmailVerifiedAt : null, subscriptions, seats, [.. given.Select(row => row.ToGiven())]);
    }

    private static async Task<SubscriptionFacts> FactsAsync(SubscriptionsDb db, Subscription.Started state) =>
        new(state, state is Subscription.PastDue problem ? await ReaderAccessQuery.OwedAsync(db, problem) : null);

    // Null while it had not begun.
    private static async Task<SubscriptionFacts?> PastAsync(SubscriptionsDb db, SubscriptionId id, DateTimeOffset at)
    {
        Subscription state = new Subscription.NotStarted();
        foreach (var data in await EventsAsync(db, id.Value, at))
        {
            state = SubscriptionDecider.Evolve(state, JsonSerializer.Deserialize<SubscriptionEvent>(data, DomainJson.Options)!);
        }

        if (state is not Subscription.Started started)
        {
            return null;
        }

        Invoice? owed = null;
        foreach (var data in started is Subscription.PastDue problem ? await EventsAsync(db, problem.Invoice.Id.Value, at) : [])
        {
            owed = InvoiceDecider.Evolve(owed, JsonSerializer.Deserialize<InvoiceEvent>(data, DomainJson.Options)!);
        }

        return new SubscriptionFacts(started, owed);
    }

    private static Task<List<string>> EventsAsync(SubscriptionsDb db, string stream, DateTimeOffset at) =>
        db.Events.AsNoTracking().Where(e => e.Stream == stream && e.At <= at).OrderBy(e => e.StreamVersion).Select(e => e.Data).ToListAsync();
}
