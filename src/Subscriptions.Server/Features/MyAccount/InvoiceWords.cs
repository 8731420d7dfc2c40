using System.Globalization;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Invoices in words, and the tax that an amount contains.</summary>
public static class InvoiceWords
{
    private const int WholeInBasisPoints = 10_000;

    /// <summary>Where an invoice stands, for its reader.</summary>
    public static string State(InvoiceRow row) => row switch
    {
        { Status: InvoiceStatus.Paid, Refunded: > 0 } when row.Refunded < row.Total => "Paid, partly refunded",
        { Status: InvoiceStatus.Paid, Refunded: > 0 } => "Refunded",
        { Status: InvoiceStatus.Paid, Reversed: > 0 } => "Paid, and taken back by your bank",
        { Status: InvoiceStatus.Paid } => "Paid",
        { Status: InvoiceStatus.Open } => "Not paid yet",
        { Status: InvoiceStatus.Void } => "Cancelled: nothing was owed",
        { Status: InvoiceStatus.Uncollectible } => "Not paid; no longer owed",
        _ => "Nothing to pay",
    };

    /// <summary>The tax contained in a line, rounded half away from zero to the minor unit.</summary>
    public static Money TaxIn(InvoiceLine line)
    {
        var tax = line.Amount.Amount * (decimal)line.TaxRateBasisPoints / (WholeInBasisPoints + line.TaxRateBasisPoints);
        return line.Amount with { Amount = (long)Math.Round(tax, MidpointRounding.AwayFromZero) };
    }

    /// <summary>A tax rate such as <c>20%</c> or <c>5.5%</c>.</summary>
    public static string Rate(InvoiceLine line) => (line.TaxRateBasisPoints / 100m).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
