using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>
/// The contract between a reader and the publisher. Each state is a type, so what makes sense only while past due
/// exists only while past due. Access is not in here: it is computed from this, never stored.
/// </summary>
public abstract record Subscription
{
    private Subscription()
    {
    }

    /// <summary>Not begun.</summary>
    public sealed record NotStarted : Subscription;

    /// <summary>Every state of a contract that exists.</summary>
    /// <param name="Contract">What was agreed.</param>
    public abstract record Started(Contract Contract) : Subscription;

    /// <summary>
    /// The first payment is awaited, or, of a plan with free days, the payment details with which those begin. Nothing is
    /// delivered yet. Ends by itself after <see cref="SubscriptionDecider.IncompleteHours"/>.
    /// </summary>
    /// <param name="Contract">What was agreed.</param>
    /// <param name="Invoice">The first invoice; null where free days come first and nothing is owed yet.</param>
    /// <param name="Ending">Asked to end; takes effect when the open invoice is settled.</param>
    public sealed record Incomplete(Contract Contract, OpenInvoice? Invoice, EndReason? Ending) : Started(Contract);

    /// <summary>Free for now; the first invoice is raised when the trial is over.</summary>
    /// <param name="Contract">What was agreed.</param>
    /// <param name="Trial">Days that are free.</param>
    /// <param name="Invoice">The first invoice, once the trial is over and until its outcome is known.</param>
    /// <param name="CancelAtPeriodEnd">Ends with the trial.</param>
    /// <param name="Ending">Asked to end at once; takes effect when the open invoice is settled.</param>
    public sealed record Trialing(Contract Contract, BillingPeriod Trial, OpenInvoice? Invoice, bool CancelAtPeriodEnd, EndReason? Ending) : Started(Contract);

    /// <summary>Paid for.</summary>
    /// <param name="Contract">What was agreed.</param>
    /// <param name="Period">What was paid for last; without a day while the very first payment is on its way.</param>
    /// <param name="Invoice">The renewal, once the period is over and until its outcome is known (renewal pending).</param>
    /// <param name="CancelAtPeriodEnd">Ends when the period does.</param>
    /// <param name="Ending">Asked to end at once; takes effect when the open invoice is settled.</param>
    public sealed record Active(Contract Contract, BillingPeriod Period, OpenInvoice? Invoice, bool CancelAtPeriodEnd, EndReason? Ending) : Started(Contract);

    /// <summary>A payment was declined: a dunning case is open.</summary>
    public sealed record PastDue(Contract Contract, OpenInvoice Invoice, DunningCase Case, EndReason? Ending) : Started(Contract)
    {
        /// <summary>The period as it stood when a reversed payment opened the case, to go on with; null where the open invoice is for the next one.</summary>
        public BillingPeriod? Standing { get; init; }
    }

    /// <summary>Put on hold: nothing is delivered, nothing is charged.</summary>
    /// <param name="Contract">What was agreed.</param>
    /// <param name="DaysLeft">Paid days that are still owed to the reader.</param>
    /// <param name="PausedAt">Since when.</param>
    public sealed record Paused(Contract Contract, int DaysLeft, DateTimeOffset PausedAt) : Started(Contract);

    /// <summary>Over. Coming back is a new subscription.</summary>
    public sealed record Ended(Contract Contract, EndReason Reason, DateTimeOffset EndedAt) : Started(Contract);
}

/// <summary>What was agreed, and the counters that make ids derivable.</summary>
/// <param name="Id">The subscription.</param>
/// <param name="ReaderId">Who pays.</param>
/// <param name="PlanVersionId">What was bought, at its dated price.</param>
/// <param name="PaymentMethodId">The stored method it is charged to; null when there is none.</param>
/// <param name="Anchor">The day on which periods begin.</param>
/// <param name="StartedAt">When the contract began.</param>
/// <param name="InvoicesRaised">How many invoices it has raised.</param>
/// <param name="CasesOpened">How many dunning cases it has had.</param>
/// <param name="PayFirst">True when a first payment that is only on its way opens nothing.</param>
public sealed record Contract(
    SubscriptionId Id, ReaderId ReaderId, string PlanVersionId, string? PaymentMethodId, BillingAnchor Anchor,
    DateTimeOffset StartedAt, int InvoicesRaised, int CasesOpened, bool PayFirst = false)
{
    /// <summary>What is disputed of its payments.</summary>
    public ContestedPayments Contested { get; init; } = ContestedPayments.None;

    /// <summary>True while the method in use is one of which a payment was taken back: nothing is charged to it unless its owner is present.</summary>
    public bool MethodSetAside => Contested.SetAside.Any(aside => aside.PaymentMethodId == PaymentMethodId);
}

/// <summary>The one invoice that a subscription may have open.</summary>
/// <param name="Id">The invoice.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Period">What it pays for.</param>
/// <param name="RaisedAt">When it was raised.</param>
public sealed record OpenInvoice(InvoiceId Id, InvoicePurpose Purpose, BillingPeriod Period, DateTimeOffset RaisedAt)
{
    /// <summary>The paid invoice whose money was taken back; null for every other purpose.</summary>
    public InvoiceId? Replaces { get; init; }
}

/// <summary>Why a subscription is over.</summary>
public enum EndReason
{
    /// <summary>Ended for non-payment: involuntary.</summary>
    NonPayment,

    /// <summary>Cancelled: the reader's own wish.</summary>
    Canceled,

    /// <summary>The first payment never came.</summary>
    NeverPaid,

    /// <summary>A payment was taken back for good, and the publisher's setting is to end then.</summary>
    PaymentReversed,

    /// <summary>The bank said that the payer has died: everything stopped, and staff were told.</summary>
    PayerDeceased,
}
