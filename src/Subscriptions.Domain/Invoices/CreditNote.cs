namespace Subscriptions.Domain.Invoices;

/// <summary>What a credit note does with its amount.</summary>
public enum CreditDestination
{
    /// <summary>Lowers what is still owed.</summary>
    Invoice,

    /// <summary>Stands on the reader's account until her next invoice uses it.</summary>
    Account,

    /// <summary>Goes back to her payment method.</summary>
    Refund,
}

/// <summary>A document that says that less was owed than the invoice says.</summary>
/// <param name="Number">From 1 within the invoice; with the invoice's number it is the number that is printed.</param>
/// <param name="Amount">How much less, tax included.</param>
/// <param name="Reason">Why.</param>
/// <param name="Destination">What became of the amount.</param>
/// <param name="Actor">Who issued it.</param>
/// <param name="RequestKey">The issuer's own key: the same wish is granted once.</param>
/// <param name="IssuedAt">When.</param>
public sealed record CreditNote(
    int Number, Money Amount, AdjustmentReason Reason, CreditDestination Destination, string Actor, string? RequestKey, DateTimeOffset IssuedAt);
