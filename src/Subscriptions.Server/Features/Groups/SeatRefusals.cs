using Subscriptions.Domain;
using Subscriptions.Domain.Access;

namespace Subscriptions.Server.Features.Groups;

/// <summary>Why a place is not given, taken or ended; each can be shown to a person.</summary>
public static class SeatRefusals
{
    public static Refusal NoSubscription { get; } = new("subscription-not-found", "There is no such subscription.");

    public static Refusal NoReader { get; } = new("reader-not-found", "There is no such reader.");

    public static Refusal NoSeat { get; } = new("seat-not-found", "There is no such place.");

    public static Refusal NoGroup { get; } = new("subscription-without-seats", "This subscription is for one reader only; its plan has no places for others.");

    public static Refusal NotBegun { get; } = new("group-not-begun", "The subscription has not begun yet. Others can be invited as soon as it has.");

    public static Refusal GroupEnded { get; } = new("group-ended", "The subscription of this group has ended.");

    public static Refusal Full { get; } = new("group-full", "Every place of this group is taken or kept for somebody who was invited. Take a place back, or withdraw an invitation, first.");

    public static Refusal InvitedAlready { get; } = new("seat-already-offered", "This address has been invited already. Withdraw that invitation first to send another.");

    public static Refusal TooMany { get; } = new("invitations-too-many", "So many invitations were sent from this group within a day that no more can be sent before tomorrow.");

    public static Refusal HasSeat { get; } = new("seat-already-held", "This reader has a place in this group already.");

    public static Refusal IsHolder { get; } = new("seat-of-the-holder", "The account holder reads by the subscription itself and needs no place.");

    public static Refusal Spent { get; } = new("invitation-used", "This invitation has been accepted already; its link works once.");

    public static Refusal Withdrawn { get; } = new("invitation-withdrawn", "This invitation has been withdrawn.");

    public static Refusal Expired { get; } = new("invitation-expired", $"This invitation is older than {Seat.InvitationDays} days and works no more.");

    /// <summary>Why an invitation can be accepted no more; null while it can.</summary>
    public static Refusal? Of(Seat seat) => seat switch
    {
        Seat.Invited => null,
        Seat.Over { End: SeatEnd.Withdrawn } => Withdrawn,
        Seat.Over { End: SeatEnd.Expired } => Expired,
        _ => Spent,
    };
}
