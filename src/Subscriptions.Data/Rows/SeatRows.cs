using Subscriptions.Domain;
using Subscriptions.Domain.Access;

namespace Subscriptions.Data.Rows;

/// <summary>A place in a group, from the invitation to its end. The only place where the invited address stands.</summary>
public sealed class SeatRow
{
    public required string Id { get; set; }

    /// <summary>Whose plan has the place.</summary>
    public required SubscriptionId SubscriptionId { get; set; }

    /// <summary>The place's number within the group, from 1; null when it is over, so that the number is free again.</summary>
    public int? Number { get; set; }

    /// <summary>Where the invitation went; forgotten with the end, and absent where a reader was given the place without one.</summary>
    public string? Email { get; set; }

    public DateTimeOffset MadeAt { get; set; }

    /// <summary>Until when the invitation can be accepted; null without one.</summary>
    public DateTimeOffset? InvitedUntil { get; set; }

    /// <summary>When the mail server took the invitation.</summary>
    public DateTimeOffset? MailedAt { get; set; }

    /// <summary>When the mail server refused it for good.</summary>
    public DateTimeOffset? UndeliverableAt { get; set; }

    /// <summary>Who has the place, or had it.</summary>
    public ReaderId? ReaderId { get; set; }

    public DateTimeOffset? TakenAt { get; set; }

    public SeatEnd? End { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>How many events its stream has.</summary>
    public int Version { get; set; }
}
