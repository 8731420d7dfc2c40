using System.Text.Json;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;

namespace Subscriptions.Server.Features.Groups;

/// <summary>What the events of places in groups keep: ids and codes. The invited address is in none of them.</summary>
/// <param name="SubscriptionId">Whose group.</param>
/// <param name="End">Why the place is over; null while it is not.</param>
public sealed record SeatEvent(SubscriptionId SubscriptionId, SeatEnd? End);

/// <summary>The events of places, each in a stream named after its place.</summary>
public static class SeatEvents
{
    /// <summary>Somebody was invited. The event is the holder's.</summary>
    public const string Invited = "SeatInvited";

    /// <summary>A reader has the place from now on. The event is hers.</summary>
    public const string Taken = "SeatTaken";

    /// <summary>The place is over. The event is whose it was, else the holder's.</summary>
    public const string Ended = "SeatEnded";

    /// <summary>What the holder's subscription lets the place's reader read has changed. The event is the place's reader's.</summary>
    public const string AccessChanged = "SeatAccessChanged";

    /// <summary>Adds one, and raises the place's version with it.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="seat">The place, followed by <paramref name="db"/>.</param>
    /// <param name="type">One of the names above.</param>
    /// <param name="reader">Whose answer websites have to forget.</param>
    /// <param name="readerVersion">Her access version after it.</param>
    /// <param name="timeline">In which subscription's timeline it stands; null for none.</param>
    /// <param name="actor">By whom.</param>
    /// <param name="now">When, in billing time.</param>
    public static void Add(SubscriptionsDb db, SeatRow seat, string type, ReaderId reader, long readerVersion, SubscriptionId? timeline, string actor, DateTimeOffset now)
    {
        seat.Version++;
        db.Events.Add(new EventRow
        {
            Stream = seat.Id,
            StreamVersion = seat.Version,
            ReaderId = reader,
            SubscriptionId = timeline,
            Type = type,
            Schema = 1,
            Data = JsonSerializer.Serialize(new SeatEvent(seat.SubscriptionId, seat.End), DomainJson.Options),
            Actor = actor,
            At = now,
            ReaderVersion = readerVersion,
        });
    }
}
