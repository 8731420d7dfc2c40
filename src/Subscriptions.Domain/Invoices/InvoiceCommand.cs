using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Invoices;

/// <summary>What may be asked of an invoice.</summary>
public abstract record InvoiceCommand
{
    /// <summary>Make an amount due.</summary>
    public sealed record RaiseInvoice(
        InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, InvoicePurpose Purpose, BillingPeriod Period, PlanVersion Plan) : InvoiceCommand;

    /// <summary>Ask once more for a payment that was taken back.</summary>
    public sealed record RaiseReplacement(
        InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, BillingPeriod Period, PlanVersion Plan, InvoiceId Replaces, Money Amount) : InvoiceCommand;

    /// <summary>How a dispute stands at the gateway. Never refused.</summary>
    public sealed record RecordDispute(Dispute Dispute) : InvoiceCommand;

    /// <summary>A card network warned of fraud. Never refused.</summary>
    /// <param name="Warning">The warning.</param>
    /// <param name="Refund">True to give the money back before a dispute takes it.</param>
    public sealed record RecordFraudWarning(FraudWarning Warning, bool Refund) : InvoiceCommand;

    /// <summary>The money that it asks for again came back: close it, or give back what was paid on it.</summary>
    public sealed record WithdrawInvoice : InvoiceCommand;

    /// <summary>The gateway holds a PaymentIntent for it.</summary>
    /// <param name="Number">Which in a row.</param>
    /// <param name="GatewayId">The gateway's id.</param>
    /// <param name="Amount">What it asks for; null for what is due.</param>
    /// <param name="Kind">The kind of method that it takes.</param>
    public sealed record RecordPaymentIntentCreated(int Number, string GatewayId, Money? Amount = null, MethodKind Kind = MethodKind.Card) : InvoiceCommand;

    /// <summary>The gateway's PaymentIntent asks for another amount from now on. Never refused.</summary>
    public sealed record RecordPaymentIntentAmount(int Number, Money Amount) : InvoiceCommand;

    /// <summary>The gateway's PaymentIntent takes another kind of method from now on.</summary>
    public sealed record RecordPaymentIntentKind(int Number, MethodKind Kind) : InvoiceCommand;

    /// <summary>Begin a try with the method of this moment.</summary>
    /// <param name="PaymentMethodId">The stored method.</param>
    /// <param name="Trigger">What sets it off.</param>
    /// <param name="Actor">Who.</param>
    /// <param name="ReturnUrl">Set when the reader is present.</param>
    /// <param name="WallNow">Wall time: the life of the key counts from here.</param>
    public sealed record BeginAttempt(
        string PaymentMethodId, AttemptTrigger Trigger, string Actor, string? ReturnUrl, DateTimeOffset WallNow) : InvoiceCommand;

    /// <summary>What the gateway said of a try. Never refused.</summary>
    public sealed record RecordOutcome(int Attempt, AttemptOutcome Outcome) : InvoiceCommand;

    /// <summary>The gateway took money for it of which we have no record. Never refused.</summary>
    /// <param name="PaymentIntentId">The gateway's payment.</param>
    /// <param name="ChargeId">The charge that took it.</param>
    /// <param name="PaymentMethodId">The method, as far as it is known.</param>
    /// <param name="Actor">Who records it.</param>
    /// <param name="TakenAt">When the gateway says that it was taken.</param>
    /// <param name="Amount">How much; null for the whole invoice.</param>
    public sealed record RecordFoundPayment(
        string PaymentIntentId, string? ChargeId, string PaymentMethodId, string Actor, DateTimeOffset TakenAt, Money? Amount = null) : InvoiceCommand;

    /// <summary>Let no further try begin.</summary>
    public sealed record StopCollecting : InvoiceCommand;

    /// <summary>The gateway cancelled a PaymentIntent. Never refused.</summary>
    public sealed record RecordPaymentIntentCanceled(int Number) : InvoiceCommand;

    /// <summary>Close it unpaid, as never owed or as given up.</summary>
    /// <param name="WriteOff">True for given up.</param>
    /// <param name="Reason">Why; null where its subscription ended.</param>
    public sealed record CloseUnpaid(bool WriteOff, AdjustmentReason? Reason = null) : InvoiceCommand;

    /// <summary>Send money back that was paid.</summary>
    /// <param name="Amount">How much.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Actor">Who asks.</param>
    /// <param name="RequestKey">The asker's own key: the same wish is granted once.</param>
    public sealed record RequestRefund(Money Amount, AdjustmentReason Reason, string Actor, string? RequestKey) : InvoiceCommand;

    /// <summary>How a refund stands at the gateway, whoever made it. Never refused.</summary>
    /// <param name="Number">Ours, as the gateway keeps it beside the refund; null for one that was made there by hand.</param>
    /// <param name="GatewayId">The gateway's id.</param>
    /// <param name="PaymentIntentId">The payment that it goes back from.</param>
    /// <param name="Amount">How much.</param>
    /// <param name="State">Never <see cref="RefundState.Requested"/>.</param>
    public sealed record RecordRefund(int? Number, string GatewayId, string PaymentIntentId, Money Amount, RefundState State) : InvoiceCommand;

    /// <summary>The gateway refused to make a refund: it is not asked again. Never refused.</summary>
    public sealed record RecordRefundRefused(int Number, string Code) : InvoiceCommand;

    /// <summary>Say that less was owed.</summary>
    /// <param name="Amount">How much less.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Destination">What becomes of it.</param>
    /// <param name="Actor">Who issues it.</param>
    /// <param name="RequestKey">The issuer's own key: the same wish is granted once.</param>
    public sealed record IssueCreditNote(
        Money Amount, AdjustmentReason Reason, CreditDestination Destination, string Actor, string? RequestKey) : InvoiceCommand;

    /// <summary>Use what stands on the reader's account; right after the invoice was raised.</summary>
    /// <param name="Balance">What stands there; negative for a debt, which is added.</param>
    public sealed record UseCredit(Money Balance) : InvoiceCommand;

    /// <summary>The bank renewed the card behind a token: what was said of the former one no longer counts. Never refused.</summary>
    /// <param name="PaymentMethodId">The token, which stays.</param>
    /// <param name="SameNumber">Only the date of expiry changed, so a refusal for good of that number stands.</param>
    public sealed record SetFormerCardAside(string PaymentMethodId, bool SameNumber) : InvoiceCommand;
}
