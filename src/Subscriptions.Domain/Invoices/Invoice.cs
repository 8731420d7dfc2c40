using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Invoices;

/// <summary>What an invoice is for.</summary>
public enum InvoicePurpose
{
    /// <summary>The first payment of a contract without free days.</summary>
    First,

    /// <summary>The first payment after a trial.</summary>
    AfterTrial,

    /// <summary>The next period.</summary>
    Renewal,
}

/// <summary>Where an invoice stands.</summary>
public enum InvoiceStatus
{
    /// <summary>Owed.</summary>
    Open,

    /// <summary>The gateway took the money.</summary>
    Paid,

    /// <summary>Never owed.</summary>
    Void,

    /// <summary>Owed and given up.</summary>
    Uncollectible,

    /// <summary>Came to nothing, so nothing was ever charged.</summary>
    NothingDue,
}

/// <summary>One product on an invoice.</summary>
/// <param name="Description">As printed.</param>
/// <param name="Product">The plan version.</param>
/// <param name="Service">The days that it pays for.</param>
/// <param name="Amount">Tax included.</param>
/// <param name="TaxCode">The publisher's tax code.</param>
/// <param name="TaxRateBasisPoints">Hundredths of a percent contained in the amount.</param>
public sealed record InvoiceLine(string Description, string Product, BillingPeriod Service, Money Amount, string TaxCode, int TaxRateBasisPoints);

/// <summary>An amount due, with every try to collect it.</summary>
/// <param name="Id">Derived from what raised it.</param>
/// <param name="ReaderId">Who owes it.</param>
/// <param name="SubscriptionId">What raised it; null for an invoice of its own.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Period">The days it pays for.</param>
/// <param name="Lines">What it is made of.</param>
/// <param name="Total">The sum of its lines.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="PaymentIntent">The one PaymentIntent that may take the money now; null before the first.</param>
/// <param name="Attempts">Every try, numbered from 1.</param>
/// <param name="CollectingStopped">True once an end was requested: no attempt may begin.</param>
/// <param name="Refunded">What went back.</param>
/// <param name="RefundDue">A late or double payment that must go back and has not yet.</param>
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="SettledAt">When it was paid, voided or given up.</param>
public sealed record Invoice(
    InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, InvoicePurpose Purpose, BillingPeriod Period,
    IReadOnlyList<InvoiceLine> Lines, Money Total, InvoiceStatus Status, PaymentIntentRef? PaymentIntent,
    IReadOnlyList<PaymentAttempt> Attempts, bool CollectingStopped, Money Refunded, Money? RefundDue,
    DateTimeOffset RaisedAt, DateTimeOffset? SettledAt)
{
    /// <summary>The attempt whose outcome is not known yet; there is never more than one.</summary>
    public PaymentAttempt? LiveAttempt => Attempts.FirstOrDefault(attempt => attempt.IsLive);

    /// <summary>What the gateway took for it.</summary>
    public Money Paid => Attempts.Any(attempt => attempt.State == AttemptState.Succeeded) ? Total : Money.Zero(Total.Currency);
}

/// <summary>The gateway's PaymentIntent of an invoice, and which one in a row it is.</summary>
/// <param name="Number">From 1; a replacement is made only after the former is cancelled.</param>
/// <param name="GatewayId">Null until the gateway's id is saved; no attempt begins before.</param>
/// <param name="Canceled">True once the gateway said so.</param>
/// <param name="Kind">The kind of method that it takes.</param>
public sealed record PaymentIntentRef(int Number, string? GatewayId, bool Canceled, MethodKind Kind = MethodKind.Card);
