using Subscriptions.Domain;
using Subscriptions.Domain.Incidents;

namespace Subscriptions.Data.Rows;

/// <summary>A time in which every payment problem stood still because of an incident of ours.</summary>
public sealed class FreezeRow
{
    public required string Id { get; set; }

    public IncidentKind Kind { get; set; }

    /// <summary>1 while it stands, else null; unique per kind, so that two who see the same incident open one freeze.</summary>
    public int? OpenSlot { get; set; }

    /// <summary>Billing time.</summary>
    public DateTimeOffset OpenedAt { get; set; }

    public required string OpenedBy { get; set; }

    /// <summary>The figures of the rule, or the words of the member of staff.</summary>
    public required string Reason { get; set; }

    public bool HoldsRetries { get; set; }

    public DateTimeOffset? ClosedAt { get; set; }

    public string? ClosedBy { get; set; }

    public FreezeEnd? EndedBy { get; set; }
}

/// <summary>The words with which somebody paused a payment problem. Apart from the events, because they may be about a person and can be erased.</summary>
public sealed class PauseNoteRow
{
    public required string Id { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public required string Text { get; set; }

    public DateTimeOffset WrittenAt { get; set; }
}
