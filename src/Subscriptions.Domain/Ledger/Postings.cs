using Subscriptions.Domain.Invoices;
using static Subscriptions.Domain.Invoices.InvoiceEvent;
using static Subscriptions.Domain.Ledger.LedgerAccount;

namespace Subscriptions.Domain.Ledger;

/// <summary>
/// What each event books. Total: an event without a decision here throws, and a test holds every event against it, so that a
/// new one cannot forget its postings.
/// </summary>
public static class Postings
{
    private const int WholeBasisPoints = 10_000;

    /// <summary>The set of an event; null when it moves no money.</summary>
    /// <param name="happened">What happened.</param>
    /// <param name="before">The invoice before it; null when it was not raised yet.</param>
    /// <param name="version">The event's number within the invoice's events, from 1: part of the set's id.</param>
    public static LedgerSet? For(InvoiceEvent happened, Invoice? before, int version)
    {
        var id = (happened as InvoiceRaised)?.Id ?? before!.Id;
        var moves = Moves(happened, before);
        return moves.All(move => move.Amount == 0) ? null : new LedgerSet(
            $"{id.Value}#{version}", happened.GetType().Name, (happened as InvoiceRaised)?.Total.Currency ?? before!.Total.Currency, happened.At,
            [.. moves.Where(move => move.Amount != 0)])
        {
            InvoiceId = id,
            ReaderId = (happened as InvoiceRaised)?.ReaderId ?? before!.ReaderId,
            GatewayId = GatewayIdOf(happened),
        };
    }

    /// <summary>The tax contained in an amount, rounded half up to whole minor units.</summary>
    public static long TaxIn(Money amount, int rateBasisPoints)
    {
        var whole = WholeBasisPoints + rateBasisPoints;
        return checked((2 * amount.Amount * rateBasisPoints) + whole) / (2 * whole);
    }

    private static IReadOnlyList<Move> Moves(InvoiceEvent happened, Invoice? before) => happened switch
    {
        InvoiceRaised e => [.. Invoiced(e.Lines, 1)],
        PaymentAttemptSucceeded e => [.. Taken(before!, e.Amount.Amount)],
        PaymentRefunded e => [.. GivenBack(before!, e.Number, e.Amount.Amount)],
        PaymentRefundFailed { Reverted: true } e => [.. GivenBack(before!, e.Number, -e.Amount.Amount)],
        CreditNoteIssued { Destination: CreditDestination.Invoice } e => [.. Lowered(before!, e.Amount.Amount, -1)],
        CreditNoteIssued { Destination: CreditDestination.Account } e => [new(CreditOnAccount, Refunds, e.Amount.Amount)],
        CreditTaken e => [new(Receivable, CreditOnAccount, e.Amount.Amount)],
        CreditPutBack e => [new(CreditOnAccount, Receivable, e.Amount.Amount)],
        RemainderCarriedOver e => [new(Receivable, CreditOnAccount, e.Amount.Amount)],

        // What a bank takes is posted with the gateway's own booking; a late payment that it took went back that way.
        PaymentRefundFailed { Withdrawn: true, Why: RefundDecisions.TakenBack } e when before!.Refunds.Any(r => r.Number == e.Number && r.Reason == AdjustmentReason.LatePayment) =>
            [new(LedgerAccount.Disputes, ToReturn, e.Amount.Amount)],
        DisputeOpened or DisputeUpdated or DisputeWon or DisputeLost or PaymentReversed or ReversalUndone or FraudWarningReceived or InvoiceWithdrawn => [],

        // What credit notes took off is no income any more already.
        InvoiceVoided => [.. Invoiced(before!.Lines, -1), .. before.CreditNotes.Where(n => n.Destination == CreditDestination.Invoice).SelectMany(n => Lowered(before, n.Amount.Amount, 1))],
        InvoiceWrittenOff e => [new(Receivable, WrittenOff, e.Amount.Amount)],

        // The money is posted when it comes and when it goes; that it has to go, or could not, moves none. A credit note that is
        // refunded is posted with its refund.
        RefundRequested or RefundCompleted or PaymentRefundFailed or CreditNoteIssued or InvoiceCameToNothing or PaymentIntentAmountChanged or PaymentIntentKindChanged => [],
        PaymentFound or PaymentIntentCreated or PaymentIntentCanceled or CollectingStopped or FormerCardSetAside => [],
        PaymentAttemptStarted or PaymentAttemptDeclined or PaymentAttemptNeedsAuthentication or PaymentAttemptAwaitsReader
            or PaymentAttemptProcessing or PaymentAttemptUnknown or PaymentAttemptNotReceived or PaymentAttemptRefusedByGateway or PaymentAttemptAbandoned => [],
        _ => throw new InvalidOperationException($"Nobody has decided what {happened.GetType().Name} posts."),
    };

    private static string? GatewayIdOf(InvoiceEvent happened) => happened switch
    {
        PaymentAttemptSucceeded e => e.ChargeId,
        PaymentRefunded e => e.GatewayId,
        _ => null,
    };

    /// <summary>The set of credit that was given out of goodwill.</summary>
    public static LedgerSet For(Credits.CreditEvent.CreditGranted granted, ReaderId reader, int version) => new(
        $"{Credits.CreditAccount.StreamOf(reader, granted.Amount.Currency)}#{version}", nameof(Credits.CreditEvent.CreditGranted), granted.Amount.Currency, granted.At,
        [new(CreditOnAccount, Refunds, granted.Amount.Amount)])
    {
        ReaderId = reader,
    };

    private static IEnumerable<Move> Taken(Invoice before, long amount)
    {
        var owed = Math.Min(amount, before.AmountDue.Amount);
        yield return new(Receivable, Gateway, owed);
        yield return new(ToReturn, Gateway, amount - owed);
    }

    // What came for nothing owed was never income. A refund made by hand in the place of such a one is the same money.
    private static IEnumerable<Move> GivenBack(Invoice before, int number, long amount)
    {
        var refund = before.Refunds.FirstOrDefault(r => r.Number == number);
        var late = refund switch
        {
            { Reason: AdjustmentReason.LatePayment } => amount,
            { Reason: AdjustmentReason.MadeAtGateway } r when before.Refunds.Any(w => w.State == RefundState.Requested && w.Reason == AdjustmentReason.LatePayment && w.PaymentIntentId == r.PaymentIntentId) =>
                Math.Clamp(-before.LeftOn(r.PaymentIntentId).Amount, 0, Math.Max(amount, 0)),
            _ => 0,
        };
        yield return new(Gateway, ToReturn, late);
        yield return new(Gateway, Refunds, amount - late);
    }

    // A part of the total takes the same part of the first line's tax: a credit note says how much, not of what.
    private static IEnumerable<Move> Lowered(Invoice before, long amount, int sign)
    {
        var tax = TaxIn(new(amount, before.Total.Currency), before.Lines[0].TaxRateBasisPoints);
        yield return new(Income, Receivable, sign * (amount - tax));
        yield return new(TaxPayable, Receivable, sign * tax);
    }

    private static IEnumerable<Move> Invoiced(IReadOnlyList<InvoiceLine> lines, int sign)
    {
        foreach (var line in lines)
        {
            var tax = TaxIn(line.Amount, line.TaxRateBasisPoints);
            yield return new(Income, Receivable, sign * (line.Amount.Amount - tax));
            yield return new(TaxPayable, Receivable, sign * tax);
        }
    }
}
