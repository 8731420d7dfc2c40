using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>What lowers an invoice: credit notes and credit on account. What is left below the gateway's minimum goes to the next invoice.</summary>
internal static class CreditDecisions
{
    public static Outcome<InvoiceEvent> Issue(Invoice invoice, IssueCreditNote wish, DateTimeOffset now)
    {
        if (wish.RequestKey is { } key && invoice.CreditNotes.FirstOrDefault(n => n.RequestKey == key) is { } known)
        {
            return known.Amount == wish.Amount && known.Destination == wish.Destination ? Outcome<InvoiceEvent>.Accept() : InvoiceRefusals.RequestKeyReused;
        }

        if (Obstacle(invoice, wish) is { } refusal)
        {
            return refusal;
        }

        var note = new CreditNoteIssued(invoice.CreditNotes.Count + 1, wish.Amount, wish.Reason, wish.Destination, wish.Actor, wish.RequestKey, now);
        return wish.Destination switch
        {
            CreditDestination.Account => Outcome<InvoiceEvent>.Accept(note),
            CreditDestination.Refund => Outcome<InvoiceEvent>.Accept(note, RefundDecisions.Requested(
                invoice, wish.Amount, wish.Reason, wish.Actor, wish.RequestKey is { } k ? $"{k}:refund" : null, RefundDecisions.PaymentFor(invoice, wish.Amount)!, now)),
            _ => Outcome<InvoiceEvent>.Accept([note, .. Closing(invoice, invoice.AmountDue - wish.Amount, now)]),
        };
    }

    /// <summary>Uses credit of the account, as far as it goes; a debt on the account is added.</summary>
    public static Outcome<InvoiceEvent> Use(Invoice invoice, UseCredit use, DateTimeOffset now)
    {
        var fresh = invoice is { Status: InvoiceStatus.Open, PaymentIntent: null, Attempts.Count: 0, CreditUsed.Amount: 0, CreditNotes.Count: 0 };
        if (!fresh || use.Balance.Amount == 0 || use.Balance.Currency != invoice.Total.Currency)
        {
            return Outcome<InvoiceEvent>.Accept();
        }

        var used = use.Balance.Amount > invoice.AmountDue.Amount ? invoice.AmountDue : use.Balance;
        return Outcome<InvoiceEvent>.Accept([new CreditTaken(used, now), .. Closing(invoice, invoice.AmountDue - used, now)]);
    }

    /// <summary>True when a credit note of this amount leaves nothing to charge, so that the PaymentIntent has to be cancelled first.</summary>
    public static bool Closes(Invoice invoice, Money amount) =>
        invoice.AmountDue - amount is var left && (left.Amount <= 0 || MinimumCharges.IsTooSmall(left));

    private static IEnumerable<InvoiceEvent> Closing(Invoice invoice, Money left, DateTimeOffset now)
    {
        if (MinimumCharges.IsTooSmall(left))
        {
            yield return new RemainderCarriedOver(left, now);
            left = Money.Zero(left.Currency);
        }

        if (left.Amount == 0)
        {
            yield return new InvoiceCameToNothing(now);
        }
    }

    private static Refusal? Obstacle(Invoice invoice, IssueCreditNote wish) => (invoice, wish.Destination) switch
    {
        _ when wish.Amount.Currency != invoice.Total.Currency => InvoiceRefusals.AnotherCurrency,
        _ when wish.Amount.Amount <= 0 => InvoiceRefusals.AmountNotPositive,
        ({ Status: InvoiceStatus.Open }, not CreditDestination.Invoice) => InvoiceRefusals.NotPaidYet,
        ({ Status: InvoiceStatus.Open, LiveAttempt: not null }, _) => InvoiceRefusals.AttemptLive,
        ({ Status: InvoiceStatus.Open, CollectingStopped: true }, _) => InvoiceRefusals.CollectingHasStopped,
        ({ Status: InvoiceStatus.Open }, _) when wish.Amount.Amount > invoice.AmountDue.Amount => InvoiceRefusals.AboveDue(invoice.AmountDue),
        ({ Status: InvoiceStatus.Open, PaymentIntent: { Canceled: false, GatewayId: not null } }, _) when Closes(invoice, wish.Amount) => InvoiceRefusals.PaymentIntentLive,
        ({ Status: InvoiceStatus.Open }, _) => null,
        (_, CreditDestination.Invoice) => InvoiceRefusals.NotOpen,
        ({ Status: not (InvoiceStatus.Paid or InvoiceStatus.NothingDue) }, _) => InvoiceRefusals.ClosedUnpaid,
        (_, CreditDestination.Refund) => RefundDecisions.Judge(invoice, wish.Amount),
        _ when wish.Amount.Amount > invoice.Creditable().Amount => InvoiceRefusals.AboveCreditable(invoice.Creditable()),
        _ => null,
    };
}
