using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;

namespace Subscriptions.Data.Rows;

/// <summary>
/// Something that happened, saved with what it changed. Timeline, mail outbox, audit trail and change feed read these.
/// It has no position until the publisher numbers it, because commits do not end in the order in which they begin.
/// </summary>
public sealed class EventRow
{
    public long Id { get; set; }

    /// <summary>The subscription, invoice or session that it happened to.</summary>
    public required string Stream { get; set; }

    /// <summary>From 1 within the stream.</summary>
    public int StreamVersion { get; set; }

    public required ReaderId ReaderId { get; set; }

    public SubscriptionId? SubscriptionId { get; set; }

    /// <summary>The event's type name.</summary>
    public required string Type { get; set; }

    /// <summary>Number of the shape of <see cref="Data"/>.</summary>
    public int Schema { get; set; }

    /// <summary>The event as JSON: ids and codes only.</summary>
    public required string Data { get; set; }

    /// <summary><c>system</c>, or the id of a reader or member of staff.</summary>
    public required string Actor { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>The reader's access version after it.</summary>
    public long ReaderVersion { get; set; }

    /// <summary>Place in the change feed; null until numbered.</summary>
    public long? Position { get; set; }
}

/// <summary>Kinds of work that have a date.</summary>
public enum WorkKind
{
    /// <summary>Collect an invoice, or settle what is under way on it. Id: the invoice.</summary>
    CollectInvoice,

    /// <summary>Renew, move to the next notice, or end. Id: the subscription.</summary>
    AdvanceSubscription,

    /// <summary>Hand a mail to the mail server. Id: the mail.</summary>
    SendMail,

    /// <summary>Look at what a webhook knocked about. Id: the gateway's event.</summary>
    ProcessWebhook,

    /// <summary>Number committed events. One row for all.</summary>
    PublishEvents,

    /// <summary>Compare our records with the gateway's. One row for all.</summary>
    Reconcile,

    /// <summary>Warn the reader that the card which is charged expires. Id: the subscription.</summary>
    WarnOfExpiry,

    /// <summary>Mail an invitation into a group, and end it when nobody accepted it in time. Id: the place.</summary>
    FollowInvitation,
}

/// <summary>Work with a date. Outside the aggregates' versions; claimed by a guarded update under a lease.</summary>
public sealed class DueWorkRow
{
    public WorkKind Kind { get; set; }

    public required string Id { get; set; }

    /// <summary>Billing time.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>The instance that works on it (host and port); null when nobody does.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Runs in a row that came to nothing; stretches the back-off.</summary>
    public int Tries { get; set; }

    /// <summary>Runs in a row that broke off with an exception; apart from <see cref="Tries"/>, which a silent peer raises.</summary>
    public int Failures { get; set; }

    /// <summary>Since when it is set aside after too many failures: staff have a task, and it is tried once a day.</summary>
    public DateTimeOffset? ParkedAt { get; set; }
}

/// <summary>What a mail is about.</summary>
public enum MailKind
{
    /// <summary>One of the three dunning notices.</summary>
    DunningNotice,

    /// <summary>An end that had been told moved to a later day, or a collection that had been told as on its way failed, or both.</summary>
    EndMoved,

    /// <summary>The owed payment was taken.</summary>
    PaymentReceived,

    /// <summary>The subscription is over.</summary>
    SubscriptionEnded,

    /// <summary>The subscription began.</summary>
    Welcome,

    /// <summary>The subscription will end with its period.</summary>
    CancellationConfirmed,

    /// <summary>Money went back.</summary>
    RefundMade,

    /// <summary>A collection that takes days is on its way.</summary>
    CollectionUnderWay,

    /// <summary>The card that is charged expires soon.</summary>
    CardExpires,

    /// <summary>The method that would be charged next is gone.</summary>
    MethodGone,
}

/// <summary>Where a mail stands.</summary>
public enum MailState
{
    /// <summary>Waits for its moment or for the mail server.</summary>
    Pending,

    /// <summary>The mail server took it.</summary>
    HandedOver,

    /// <summary>It was refused for good, or there is no address.</summary>
    Undeliverable,

    /// <summary>What it says is no longer so: it was never sent.</summary>
    Withdrawn,
}

/// <summary>What was heard of a mail after it was handed over. Of two words the later in this list holds.</summary>
public enum MailFeedback
{
    /// <summary>It could not be delivered yet, or not this time.</summary>
    Delayed,

    /// <summary>It is in the reader's mailbox.</summary>
    Delivered,

    /// <summary>She called it unwanted.</summary>
    Complained,

    /// <summary>The address takes no mail, for good.</summary>
    Bounced,
}

/// <summary>A mail to one reader. Its text is made when it goes, from what is true then.</summary>
public sealed class MailRow
{
    /// <summary>Derived from what raised it, so that the same mail is never raised twice; also its Message-ID.</summary>
    public required string Id { get; set; }

    public MailKind Kind { get; set; }

    public required ReaderId ReaderId { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public InvoiceId? InvoiceId { get; set; }

    public int? CaseNumber { get; set; }

    /// <summary>Which refund of the invoice; for <see cref="MailKind.RefundMade"/>.</summary>
    public int? RefundNumber { get; set; }

    public DunningStage? Stage { get; set; }

    public MailState State { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>The end that had been told before the one that this mail tells; for <see cref="MailKind.EndMoved"/>.</summary>
    public DateOnly? FormerEndsOn { get; set; }

    /// <summary>How often it was offered to the mail server.</summary>
    public int Tries { get; set; }

    /// <summary>When it was last offered, in billing time.</summary>
    public DateTimeOffset? LastTriedAt { get; set; }

    /// <summary>What was heard of it after the mail server took it; null while nothing was.</summary>
    public MailFeedback? Feedback { get; set; }

    /// <summary>When that was heard, in billing time.</summary>
    public DateTimeOffset? FeedbackAt { get; set; }

    /// <summary>The code that came with it, such as <c>5.1.1</c>.</summary>
    public string? FeedbackCode { get; set; }

    /// <summary>The mail server's last refusal.</summary>
    public string? LastRefusal { get; set; }
}

/// <summary>Something that a person has to look at.</summary>
public sealed class StaffTaskRow
{
    public required string Id { get; set; }

    public required string Kind { get; set; }

    public SubscriptionId? SubscriptionId { get; set; }

    /// <summary>Ids and codes only.</summary>
    public required string Text { get; set; }

    public DateTimeOffset OpenedAt { get; set; }

    public DateTimeOffset? ClosedAt { get; set; }
}

/// <summary>What a part of the settings said at the last start, where a change of it changes what readers may read.</summary>
public sealed class SettingsMarkRow
{
    public required string Name { get; set; }

    /// <summary>As JSON.</summary>
    public required string Content { get; set; }
}

/// <summary>How a recurring job last went.</summary>
public sealed class JobRunRow
{
    public required string Name { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>Milliseconds.</summary>
    public long Duration { get; set; }

    public string? Failure { get; set; }

    public DateTimeOffset? FailedAt { get; set; }
}

/// <summary>The answer to an unsafe request that carried an idempotency key.</summary>
public sealed class ApiAnswerRow
{
    public required string Key { get; set; }

    /// <summary>SHA-256 of method, path and body.</summary>
    public required string RequestHash { get; set; }

    /// <summary>0 while the first request is still being answered.</summary>
    public int Status { get; set; }

    public string? Body { get; set; }

    public string? Location { get; set; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}
