using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Access;

/// <summary>Why a place in a group is over.</summary>
public enum SeatEnd
{
    /// <summary>The invitation was withdrawn before anybody accepted it.</summary>
    Withdrawn,

    /// <summary>Nobody accepted the invitation in time.</summary>
    Expired,

    /// <summary>The account holder, or the publisher for her, took the place back.</summary>
    TakenBack,

    /// <summary>The reader gave it up.</summary>
    Left,
}

/// <summary>A place in a group: one subscriber pays, and others read through her subscription.</summary>
/// <param name="Id">The record's id.</param>
public abstract record Seat(string Id)
{
    /// <summary>Days of billing time for which an invitation can be accepted.</summary>
    public const int InvitationDays = 30;

    /// <summary>Kept free for somebody who was invited.</summary>
    /// <param name="Until">The first instant at which the invitation is good no more.</param>
    public sealed record Invited(string Id, DateTimeOffset Until) : Seat(Id);

    /// <summary>A reader has it.</summary>
    /// <param name="Reader">Who.</param>
    /// <param name="Since">Since when.</param>
    public sealed record Taken(string Id, ReaderId Reader, DateTimeOffset Since) : Seat(Id);

    /// <summary>Over; the place is free again, for another record.</summary>
    public sealed record Over(string Id, SeatEnd End, DateTimeOffset At) : Seat(Id);

    /// <summary>
    /// What a place lets its reader do: what the holder's own subscription opens, from and until the same instants, in whatever state it is.
    /// The reason says nothing of payments: those are the account holder's own affair.
    /// </summary>
    /// <param name="id">The record of the place.</param>
    /// <param name="number">The place's number within the group, from 1.</param>
    /// <param name="plan">The holder's plan now; a smaller one than before leaves the last places without access.</param>
    /// <param name="holders">The grant of the holder's subscription; null when it gives none.</param>
    public static AccessGrant? GrantOf(string id, int number, PlanVersion plan, AccessGrant? holders) =>
        holders is null || number > (plan.Seats ?? 0) ? null : holders with { Kind = GrantKind.GroupSeat, Record = id, Reason = "A place in a group." };
}
