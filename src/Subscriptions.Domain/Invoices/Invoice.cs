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

    /// <summary>A payment that was taken back, asked for once more.</summary>
    Reversal,
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
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="SettledAt">When it was paid, voided or given up.</param>
public sealed record Invoice(
    InvoiceId Id, ReaderId ReaderId, SubscriptionId? SubscriptionId, InvoicePurpose Purpose, BillingPeriod Period,
    IReadOnlyList<InvoiceLine> Lines, Money Total, InvoiceStatus Status, PaymentIntentRef? PaymentIntent,
    IReadOnlyList<PaymentAttempt> Attempts, bool CollectingStopped,
    DateTimeOffset RaisedAt, DateTimeOffset? SettledAt)
{
    /// <summary>The attempt whose outcome is not known yet; there is never more than one.</summary>
    public PaymentAttempt? LiveAttempt => Attempts.FirstOrDefault(attempt => attempt.IsLive);

    /// <summary>What was said against its payment.</summary>
    public PaymentContest Contest { get; init; } = PaymentContest.None;

    /// <summary>The paid invoice whose money was taken back and which this one asks for again; null for every other purpose.</summary>
    public InvoiceId? Replaces { get; init; }

    /// <summary>True once it is not owed any more, because the money that it replaces came back.</summary>
    public bool Withdrawn { get; init; }

    /// <summary>What the reader's bank took back for good of what was paid.</summary>
    public Money Reversed => Contest.Disputes.Where(dispute => dispute.Status == DisputeStatus.Lost && dispute.Amount.Currency == Total.Currency)
        .Aggregate(Money.Zero(Total.Currency), (sum, dispute) => sum + dispute.Amount);

    /// <summary>What goes back, goes back soon or could not, numbered from 1.</summary>
    public IReadOnlyList<Refund> Refunds { get; init; } = [];

    /// <summary>Its credit notes, numbered from 1.</summary>
    public IReadOnlyList<CreditNote> CreditNotes { get; init; } = [];

    /// <summary>Credit of the reader's account that it used when it was raised; negative where a debt on the account was added to it.</summary>
    public Money CreditUsed { get; init; } = Money.Zero(Total.Currency);

    /// <summary>What was left below the gateway's minimum and went to the next invoice.</summary>
    public Money CarriedOver { get; init; } = Money.Zero(Total.Currency);

    /// <summary>What is still owed: nothing once it is paid or closed. This, not <see cref="Total"/>, is what is charged.</summary>
    public Money AmountDue => Status == InvoiceStatus.Open ? Total - Lowered - CreditUsed - CarriedOver : Money.Zero(Total.Currency);

    /// <summary>What credit notes took off before anything was paid.</summary>
    public Money Lowered => this.Sum(CreditNotes.Where(note => note.Destination == CreditDestination.Invoice).Select(note => note.Amount));

    /// <summary>What the gateway took for it, refunds not counted.</summary>
    public Money Paid => this.Sum(Attempts.Where(attempt => attempt.State == AttemptState.Succeeded).Select(attempt => attempt.Amount ?? Total));

    /// <summary>What went back to the reader; a refund that failed later is not in it.</summary>
    public Money Refunded => this.Sum(Refunds.Where(refund => refund.IsMade).Select(refund => refund.Amount));

    /// <summary>True while the gateway has to be asked for a refund.</summary>
    public bool HasRefundToMake => Refunds.Any(refund => refund.State == RefundState.Requested);
}

/// <summary>The gateway's PaymentIntent of an invoice, and which one in a row it is.</summary>
/// <param name="Number">From 1; a replacement is made only after the former is cancelled.</param>
/// <param name="GatewayId">Null until the gateway's id is saved; no attempt begins before.</param>
/// <param name="Canceled">True once the gateway said so.</param>
/// <param name="Amount">What it asks for at the gateway; no attempt begins while that is not what is due.</param>
/// <param name="Kind">The kind of method that it takes.</param>
public sealed record PaymentIntentRef(int Number, string? GatewayId, bool Canceled, Money Amount, MethodKind Kind = MethodKind.Card);
