using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Invoices;

/// <summary>What may be asked of an invoice.</summary>
public abstract record InvoiceCommand
{
    /// <summary>Make an amount due.</summary>
    public sealed record RaiseInvoice(
        InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, InvoicePurpose Purpose, BillingPeriod Period, PlanVersion Plan) : InvoiceCommand;

    /// <summary>The gateway holds a PaymentIntent for it.</summary>
    public sealed record RecordPaymentIntentCreated(int Number, string GatewayId, MethodKind Kind = MethodKind.Card) : InvoiceCommand;

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

    /// <summary>Let no further try begin.</summary>
    public sealed record StopCollecting : InvoiceCommand;

    /// <summary>The gateway cancelled a PaymentIntent. Never refused.</summary>
    public sealed record RecordPaymentIntentCanceled(int Number) : InvoiceCommand;

    /// <summary>Close it unpaid, as never owed or as given up.</summary>
    public sealed record CloseUnpaid(bool WriteOff) : InvoiceCommand;

    /// <summary>The gateway could not send money back that had to go back; people do it another way. Never refused.</summary>
    public sealed record RecordRefundFailed(string GatewayId) : InvoiceCommand;

    /// <summary>The gateway sent money back. Never refused.</summary>
    public sealed record RecordRefund(string GatewayId, Money Amount) : InvoiceCommand;
}
