using Subscriptions.Domain;
using Subscriptions.Domain.Ledger;

namespace Subscriptions.Data.Rows;

/// <summary>One line of a set of the ledger. Written once; nothing changes or removes it.</summary>
public sealed class LedgerRow
{
    /// <summary>Derived from the event, so that a set is never posted twice.</summary>
    public required string SetId { get; set; }

    public LedgerAccount Account { get; set; }

    /// <summary>Minor units: positive a debit, negative a credit.</summary>
    public long Amount { get; set; }

    public required string Currency { get; set; }

    /// <summary>The event's type name, or the kind of the gateway's booking.</summary>
    public required string Cause { get; set; }

    public InvoiceId? InvoiceId { get; set; }

    public ReaderId? ReaderId { get; set; }

    public string? GatewayId { get; set; }

    public DateTimeOffset At { get; set; }
}

/// <summary>A booking on our balance at the gateway, as it was first read there.</summary>
public sealed class GatewayTransactionRow
{
    public required string Id { get; set; }

    public GatewayBooking Kind { get; set; }

    /// <summary>Minor units; negative when money left the balance.</summary>
    public long Amount { get; set; }

    /// <summary>Minor units.</summary>
    public long Fee { get; set; }

    public required string Currency { get; set; }

    public string? SourceId { get; set; }

    public DateTimeOffset At { get; set; }
}

/// <summary>One comparison of our records with the gateway's.</summary>
public sealed class ReconciliationRunRow
{
    public long Id { get; set; }

    /// <summary>The window, in billing time: from, included.</summary>
    public DateTimeOffset From { get; set; }

    /// <summary>To, not included.</summary>
    public DateTimeOffset To { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>Null while it runs, or when it broke off.</summary>
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Who asked for it.</summary>
    public required string Actor { get; set; }

    /// <summary>Why it broke off: the gateway's silence, in words.</summary>
    public string? Failure { get; set; }

    public int Payments { get; set; }

    public int Refunds { get; set; }

    public int Disputes { get; set; }

    public int Transactions { get; set; }

    public int Payouts { get; set; }

    /// <summary>Differences that were open when it ended.</summary>
    public int OpenFindings { get; set; }

    /// <summary>Differences that it mended by itself.</summary>
    public int Repaired { get; set; }
}

/// <summary>What a difference between the records is.</summary>
public enum FindingKind
{
    /// <summary>The gateway took money that our record of the invoice does not hold.</summary>
    PaymentNotRecorded,

    /// <summary>A second payment for one invoice succeeded at the gateway.</summary>
    PaidTwice,

    /// <summary>Our record says paid, the gateway says otherwise.</summary>
    PaymentMissing,

    /// <summary>Both know the payment, with different amounts.</summary>
    AmountDiffers,

    /// <summary>The gateway's payment names an invoice that we do not have.</summary>
    InvoiceMissing,

    /// <summary>A PaymentIntent of a closed invoice could still take money, or one invoice has two that could.</summary>
    PaymentStillOpen,

    /// <summary>An ended subscription has an invoice that is still owed.</summary>
    OpenAfterEnd,

    /// <summary>A try began after its subscription had ended.</summary>
    TriedAfterEnd,

    /// <summary>The gateway sent money back of which we have no record.</summary>
    RefundNotRecorded,

    /// <summary>We recorded a refund that the gateway does not have.</summary>
    RefundMissing,

    /// <summary>A dispute of which we have no record.</summary>
    DisputeNotRecorded,

    /// <summary>A payout is not the sum of its bookings.</summary>
    PayoutDiffers,

    /// <summary>The ledger is not what the events give.</summary>
    LedgerDiffers,
}

/// <summary>Where a difference stands.</summary>
public enum FindingState
{
    /// <summary>Waits for a person.</summary>
    Open,

    /// <summary>Mended.</summary>
    Repaired,

    /// <summary>A person says that it may stay as it is.</summary>
    Accepted,

    /// <summary>A later comparison did not find it any more.</summary>
    Gone,
}

/// <summary>A difference between our records and the gateway's.</summary>
public sealed class FindingRow
{
    /// <summary>Kind and what it is about: the same difference is one row however often it is found.</summary>
    public required string Id { get; set; }

    public FindingKind Kind { get; set; }

    /// <summary>The gateway's object or our invoice.</summary>
    public required string Subject { get; set; }

    public InvoiceId? InvoiceId { get; set; }

    public SubscriptionId? SubscriptionId { get; set; }

    /// <summary>What we have, in words.</summary>
    public required string Ours { get; set; }

    /// <summary>What the gateway has, in words.</summary>
    public required string Theirs { get; set; }

    /// <summary>Minor units by which the gateway has more than we.</summary>
    public long Difference { get; set; }

    public required string Currency { get; set; }

    public FindingState State { get; set; }

    /// <summary>Whether there is a repair that staff may apply.</summary>
    public bool Repairable { get; set; }

    /// <summary>When what it is about happened, in billing time.</summary>
    public DateTimeOffset SubjectAt { get; set; }

    public DateTimeOffset FirstSeenAt { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }

    public DateTimeOffset? SettledAt { get; set; }

    public string? SettledBy { get; set; }
}

/// <summary>Whether collecting is off until a reconciliation has run. One row.</summary>
public sealed class CollectingGateRow
{
    public required string Id { get; set; }

    /// <summary>Null while collecting is on.</summary>
    public DateTimeOffset? ClosedAt { get; set; }

    public string? Reason { get; set; }

    public required string Actor { get; set; }

    /// <summary>When it was last opened; payments are looked for at the gateway for a while after.</summary>
    public DateTimeOffset? OpenedAt { get; set; }
}
