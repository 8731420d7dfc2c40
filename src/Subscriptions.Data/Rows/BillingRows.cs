using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Data.Rows;

/// <summary>A dated version of a plan, immutable.</summary>
public sealed class PlanVersionRow
{
    public required string Id { get; set; }

    public required string PlanId { get; set; }

    public int Version { get; set; }

    /// <summary>The plan version as JSON.</summary>
    public required string Content { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A version of a dunning policy, immutable.</summary>
public sealed class PolicyVersionRow
{
    public required string Id { get; set; }

    public required string PolicyId { get; set; }

    public int Version { get; set; }

    /// <summary>The policy as JSON.</summary>
    public required string Content { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A subscription: its state as the rules know it, and beside it the columns that are searched by.</summary>
public sealed class SubscriptionRow
{
    public required SubscriptionId Id { get; set; }

    public required ReaderId ReaderId { get; set; }

    public required string PlanVersionId { get; set; }

    /// <summary>Name of the state.</summary>
    public required string Status { get; set; }

    /// <summary>The stage of the open case; null without one.</summary>
    public DunningStage? Stage { get; set; }

    /// <summary>1 until it has ended, else null; unique per reader, so that two who begin at once begin one.</summary>
    public int? LivingSlot { get; set; }

    public InvoiceId? OpenInvoiceId { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public EndReason? EndReason { get; set; }

    /// <summary>The state as JSON.</summary>
    public required string State { get; set; }

    /// <summary>Rises with every event; a writer who read an older one loses.</summary>
    public int Version { get; set; }
}

/// <summary>An invoice.</summary>
public sealed class InvoiceRow
{
    public required InvoiceId Id { get; set; }

    /// <summary>Printed on the invoice; unique.</summary>
    public required string Number { get; set; }

    public required ReaderId ReaderId { get; set; }

    public SubscriptionId? SubscriptionId { get; set; }

    public InvoicePurpose Purpose { get; set; }

    public DateOnly PeriodFrom { get; set; }

    public DateOnly PeriodTo { get; set; }

    /// <summary>The lines as JSON.</summary>
    public required string Lines { get; set; }

    /// <summary>Minor units, tax included.</summary>
    public long Total { get; set; }

    /// <summary>Minor units that went back.</summary>
    public long Refunded { get; set; }

    /// <summary>Minor units of the reader's credit that it used; negative where a debt was added.</summary>
    public long CreditUsed { get; set; }

    /// <summary>Minor units that were too few to be charged and went to the next invoice.</summary>
    public long CarriedOver { get; set; }

    public required string Currency { get; set; }

    public InvoiceStatus Status { get; set; }

    /// <summary>Which PaymentIntent in a row is the current one; 0 before the first.</summary>
    public int PaymentIntentNumber { get; set; }

    public string? PaymentIntentId { get; set; }

    public bool PaymentIntentCanceled { get; set; }

    /// <summary>Minor units that the PaymentIntent asks for.</summary>
    public long PaymentIntentAmount { get; set; }

    /// <summary>The kind of method that the current PaymentIntent takes; null for a card.</summary>
    public string? PaymentIntentKind { get; set; }

    public bool CollectingStopped { get; set; }

    /// <summary>What was said against its payment, as JSON; null when nothing was.</summary>
    public string? Contest { get; set; }

    /// <summary>Minor units that the reader's bank took back for good.</summary>
    public long Reversed { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? ReversedAt { get; set; }

    /// <summary>The reversed invoice that this one asks for again; unique, so that there is one replacement at most.</summary>
    public InvoiceId? Replaces { get; set; }

    /// <summary>It is not owed any more, because the money that it replaces came back.</summary>
    public bool Withdrawn { get; set; }

    public DateTimeOffset RaisedAt { get; set; }

    public DateTimeOffset? SettledAt { get; set; }

    public int Version { get; set; }

    public List<PaymentAttemptRow> Attempts { get; } = [];

    public List<RefundRow> Refunds { get; } = [];

    public List<CreditNoteRow> CreditNotes { get; } = [];
}

/// <summary>One try. A filtered unique index lets no invoice have two live ones.</summary>
public sealed class PaymentAttemptRow
{
    public required InvoiceId InvoiceId { get; set; }

    public int Number { get; set; }

    public AttemptState State { get; set; }

    /// <summary>Minor units of the invoice's currency: asked for, and once it succeeded, taken.</summary>
    public long Amount { get; set; }

    /// <summary>1 while the outcome is not final, else null; unique per invoice.</summary>
    public int? LiveSlot { get; set; }

    public required string PaymentMethodId { get; set; }

    public AttemptTrigger Trigger { get; set; }

    public required string Actor { get; set; }

    public required string PaymentIntentId { get; set; }

    public bool OnSession { get; set; }

    public string? ReturnUrl { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset FirstSentAt { get; set; }

    public string? ChargeSeenBefore { get; set; }

    public string? ChargeId { get; set; }

    public string? DeclineCode { get; set; }

    public string? IssuerCode { get; set; }

    public string? AdviceCode { get; set; }

    public DeclineClass? DeclineClass { get; set; }

    public string? ChallengeUrl { get; set; }

    public string? Note { get; set; }

    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>The local date on which the reader was told to expect the result of a method that needs days.</summary>
    public DateOnly? ResultDueOn { get; set; }

    /// <summary>Made with what the token stood for before its bank renewed the card.</summary>
    public bool FormerCard { get; set; }
}

/// <summary>A hosted page that was opened for a subscription, so that no other one's return is believed.</summary>
public sealed class HostedSetupRow
{
    /// <summary>The gateway's id of the session.</summary>
    public required string Id { get; set; }

    public required ReaderId ReaderId { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    /// <summary>Where the reader goes when all is done: a website's page, or null for My Account.</summary>
    public string? ReturnTo { get; set; }

    public DateTimeOffset OpenedAt { get; set; }

    /// <summary>Wall time of the first return; the webhook leaves the collecting to the page for 60 s after it.</summary>
    public DateTimeOffset? ReturnBegunAt { get; set; }

    /// <summary>The set-up that was taken over; each is taken over once.</summary>
    public string? SetupIntentId { get; set; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? TakenOverAt { get; set; }
}
