using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Invoices;

/// <summary>What happened to an invoice. Ids and codes only, nothing about a person.</summary>
/// <param name="At">When, in billing time.</param>
public abstract record InvoiceEvent(DateTimeOffset At)
{
    /// <summary>An amount became due.</summary>
    public sealed record InvoiceRaised(
        InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, InvoicePurpose Purpose, BillingPeriod Period,
        IReadOnlyList<InvoiceLine> Lines, Money Total, DateTimeOffset At) : InvoiceEvent(At)
    {
        /// <summary>The paid invoice whose money was taken back; null for every other purpose.</summary>
        public InvoiceId? Replaces { get; init; }
    }

    /// <summary>The reader's bank disputes the payment. With the status Open the money has left our balance, with Inquiry it has not.</summary>
    public sealed record DisputeOpened(Dispute Dispute, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A dispute changed. Where it was an inquiry, or won, and is Open now, the money has left our balance with this event.</summary>
    public sealed record DisputeUpdated(Dispute Dispute, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A dispute was decided for us, or came to nothing.</summary>
    /// <param name="Dispute">As it ended.</param>
    /// <param name="Returned">What came back to our balance; zero after a mere inquiry.</param>
    /// <param name="At">When.</param>
    public sealed record DisputeWon(Dispute Dispute, Money Returned, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A dispute was decided against us: what left our balance stays away.</summary>
    public sealed record DisputeLost(Dispute Dispute, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The payment was taken back for good; the invoice stays paid. No money moves with this event, which only says what the loss means.</summary>
    /// <param name="DisputeId">By which dispute.</param>
    /// <param name="Amount">What is gone.</param>
    /// <param name="Owed">What the reader owes again; zero where it was given back before or is asked for already.</param>
    /// <param name="At">When.</param>
    public sealed record PaymentReversed(string DisputeId, Money Amount, Money Owed, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>What had been taken back for good came back after all.</summary>
    public sealed record ReversalUndone(string DisputeId, Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A card network warned that the card's owner calls the payment fraud.</summary>
    public sealed record FraudWarningReceived(FraudWarning Warning, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It is not owed any more; no try may begin, and what is paid on it goes back.</summary>
    public sealed record InvoiceWithdrawn(DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The gateway holds a PaymentIntent for it.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="GatewayId">The gateway's id.</param>
    /// <param name="Amount">What it asks for.</param>
    /// <param name="At">When.</param>
    /// <param name="Kind">The kind of method that it takes.</param>
    public sealed record PaymentIntentCreated(int Number, string GatewayId, Money Amount, DateTimeOffset At, MethodKind Kind = MethodKind.Card) : InvoiceEvent(At);

    /// <summary>The PaymentIntent asks for another amount from now on.</summary>
    public sealed record PaymentIntentAmountChanged(int Number, Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The PaymentIntent takes another kind of method from now on.</summary>
    public sealed record PaymentIntentKindChanged(int Number, MethodKind Kind, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A try begins; saved before its request leaves.</summary>
    public sealed record PaymentAttemptStarted(PaymentAttempt Attempt, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The gateway holds a payment of which we had no record, as after a restored backup; what it came to follows.</summary>
    public sealed record PaymentFound(PaymentAttempt Attempt, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The money was taken.</summary>
    public sealed record PaymentAttemptSucceeded(int Attempt, string? ChargeId, Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The issuer said no.</summary>
    public sealed record PaymentAttemptDeclined(int Attempt, Decline Decline, string? ChargeId, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Refused because the reader was not there to confirm it.</summary>
    public sealed record PaymentAttemptNeedsAuthentication(int Attempt, Decline Decline, string? ChargeId, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The bank asks the reader.</summary>
    public sealed record PaymentAttemptAwaitsReader(int Attempt, string? ChallengeUrl, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The result takes days.</summary>
    /// <param name="Attempt">Which try.</param>
    /// <param name="At">When.</param>
    /// <param name="ResultDueOn">The local date on which it is known at the latest; null when nobody could tell.</param>
    /// <param name="ChargeId">The charge that waits for its result.</param>
    public sealed record PaymentAttemptProcessing(int Attempt, DateTimeOffset At, DateOnly? ResultDueOn = null, string? ChargeId = null) : InvoiceEvent(At);

    /// <summary>The gateway did not say what happened.</summary>
    public sealed record PaymentAttemptUnknown(int Attempt, string Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The try never reached the issuer.</summary>
    public sealed record PaymentAttemptNotReceived(int Attempt, string Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The gateway refused the request itself: nothing was judged, and staff have to look.</summary>
    public sealed record PaymentAttemptRefusedByGateway(int Attempt, string Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The bank's challenge was never answered.</summary>
    public sealed record PaymentAttemptAbandoned(int Attempt, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>No further try may begin: its subscription is to end.</summary>
    public sealed record CollectingStopped(DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The PaymentIntent can take no money any more.</summary>
    public sealed record PaymentIntentCanceled(int Number, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It was never owed.</summary>
    /// <param name="Amount">What was due on it.</param>
    /// <param name="Reason">Why; null where its subscription ended.</param>
    /// <param name="At">When.</param>
    public sealed record InvoiceVoided(Money Amount, AdjustmentReason? Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It was owed and is given up.</summary>
    /// <param name="Amount">What was due on it.</param>
    /// <param name="Reason">Why; null where its subscription ended.</param>
    /// <param name="At">When.</param>
    public sealed record InvoiceWrittenOff(Money Amount, AdjustmentReason? Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Credits covered it: nothing is due, and nothing is charged.</summary>
    public sealed record InvoiceCameToNothing(DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Tries made with what a token stood for before its bank renewed the card say nothing of it any more.</summary>
    public sealed record FormerCardSetAside(string PaymentMethodId, bool SameNumber, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It used credit of the reader's account.</summary>
    /// <param name="Amount">What left the account; negative where a debt on the account was added.</param>
    /// <param name="At">When.</param>
    public sealed record CreditTaken(Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It was never owed, so the credit that it had used is back on the account.</summary>
    public sealed record CreditPutBack(Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>What was left is too small to be charged and is a debt on the account, for the next invoice.</summary>
    public sealed record RemainderCarriedOver(Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Less was owed. Lowers what is due, or adds to the account; with <see cref="CreditDestination.Refund"/> a refund follows that moves the money.</summary>
    public sealed record CreditNoteIssued(
        int Number, Money Amount, AdjustmentReason Reason, CreditDestination Destination, string Actor, string? RequestKey, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Money is to go back; saved before the gateway is asked. No money moves yet.</summary>
    public sealed record RefundRequested(
        int Number, Money Amount, AdjustmentReason Reason, string Actor, string? RequestKey, string PaymentIntentId, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The gateway made the refund: the money went back.</summary>
    /// <param name="Number">Which.</param>
    /// <param name="GatewayId">The gateway's id.</param>
    /// <param name="Amount">How much.</param>
    /// <param name="Pending">True while the gateway has not sent it yet.</param>
    /// <param name="At">When.</param>
    public sealed record PaymentRefunded(int Number, string GatewayId, Money Amount, bool Pending, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A refund that was on its way has arrived. Moves no money of ours.</summary>
    public sealed record RefundCompleted(int Number, Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A refund came to nothing: refused, withdrawn, or sent back by the reader's bank.</summary>
    /// <param name="Number">Which.</param>
    /// <param name="GatewayId">The gateway's id; null where it made none.</param>
    /// <param name="Amount">How much.</param>
    /// <param name="Reverted">True when it had been made: the money is with us again.</param>
    /// <param name="Withdrawn">True when it was called off and did not fail.</param>
    /// <param name="Why">A code.</param>
    /// <param name="At">When.</param>
    public sealed record PaymentRefundFailed(
        int Number, string? GatewayId, Money Amount, bool Reverted, bool Withdrawn, string Why, DateTimeOffset At) : InvoiceEvent(At);
}
