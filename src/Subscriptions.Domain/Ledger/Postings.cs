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
        PaymentAttemptSucceeded => [new(before!.Status == InvoiceStatus.Open ? Receivable : ToReturn, Gateway, before.Total.Amount)],
        PaymentRefunded e => [new(Gateway, before!.RefundDue is null ? Refunds : ToReturn, e.Amount.Amount)],
        InvoiceVoided => [.. Invoiced(before!.Lines, -1)],
        InvoiceWrittenOff => [new(Receivable, WrittenOff, before!.Total.Amount)],

        // The money is posted when it comes and when it goes; that it has to go, or could not, moves none.
        RefundBecameDue or PaymentRefundFailed => [],
        PaymentFound or PaymentIntentCreated or PaymentIntentCanceled or CollectingStopped or FormerCardSetAside => [],
        PaymentAttemptStarted or PaymentAttemptDeclined or PaymentAttemptNeedsAuthentication or PaymentAttemptAwaitsReader
            or PaymentAttemptProcessing or PaymentAttemptUnknown or PaymentAttemptNotReceived or PaymentAttemptAbandoned => [],
        _ => throw new InvalidOperationException($"Nobody has decided what {happened.GetType().Name} posts."),
    };

    private static string? GatewayIdOf(InvoiceEvent happened) => happened switch
    {
        PaymentAttemptSucceeded e => e.ChargeId,
        PaymentRefunded e => e.GatewayId,
        _ => null,
    };

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
