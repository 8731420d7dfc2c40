namespace Subscriptions.Domain.Invoices;

/// <summary>Why an amount was given back, credited, voided or given up. A code and never a text: events hold nothing about a person.</summary>
public enum AdjustmentReason
{
    /// <summary>The reader asked for it.</summary>
    AskedByReader,

    /// <summary>What was paid for did not reach the reader as it should.</summary>
    DeliveryProblem,

    /// <summary>It should not have been charged, or not so much.</summary>
    ChargedInError,

    /// <summary>The publisher's own wish.</summary>
    Goodwill,

    /// <summary>The reader cannot pay, or has died.</summary>
    Hardship,

    /// <summary>None of these; the publisher's own files say which.</summary>
    Other,

    /// <summary>By itself: money came for something that was over or paid already.</summary>
    LatePayment,

    /// <summary>Found at the gateway, where somebody made it by hand.</summary>
    MadeAtGateway,

    /// <summary>By itself: a card network warned that the payment is called fraud, and the policy is to refund before a dispute does.</summary>
    FraudWarning,

    /// <summary>By itself: the replacement of a reversed payment was paid, and then the reversed money came back.</summary>
    ReversalUndone,
}

/// <summary>Where one refund stands.</summary>
public enum RefundState
{
    /// <summary>Saved; the gateway is asked or about to be.</summary>
    Requested,

    /// <summary>The gateway has taken it on; the money is on its way.</summary>
    Pending,

    /// <summary>The gateway has sent the money.</summary>
    Succeeded,

    /// <summary>It came back or was refused: nothing was given back.</summary>
    Failed,

    /// <summary>It was withdrawn before any money went: nothing was given back.</summary>
    Canceled,
}

/// <summary>Money of one payment that goes back, whole or in part.</summary>
/// <param name="Number">From 1 within the invoice; part of the idempotency key.</param>
/// <param name="Amount">How much.</param>
/// <param name="Reason">Why.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="RequestKey">The asker's own key: the same wish is granted once.</param>
/// <param name="PaymentIntentId">The payment that it goes back from.</param>
/// <param name="State">Where it stands.</param>
/// <param name="GatewayId">The gateway's id; null until it is known.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="SettledAt">When the gateway sent the money, or it was known that none goes.</param>
public sealed record Refund(
    int Number, Money Amount, AdjustmentReason Reason, string Actor, string? RequestKey, string PaymentIntentId, RefundState State,
    string? GatewayId, DateTimeOffset RequestedAt, DateTimeOffset? SettledAt)
{
    /// <summary>True unless it is known that nothing goes back: what counts against the limit.</summary>
    public bool Counts => State is not (RefundState.Failed or RefundState.Canceled);

    /// <summary>True when the gateway has given the money back or is about to.</summary>
    public bool IsMade => State is RefundState.Pending or RefundState.Succeeded;
}
