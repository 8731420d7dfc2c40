using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>
/// Records what is said against a payment: never refused, never twice. A dispute runs through its stages in order even
/// where we hear of a later one first, so that each movement of money is recorded once.
/// </summary>
internal static class Contests
{
    public static Outcome<InvoiceEvent> Record(Invoice invoice, Dispute said, DateTimeOffset now)
    {
        var seen = said.IsLoss() ? said with { Status = DisputeStatus.Lost } : said;
        var known = invoice.Contest.Disputes.FirstOrDefault(dispute => dispute.GatewayId == seen.GatewayId);
        if (known is { IsOpen: false } && seen.IsOpen && (known.Status, seen.Status) is not (DisputeStatus.InquiryClosed, DisputeStatus.Open))
        {
            // An old reading of what is decided by now.
            return Outcome<InvoiceEvent>.Accept();
        }

        List<InvoiceEvent> events = [];
        var stands = known?.Status;
        if (known is null)
        {
            stands = seen.Status is DisputeStatus.Inquiry or DisputeStatus.InquiryClosed ? DisputeStatus.Inquiry : DisputeStatus.Open;
            events.Add(new DisputeOpened(seen with { Status = stands.Value }, now));
        }
        else if (stands == seen.Status && known != seen)
        {
            events.Add(new DisputeUpdated(seen, now));
        }

        if (WithdrawsMoney(stands!.Value, seen.Status))
        {
            stands = DisputeStatus.Open;
            events.Add(new DisputeUpdated(seen with { Status = DisputeStatus.Open }, now));
        }

        events.AddRange(Closing(invoice, stands.Value, seen, now));
        return Outcome<InvoiceEvent>.Accept(events);
    }

    public static Outcome<InvoiceEvent> Record(Invoice invoice, FraudWarning warning, bool refund, DateTimeOffset now)
    {
        if (invoice.Contest.Warnings.Any(known => known.GatewayId == warning.GatewayId))
        {
            return Outcome<InvoiceEvent>.Accept();
        }

        var left = invoice.Refundable();
        return refund && warning.Actionable && invoice.Status == InvoiceStatus.Paid && left.Amount > 0 && RefundObstacle(invoice) is null
            ? Outcome<InvoiceEvent>.Accept(
                [new FraudWarningReceived(warning, now), .. RefundDecisions.RestRequested(invoice, AdjustmentReason.FraudWarning, $"warning:{warning.GatewayId}", now)])
            : Outcome<InvoiceEvent>.Accept(new FraudWarningReceived(warning, now));
    }

    /// <summary>Why no money may go back on an invoice now: what the bank takes back must not be given back a second time.</summary>
    public static Refusal? RefundObstacle(Invoice invoice) => invoice.Contest switch
    {
        { IsOpen: true } => InvoiceRefusals.PaymentDisputed,
        { ReversedAt: not null } => InvoiceRefusals.PaymentReversed,
        _ => null,
    };

    /// <summary>No longer owed: shut it unpaid, or give back what was paid on it.</summary>
    public static Outcome<InvoiceEvent> Withdraw(Invoice invoice, DateTimeOffset now) => invoice switch
    {
        { Status: InvoiceStatus.Open, Withdrawn: false } => Outcome<InvoiceEvent>.Accept(new InvoiceWithdrawn(now)),
        { Status: InvoiceStatus.Paid, Withdrawn: false } when invoice.Refundable().Amount > 0 => Outcome<InvoiceEvent>.Accept(
            [new InvoiceWithdrawn(now), .. RefundDecisions.RestRequested(invoice, AdjustmentReason.ReversalUndone, "undone", now)]),
        _ => Outcome<InvoiceEvent>.Accept(),
    };

    private static bool WithdrawsMoney(DisputeStatus stands, DisputeStatus seen) => (stands, seen) switch
    {
        (DisputeStatus.Inquiry or DisputeStatus.InquiryClosed, DisputeStatus.Open or DisputeStatus.Won or DisputeStatus.Lost) => true,
        (DisputeStatus.Won, DisputeStatus.Lost) => true,
        _ => false,
    };

    private static IEnumerable<InvoiceEvent> Closing(Invoice invoice, DisputeStatus stands, Dispute seen, DateTimeOffset now)
    {
        switch (stands, seen.Status)
        {
            case (DisputeStatus.Inquiry, DisputeStatus.InquiryClosed):
                yield return new DisputeWon(seen, Money.Zero(seen.Amount.Currency), now);
                break;
            case (DisputeStatus.Open, DisputeStatus.Won):
                yield return new DisputeWon(seen, seen.Amount, now);
                break;
            case (DisputeStatus.Lost, DisputeStatus.Won):
                yield return new DisputeWon(seen, seen.Amount, now);
                yield return new ReversalUndone(seen.GatewayId, seen.Amount, now);
                break;
            case (DisputeStatus.Open, DisputeStatus.Lost):
                yield return new DisputeLost(seen, now);
                var calledOff = RefundDecisions.CalledOff(invoice, PaymentOf(invoice, seen), seen.Amount, now);
                foreach (var refund in calledOff)
                {
                    yield return refund;
                }

                // Last, because the replacement that it raises takes this invoice's place.
                yield return new PaymentReversed(seen.GatewayId, seen.Amount, OwedAgain(invoice, seen, calledOff), now);
                break;
        }
    }

    private static string? PaymentOf(Invoice invoice, Dispute dispute) =>
        invoice.Attempts.LastOrDefault(a => a.State == AttemptState.Succeeded && a.ChargeId == dispute.ChargeId)?.PaymentIntentId
        ?? invoice.Attempts.LastOrDefault(a => a.State == AttemptState.Succeeded)?.PaymentIntentId;

    // What was given back before is not asked for again; and of one invoice there is one replacement, whatever else is lost on it.
    // Money that was never owed and that the bank took back before we sent it is nothing that she owes.
    private static Money OwedAgain(Invoice invoice, Dispute lost, IReadOnlyList<InvoiceEvent> calledOff)
    {
        var worth = invoice.Paid - invoice.Reversed - invoice.Sum(invoice.Refunds.Where(r => r.Counts).Select(r => r.Amount));
        var never = calledOff.OfType<PaymentRefundFailed>()
            .Where(off => invoice.Refunds.Single(r => r.Number == off.Number).Reason == AdjustmentReason.LatePayment).Sum(off => off.Amount.Amount);
        var owed = invoice is { Status: InvoiceStatus.Paid, Contest.Reversals: 0 } && lost.Amount.Currency == worth.Currency
            ? Math.Min(lost.Amount.Amount - never, worth.Amount)
            : 0;
        return new Money(Math.Max(0, owed), invoice.Total.Currency);
    }
}
