using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Invoices;

/// <summary>What happened to an invoice. Ids and codes only, nothing about a person.</summary>
/// <param name="At">When, in billing time.</param>
public abstract record InvoiceEvent(DateTimeOffset At)
{
    /// <summary>An amount became due.</summary>
    public sealed record InvoiceRaised(
        InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, InvoicePurpose Purpose, BillingPeriod Period,
        IReadOnlyList<InvoiceLine> Lines, Money Total, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The gateway holds a PaymentIntent for it.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="GatewayId">The gateway's id.</param>
    /// <param name="At">When.</param>
    /// <param name="Kind">The kind of method that it takes.</param>
    public sealed record PaymentIntentCreated(int Number, string GatewayId, DateTimeOffset At, MethodKind Kind = MethodKind.Card) : InvoiceEvent(At);

    /// <summary>The PaymentIntent takes another kind of method from now on.</summary>
    public sealed record PaymentIntentKindChanged(int Number, MethodKind Kind, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>A try begins; saved before its request leaves.</summary>
    public sealed record PaymentAttemptStarted(PaymentAttempt Attempt, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The money was taken.</summary>
    public sealed record PaymentAttemptSucceeded(int Attempt, string? ChargeId, DateTimeOffset At) : InvoiceEvent(At);

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
    public sealed record PaymentAttemptProcessing(int Attempt, DateTimeOffset At, DateOnly? ResultDueOn = null) : InvoiceEvent(At);

    /// <summary>The gateway did not say what happened.</summary>
    public sealed record PaymentAttemptUnknown(int Attempt, string Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The try never reached the issuer.</summary>
    public sealed record PaymentAttemptNotReceived(int Attempt, string Reason, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The bank's challenge was never answered.</summary>
    public sealed record PaymentAttemptAbandoned(int Attempt, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>No further try may begin: its subscription is to end.</summary>
    public sealed record CollectingStopped(DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>The PaymentIntent can take no money any more.</summary>
    public sealed record PaymentIntentCanceled(int Number, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It was never owed.</summary>
    public sealed record InvoiceVoided(DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>It was owed and is given up.</summary>
    public sealed record InvoiceWrittenOff(DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Money came for a closed invoice; it must go back.</summary>
    public sealed record RefundBecameDue(Money Amount, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Money that had to go back could not: people send it another way.</summary>
    public sealed record PaymentRefundFailed(string GatewayId, DateTimeOffset At) : InvoiceEvent(At);

    /// <summary>Money went back.</summary>
    public sealed record PaymentRefunded(string GatewayId, Money Amount, DateTimeOffset At) : InvoiceEvent(At);
}
