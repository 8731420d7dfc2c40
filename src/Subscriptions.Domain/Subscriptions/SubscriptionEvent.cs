using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What happened to a subscription. Ids only: no name, address or free text about a person.</summary>
/// <param name="At">When, in billing time.</param>
public abstract record SubscriptionEvent(DateTimeOffset At)
{
    /// <summary>A contract was agreed; nothing is delivered before its first payment, or before the payment details of its free days.</summary>
    /// <param name="Contract">What was agreed.</param>
    /// <param name="Invoice">The first invoice; null where free days come first.</param>
    /// <param name="At">When.</param>
    public sealed record SubscriptionStarted(Contract Contract, OpenInvoice? Invoice, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The free days of a contract began: there is a payment method to charge after them.</summary>
    public sealed record TrialStarted(Contract Contract, BillingPeriod Trial, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The first payment was taken.</summary>
    public sealed record SubscriptionActivated(InvoiceId InvoiceId, BillingPeriod Period, BillingAnchor Anchor, DateTimeOffset At) : SubscriptionEvent(At)
    {
        /// <summary>True when nothing was taken: credits covered the invoice, or it was voided or written off.</summary>
        public bool WithoutPayment { get; init; }
    }

    /// <summary>The first payment is on its way and takes days: reading begins, and nothing was paid yet.</summary>
    public sealed record FirstPaymentUnderWay(InvoiceId InvoiceId, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A period or trial is over and the next one is invoiced.</summary>
    public sealed record RenewalInvoiceRaised(OpenInvoice Invoice, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A renewal was paid without trouble.</summary>
    public sealed record SubscriptionRenewed(InvoiceId InvoiceId, BillingPeriod Period, BillingAnchor Anchor, DateTimeOffset At) : SubscriptionEvent(At)
    {
        /// <summary>True when nothing was taken: credits covered the invoice, or it was voided or written off.</summary>
        public bool WithoutPayment { get; init; }
    }

    /// <summary>The first payment of a new contract was declined; the reader sees it on the page.</summary>
    public sealed record FirstPaymentDeclined(InvoiceId InvoiceId, int Attempt, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A payment was declined and a dunning case is open.</summary>
    public sealed record DunningCaseOpened(DunningCase Case, InvoiceId InvoiceId, int Attempt, DeclineClass DeclineClass, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A further try was declined; the case runs on this track now.</summary>
    public sealed record DunningRetryDeclined(
        InvoiceId InvoiceId, int Attempt, DeclineClass DeclineClass, DunningTrack Track, DateTimeOffset At, string? Timetable = null, bool MethodUnusable = false,
        DateTimeOffset? AgainAt = null) : SubscriptionEvent(At)
    {
        /// <summary>True when its result took days, for which the reader was told that there is nothing to do.</summary>
        public bool TookDays { get; init; }
    }

    /// <summary>A try that was due was not made, because it would have broken a card network's limit.</summary>
    /// <param name="InvoiceId">The invoice.</param>
    /// <param name="Until">None may be made before.</param>
    /// <param name="At">When.</param>
    public sealed record DunningRetryHeldBack(InvoiceId InvoiceId, DateTimeOffset Until, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The page shows a notice from now on, and its mail is due.</summary>
    /// <param name="CaseNumber">The case.</param>
    /// <param name="Stage">The notice.</param>
    /// <param name="EndsOn">The end that it tells.</param>
    /// <param name="At">When.</param>
    public sealed record DunningStageEntered(int CaseNumber, DunningStage Stage, DateOnly EndsOn, DateTimeOffset At) : SubscriptionEvent(At)
    {
        /// <summary>The day on which it says that access closes, before the end; null where it says none.</summary>
        public DateOnly? ClosesOn { get; init; }
    }

    /// <summary>The mail server took a notice.</summary>
    public sealed record DunningNoticeHandedOver(int CaseNumber, DunningStage Stage, DateOnly EndsOn, DateTimeOffset At) : SubscriptionEvent(At)
    {
        /// <summary>The day on which it says that access closes, before the end; null where it says none.</summary>
        public DateOnly? ClosesOn { get; init; }
    }

    /// <summary>A notice cannot reach the reader by mail; the page's notice counts.</summary>
    public sealed record DunningNoticeUndeliverable(int CaseNumber, DunningStage Stage, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A notice came back after it was handed over: the reader was not told by mail, and the page's notice counts from the same day.</summary>
    public sealed record DunningNoticeBounced(int CaseNumber, DunningStage Stage, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The payment problem stands still for a time: no notice begins, nothing is tried and nobody is ended.</summary>
    public sealed record DunningPaused(int CaseNumber, DunningPause Pause, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A pause is over.</summary>
    /// <param name="CaseNumber">The case.</param>
    /// <param name="Reason">Which pause.</param>
    /// <param name="Held">The days that did not count.</param>
    /// <param name="At">When.</param>
    public sealed record DunningResumed(int CaseNumber, PauseReason Reason, DunningHold Held, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A freeze is over that this case lived through: everything that had not come yet comes later.</summary>
    public sealed record DunningFreezeCounted(int CaseNumber, DunningHold Held, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>An end that had been told moved to a later day.</summary>
    /// <param name="CaseNumber">The case.</param>
    /// <param name="FormerEndsOn">What had been told.</param>
    /// <param name="EndsOn">What is told from now on.</param>
    /// <param name="At">When.</param>
    /// <param name="Reason">Why.</param>
    public sealed record DunningEndMoved(int CaseNumber, DateOnly FormerEndsOn, DateOnly EndsOn, DateTimeOffset At, EndMoveReason Reason = EndMoveReason.Schedule) : SubscriptionEvent(At);

    /// <summary>The day on which access closes, before the end, moved to a later one than had been told.</summary>
    /// <param name="CaseNumber">The case.</param>
    /// <param name="FormerClosesOn">What had been told.</param>
    /// <param name="ClosesOn">What is told from now on.</param>
    /// <param name="At">When.</param>
    public sealed record DunningClosingMoved(int CaseNumber, DateOnly FormerClosesOn, DateOnly ClosesOn, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The owed payment was taken while past due.</summary>
    public sealed record SubscriptionRecovered(InvoiceId InvoiceId, BillingPeriod Period, BillingAnchor Anchor, DateTimeOffset At) : SubscriptionEvent(At)
    {
        /// <summary>True when nothing was taken: credits covered the invoice, or it was voided or written off.</summary>
        public bool WithoutPayment { get; init; }
    }

    /// <summary>Another stored method is charged from now on.</summary>
    public sealed record PaymentMethodChanged(string PaymentMethodId, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The bank renewed the card behind the method that is charged.</summary>
    /// <param name="PaymentMethodId">The token, which stays.</param>
    /// <param name="SameNumber">Only the date of expiry changed.</param>
    /// <param name="At">When.</param>
    public sealed record PaymentMethodRenewed(string PaymentMethodId, bool SameNumber, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The reader is warned by mail that the card behind the method that is charged expires.</summary>
    /// <param name="PaymentMethodId">The token.</param>
    /// <param name="DaysAhead">Days before the card's last day at which the warning was due.</param>
    /// <param name="At">When.</param>
    public sealed record CardExpiryWarned(string PaymentMethodId, int DaysAhead, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The subscription will end with its period.</summary>
    public sealed record CancellationScheduled(DateOnly EndsOn, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The scheduled cancellation was taken back.</summary>
    public sealed record CancellationWithdrawn(DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The subscription is to end; no attempt may begin, and the open PaymentIntent is being cancelled.</summary>
    public sealed record EndRequested(EndReason Reason, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The subscription is over.</summary>
    public sealed record SubscriptionEnded(EndReason Reason, InvoiceId? OpenInvoiceId, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>Money came for something that is over or already paid; it goes back in full.</summary>
    public sealed record LatePaymentReceived(InvoiceId InvoiceId, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A payment is disputed: nothing is charged by itself, and a case stands still.</summary>
    public sealed record ChargesHeld(OpenDispute Dispute, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A dispute is decided.</summary>
    /// <param name="DisputeId">Which.</param>
    /// <param name="DelayDays">Days by which everything in the open case moves.</param>
    /// <param name="At">When.</param>
    public sealed record ChargesReleased(string DisputeId, int DelayDays, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The method in use can be charged no more, without the reader's having done it here.</summary>
    public sealed record PaymentMethodGone(string PaymentMethodId, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The method of a payment that was taken back is not charged by itself again, whatever it is for, until the reader lays one down anew.</summary>
    public sealed record PaymentMethodSetAside(string PaymentMethodId, InvoiceId InvoiceId, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A payment that was taken back is to be asked for again as soon as nothing else is owed.</summary>
    public sealed record ReversalRecorded(OwedReversal Owed, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>It need not be asked for any more: it came back.</summary>
    public sealed record ReversalDropped(InvoiceId Replaces, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>A payment that was taken back is asked for again.</summary>
    /// <param name="Invoice">The replacement.</param>
    /// <param name="Amount">What it asks for.</param>
    /// <param name="At">When.</param>
    public sealed record ReplacementInvoiceRaised(OpenInvoice Invoice, Money Amount, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>The money came back while it was asked for again: the payment problem is over, and the period goes on as it stood.</summary>
    public sealed record ReplacementWithdrawn(InvoiceId InvoiceId, BillingPeriod Period, BillingAnchor Anchor, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>Put on hold.</summary>
    public sealed record SubscriptionPaused(int DaysLeft, DateTimeOffset At) : SubscriptionEvent(At);

    /// <summary>Taken up again; the days that were left are delivered first.</summary>
    public sealed record SubscriptionResumed(BillingPeriod Period, BillingAnchor Anchor, DateTimeOffset At) : SubscriptionEvent(At);
}

/// <summary>Why an end that had been told moved.</summary>
public enum EndMoveReason
{
    /// <summary>The notices, the timetable or the publisher's calendar.</summary>
    Schedule,

    /// <summary>On the day that was told, as many subscriptions end as the publisher allows.</summary>
    DailyCap,
}
