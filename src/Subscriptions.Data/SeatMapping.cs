using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Access;

namespace Subscriptions.Data;

/// <summary>Places in groups as rows.</summary>
public static class SeatMapping
{
    /// <summary>The filter of the index that gives a place to one reader at a time.</summary>
    public const string LivingFilter = "\"Number\" IS NOT NULL";

    /// <summary>The filter of the index that gives a reader one place in a group.</summary>
    public const string TakenFilter = "\"Number\" IS NOT NULL AND \"ReaderId\" IS NOT NULL";

    /// <summary>How the place stands at a moment.</summary>
    public static Seat ToSeat(this SeatRow row, DateTimeOffset now) => row switch
    {
        { End: { } end, EndedAt: { } at } => new Seat.Over(row.Id, end, at),
        { ReaderId: { } reader, TakenAt: { } since } => new Seat.Taken(row.Id, reader, since),
        { InvitedUntil: { } until } when until > now => new Seat.Invited(row.Id, until),
        { InvitedUntil: { } until } => new Seat.Over(row.Id, SeatEnd.Expired, until),
        _ => throw new InvalidOperationException($"The place {row.Id} is in no state."),
    };

    internal static void Model(ModelBuilder model) => model.Entity<SeatRow>(e =>
    {
        e.Property(s => s.Id).HasMaxLength(64);
        e.Property(s => s.Email).HasMaxLength(254);
        e.Property(s => s.Version).IsConcurrencyToken();
        e.HasIndex(s => new { s.SubscriptionId, s.Number }, "IX_Seats_OnePlace").IsUnique().HasFilter(LivingFilter);
        e.HasIndex(s => new { s.SubscriptionId, s.ReaderId }, "IX_Seats_OneOfReader").IsUnique().HasFilter(TakenFilter);
        e.HasIndex(s => s.ReaderId);
    });
}
