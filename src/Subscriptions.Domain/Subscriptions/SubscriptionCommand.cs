using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What may be asked of a subscription.</summary>
public abstract record SubscriptionCommand
{
    /// <summary>Begin a contract; with a trial if the plan has one.</summary>
    /// <param name="Id">The new subscription.</param>
    /// <param name="ReaderId">Who begins it.</param>
    /// <param name="PaymentMethodId">The stored method; null when it is laid down later.</param>
    /// <param name="PayFirst">True when only money opens it, because an earlier first payment that was on its way never arrived.</param>
    public sealed record StartSubscription(SubscriptionId Id, ReaderId ReaderId, string? PaymentMethodId, bool PayFirst = false) : SubscriptionCommand;

    /// <summary>Do what time has made due: renew, move to the next notice, end.</summary>
    /// <param name="AttemptLive">An attempt on the open invoice has no final outcome yet; nothing moves under it.</param>
    public sealed record AdvanceSubscription(bool AttemptLive) : SubscriptionCommand;

    /// <summary>The gateway took the money of an invoice, or nothing is owed on it any more. Never refused.</summary>
    /// <param name="InvoiceId">The invoice.</param>
    /// <param name="WithoutPayment">True when credits covered it, or it was voided or written off: nothing was taken.</param>
    public sealed record RecordInvoicePaid(InvoiceId InvoiceId, bool WithoutPayment = false) : SubscriptionCommand;

    /// <summary>The issuer declined an attempt. Never refused.</summary>
    /// <param name="InvoiceId">The invoice.</param>
    /// <param name="Attempt">Which try; 0 when none could be made.</param>
    /// <param name="DeclineClass">What it means.</param>
    /// <param name="MethodKind">The kind of method that was tried; null when there was none.</param>
    /// <param name="MethodUnusable">True when the method in use may not be tried again, or not without the reader.</param>
    /// <param name="AgainAt">A bank debit that was referred to the payer: no try of it may be made before.</param>
    public sealed record RecordInvoiceDeclined(
        InvoiceId InvoiceId, int Attempt, DeclineClass DeclineClass, string? MethodKind = null, bool MethodUnusable = false, DateTimeOffset? AgainAt = null) : SubscriptionCommand
    {
        /// <summary>True when its result took days, for which the reader was told that there is nothing to do.</summary>
        public bool TookDays { get; init; }
    }

    /// <summary>The payment of an invoice is on its way and its result takes days. Never refused.</summary>
    public sealed record RecordInvoiceUnderWay(InvoiceId InvoiceId) : SubscriptionCommand;

    /// <summary>A try that was due would have broken a card network's limit; none may be made before this moment. Never refused.</summary>
    public sealed record RecordRetryHeldBack(InvoiceId InvoiceId, DateTimeOffset Until) : SubscriptionCommand;

    /// <summary>As many subscriptions as the publisher allows end today: this one ends on a later day. Tells nothing where no end is due.</summary>
    /// <param name="CaseNumber">The case whose end is due.</param>
    /// <param name="EndsOn">The day on which there is a place.</param>
    public sealed record PostponeEnd(int CaseNumber, DateOnly EndsOn) : SubscriptionCommand;
    /// <summary>A bank disputes a payment. Never refused.</summary>
    public sealed record RecordDisputeOpened(string DisputeId, InvoiceId InvoiceId) : SubscriptionCommand;

    /// <summary>A dispute was decided. Never refused.</summary>
    public sealed record RecordDisputeClosed(string DisputeId) : SubscriptionCommand;

    /// <summary>A payment was taken back for good. Never refused.</summary>
    /// <param name="InvoiceId">The paid invoice.</param>
    /// <param name="Period">The days that it paid for.</param>
    /// <param name="Owed">What is owed again; zero where nothing is.</param>
    public sealed record RecordPaymentReversed(InvoiceId InvoiceId, BillingPeriod Period, Money Owed) : SubscriptionCommand
    {
        /// <summary>The method that had paid it; null where that is not known.</summary>
        public string? PaymentMethodId { get; init; }
    }

    /// <summary>What had been taken back came back. Never refused.</summary>
    public sealed record RecordReversalUndone(InvoiceId InvoiceId) : SubscriptionCommand;

    /// <summary>The replacement of a reversed payment can take no money any more and is void. Never refused.</summary>
    public sealed record RecordReplacementWithdrawn(InvoiceId InvoiceId) : SubscriptionCommand;

    /// <summary>The mail server took a notice that told this end.</summary>
    public sealed record RecordNoticeHandedOver(int CaseNumber, DunningStage Stage, DateOnly EndsOn, DateOnly? ClosesOn = null) : SubscriptionCommand;

    /// <summary>A notice cannot be delivered by mail at all.</summary>
    public sealed record RecordNoticeUndeliverable(int CaseNumber, DunningStage Stage) : SubscriptionCommand;

    /// <summary>The mail server took a notice, and the reader's own refused it for good afterwards. Never refused twice.</summary>
    public sealed record RecordNoticeBounced(int CaseNumber, DunningStage Stage) : SubscriptionCommand;

    /// <summary>Let the payment problem stand still until a date; another date for the same reason takes the place of the former.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Author">Who asks: an actor's id.</param>
    /// <param name="Until">The first local date on which the timetable goes on.</param>
    /// <param name="NoteId">The row with the author's words; null without any.</param>
    public sealed record PauseDunning(PauseReason Reason, string Author, DateOnly Until, string? NoteId = null) : SubscriptionCommand;

    /// <summary>Let it go on before that date. The days until today's end have not counted.</summary>
    public sealed record ResumeDunning(PauseReason Reason) : SubscriptionCommand;

    /// <summary>Charge another stored method from now on.</summary>
    public sealed record ChangePaymentMethod(string PaymentMethodId) : SubscriptionCommand;

    /// <summary>The bank renewed the card behind the stored method: the same token, another card. As good as a new method.</summary>
    public sealed record RecordMethodRenewed(string PaymentMethodId, bool SameNumber) : SubscriptionCommand;

    /// <summary>The card that is charged expires soon, and the day of a warning has come: warn the reader, if it will be charged again.</summary>
    /// <param name="PaymentMethodId">The token that stands for the card.</param>
    /// <param name="DaysAhead">Which warning: one of <see cref="CardExpiry.DaysAhead"/>.</param>
    public sealed record WarnOfExpiry(string PaymentMethodId, int DaysAhead) : SubscriptionCommand;

    /// <summary>A stored method can be charged no more: it was taken away at the gateway, or its mandate has ended. Never refused.</summary>
    public sealed record RecordMethodGone(string PaymentMethodId) : SubscriptionCommand;

    /// <summary>End when the paid period does; at once where nothing paid is left.</summary>
    public sealed record CancelSubscription : SubscriptionCommand;

    /// <summary>Take a scheduled cancellation back.</summary>
    public sealed record KeepSubscription : SubscriptionCommand;

    /// <summary>The open PaymentIntent is cancelled (or there was none): carry the requested end out.</summary>
    public sealed record CompleteEnd : SubscriptionCommand;

    /// <summary>Put on hold.</summary>
    public sealed record PauseSubscription : SubscriptionCommand;

    /// <summary>Take up again.</summary>
    public sealed record ResumeSubscription : SubscriptionCommand;
}
