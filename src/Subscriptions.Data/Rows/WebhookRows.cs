namespace Subscriptions.Data.Rows;

/// <summary>Where a webhook stands.</summary>
public enum WebhookState
{
    /// <summary>Stored, and not looked at to its end yet.</summary>
    Received,

    /// <summary>What it is about was looked at.</summary>
    Done,

    /// <summary>Of no concern here.</summary>
    Ignored,

    /// <summary>Set aside after too many looks that broke off: staff have a task, and nobody else waits for it.</summary>
    Parked,
}

/// <summary>
/// A webhook under the gateway's id: stored once, looked at by a job. Of its content only ids are kept; what it tells is
/// read again at the gateway, so there is nothing personal to keep or to erase.
/// </summary>
public sealed class WebhookEventRow
{
    public required string Id { get; set; }

    public required string Type { get; set; }

    public WebhookState State { get; set; }

    /// <summary>When the gateway says that it happened, in whole seconds; null until it was read.</summary>
    public DateTimeOffset? OccurredAt { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>The same in wall time.</summary>
    public DateTimeOffset? ReceivedAtWall { get; set; }

    /// <summary>It never knocked: it was found in the gateway's list afterwards.</summary>
    public bool WasMissed { get; set; }

    public DateTimeOffset? ProcessedAt { get; set; }

    /// <summary>What came of it, for staff.</summary>
    public string? Result { get; set; }

    /// <summary>Looks in a row that broke off.</summary>
    public int Tries { get; set; }

    /// <summary>What broke the last look off: the kind of failure, never its text.</summary>
    public string? LastError { get; set; }

    /// <summary>The gateway's id of what it is about; null until it was read.</summary>
    public string? ObjectId { get; set; }

    /// <summary>The payment behind that, where there is one.</summary>
    public string? PaymentIntentId { get; set; }

    /// <summary>The payer behind that, by the gateway's id, where there is one.</summary>
    public string? CustomerId { get; set; }

    /// <summary>Who had it looked at again, and when; the last time counts.</summary>
    public string? ReplayedBy { get; set; }

    public DateTimeOffset? ReplayedAt { get; set; }
}

/// <summary>How far the gateway's list of events has been compared with what knocked. One row.</summary>
public sealed class WebhookResyncRow
{
    /// <summary>Always <see cref="OnlyId"/>.</summary>
    public const int OnlyId = 1;

    public int Id { get; set; }

    /// <summary>Everything that happened before this moment is known here.</summary>
    public DateTimeOffset SyncedThrough { get; set; }

    /// <summary>When the list was last read, in billing time.</summary>
    public DateTimeOffset LastRunAt { get; set; }

    /// <summary>The end of the window that is being read, where one run did not come to its end.</summary>
    public DateTimeOffset? WindowUntil { get; set; }

    /// <summary>The last event read in that window; the next run goes on after it.</summary>
    public string? Cursor { get; set; }

    /// <summary>How many events were found in all that had never knocked.</summary>
    public int Missed { get; set; }

    /// <summary>Somebody asked for a comparison now.</summary>
    public bool Wanted { get; set; }

    /// <summary>Rises with every change: of two processes that begin at once, one goes on.</summary>
    public int Version { get; set; }
}
