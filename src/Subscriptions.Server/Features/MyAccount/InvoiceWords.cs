using System.Globalization;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Invoices in words, and the tax that an amount contains.</summary>
public static class InvoiceWords
{
    private const int WholeInBasisPoints = 10_000;

    /// <summary>Where an invoice stands, for its reader.</summary>
    public static string State(InvoiceRow row) => row switch
    {
        { Status: InvoiceStatus.Paid, Refunded: > 0 } when row.Refunded < row.ToInvoice().Paid.Amount => "Paid, partly refunded",
        { Status: InvoiceStatus.Paid, Refunded: > 0 } => "Refunded",
        { Status: InvoiceStatus.Paid, Reversed: > 0 } => "Paid, and taken back by your bank",
        { Status: InvoiceStatus.Paid } => "Paid",
        { Status: InvoiceStatus.Open } => "Not paid yet",
        { Status: InvoiceStatus.Void } => "Cancelled: nothing was owed",
        { Status: InvoiceStatus.Uncollectible } => "Not paid; no longer owed",
        _ => "Nothing to pay",
    };

    /// <summary>What stands below the total: what credits took off, what was added, and what was to be paid then.</summary>
    public static IEnumerable<(string Words, string Amount)> Below(InvoiceRow row, Invoice invoice)
    {
        var lowered = invoice.CreditNotes.Where(note => note.Destination == CreditDestination.Invoice).ToArray();
        foreach (var note in lowered)
        {
            yield return ($"Credit note {AdjustmentWords.NumberOf(row, note.Number)}", $"−{note.Amount}");
        }

        if (invoice.CreditUsed.Amount != 0)
        {
            yield return invoice.CreditUsed.Amount > 0
                ? ("Your credit", $"−{invoice.CreditUsed}")
                : ("Left over from before", $"+{invoice.CreditUsed with { Amount = -invoice.CreditUsed.Amount }}");
        }

        if (invoice.CarriedOver.Amount > 0)
        {
            yield return ("Goes to your next invoice", $"−{invoice.CarriedOver}");
        }

        if (lowered.Length > 0 || invoice.CreditUsed.Amount != 0)
        {
            yield return ("To pay", (invoice.Total - invoice.Lowered - invoice.CreditUsed - invoice.CarriedOver).ToString());
        }
    }

    /// <summary>A credit note for its reader.</summary>
    public static string Of(InvoiceRow row, CreditNote note) => $"{AdjustmentWords.NumberOf(row, note.Number)}: {note.Amount} " + note.Destination switch
    {
        CreditDestination.Invoice => "less to pay",
        CreditDestination.Account => "to your credit, which your next invoice uses",
        CreditDestination.Refund => "refunded",
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
