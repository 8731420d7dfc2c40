using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>What goes back: asked for within what was paid, once for each key; what the gateway says of it is never refused.</summary>
internal static class RefundDecisions
{
    /// <summary>Why a request gave way to a refund that somebody made at the gateway meanwhile.</summary>
    public const string GaveWay = "made-at-gateway";

    /// <summary>Why a request was called off: the bank took the money itself.</summary>
    public const string TakenBack = "payment-reversed";

    /// <summary>All that is left of each payment goes back.</summary>
    public static IReadOnlyList<InvoiceEvent> RestRequested(Invoice invoice, AdjustmentReason reason, string key, DateTimeOffset now)
    {
        List<InvoiceEvent> events = [];
        var left = invoice.Refundable();
        foreach (var payment in invoice.Attempts.Where(a => a.State == AttemptState.Succeeded).Select(a => a.PaymentIntentId).Reverse().Distinct())
        {
            var part = left with { Amount = Math.Min(left.Amount, invoice.LeftOn(payment).Amount) };
            if (part.Amount > 0)
            {
                events.Add(Requested(invoice, part, reason, "system", $"{key}:{events.Count + 1}", payment, now, events.Count + 1));
                left -= part;
            }
        }

        return events;
    }

    /// <summary>
    /// What was still to go back of a payment and is not there any more, because the bank took this amount: newest first. The
    /// amount of each is the part that the bank took; what it left of money that was never owed is asked for anew.
    /// </summary>
    public static IReadOnlyList<InvoiceEvent> CalledOff(Invoice invoice, string? paymentIntentId, Money taken, DateTimeOffset now)
    {
        List<InvoiceEvent> events = [];
        if (paymentIntentId is null || taken.Currency != invoice.Total.Currency)
        {
            return events;
        }

        var room = invoice.LeftOn(paymentIntentId) - taken;
        foreach (var waiting in invoice.Refunds.Where(r => r.State == RefundState.Requested && r.PaymentIntentId == paymentIntentId).Reverse())
        {
            if (room.Amount >= 0)
            {
                break;
            }

            var rest = room + waiting.Amount;
            var anew = waiting.Reason == AdjustmentReason.LatePayment && rest.Amount > 0;
            events.Add(new PaymentRefundFailed(waiting.Number, null, anew ? waiting.Amount - rest : waiting.Amount, Reverted: false, Withdrawn: true, TakenBack, now));
            room = rest;
            if (anew)
            {
                events.Add(Requested(invoice, rest, waiting.Reason, waiting.Actor, null, waiting.PaymentIntentId, now));
            }
        }

        return events;
    }

    public static Outcome<InvoiceEvent> Request(Invoice invoice, RequestRefund wish, DateTimeOffset now)
    {
        if (wish.RequestKey is { } key && invoice.Refunds.FirstOrDefault(r => r.RequestKey == key) is { } known)
        {
            return known.Amount == wish.Amount ? Outcome<InvoiceEvent>.Accept() : InvoiceRefusals.RequestKeyReused;
        }

        return Judge(invoice, wish.Amount) is { } refusal
            ? refusal
            : Outcome<InvoiceEvent>.Accept(Requested(invoice, wish.Amount, wish.Reason, wish.Actor, wish.RequestKey, PaymentFor(invoice, wish.Amount)!, now));
    }

    /// <summary>Why this amount cannot go back; null when it can.</summary>
    public static Refusal? Judge(Invoice invoice, Money amount) => invoice switch
    {
        _ when amount.Currency != invoice.Total.Currency => InvoiceRefusals.AnotherCurrency,
        _ when amount.Amount <= 0 => InvoiceRefusals.AmountNotPositive,
        { Paid.Amount: 0 } => InvoiceRefusals.NothingPaid,
        _ when Contests.RefundObstacle(invoice) is { } obstacle => obstacle,
        _ when amount.Amount > invoice.Refundable().Amount => InvoiceRefusals.AboveRefundable(invoice.Refundable()),
        _ when PaymentFor(invoice, amount) is null => InvoiceRefusals.AboveOnePayment,
        _ => null,
    };

    public static RefundRequested Requested(
        Invoice invoice, Money amount, AdjustmentReason reason, string actor, string? key, string paymentIntentId, DateTimeOffset now, int offset = 1) =>
        new(invoice.Refunds.Count + offset, amount, reason, actor, key, paymentIntentId, now);

    // The newest payment that has enough left: a late one goes back before the one that paid for something.
    public static string? PaymentFor(Invoice invoice, Money amount) => invoice.Attempts
        .Where(a => a.State == AttemptState.Succeeded).Select(a => a.PaymentIntentId).Reverse().Distinct()
        .FirstOrDefault(id => invoice.LeftOn(id).Amount >= amount.Amount);

    public static Outcome<InvoiceEvent> Record(Invoice invoice, RecordRefund said, DateTimeOffset now)
    {
        var refund = invoice.Refunds.FirstOrDefault(r => r.GatewayId == said.GatewayId)
            ?? invoice.Refunds.FirstOrDefault(r => r.Number == said.Number && r.GatewayId is null && r.Amount == said.Amount);
        var stands = said.State is RefundState.Pending or RefundState.Succeeded;
        return (refund, stands) switch
        {
            (null, true) => MadeByHand(invoice, said, now),
            (null, false) => Outcome<InvoiceEvent>.Accept(),

            // One that was taken for refused and yet was made, because its request came through late, counts all the same.
            ({ GatewayId: null, IsMade: false } r, true) =>
                Outcome<InvoiceEvent>.Accept(new PaymentRefunded(r.Number, said.GatewayId, r.Amount, said.State == RefundState.Pending, now)),
            ({ State: RefundState.Requested } r, false) => Outcome<InvoiceEvent>.Accept(Failed(r, said, "failed-at-gateway", reverted: false, now)),
            ({ IsMade: true } r, false) => Outcome<InvoiceEvent>.Accept(Failed(r, said, "failed-later", reverted: true, now)),
            ({ State: RefundState.Pending } r, true) when said.State == RefundState.Succeeded =>
                Outcome<InvoiceEvent>.Accept(new RefundCompleted(r.Number, r.Amount, now)),
            _ => Outcome<InvoiceEvent>.Accept(),
        };
    }

    public static Outcome<InvoiceEvent> Refused(Invoice invoice, RecordRefundRefused refused, DateTimeOffset now) =>
        invoice.Refunds.FirstOrDefault(r => r.Number == refused.Number) is { State: RefundState.Requested } refund
            ? Outcome<InvoiceEvent>.Accept(new PaymentRefundFailed(refund.Number, null, refund.Amount, Reverted: false, Withdrawn: false, refused.Code, now))
            : Outcome<InvoiceEvent>.Accept();

    // What somebody gave back at the gateway is a fact. A request that has no room left beside it gives way; of a late
    // payment, what is still left goes back.
    private static Outcome<InvoiceEvent> MadeByHand(Invoice invoice, RecordRefund said, DateTimeOffset now)
    {
        var number = invoice.Refunds.Count + 1;
        List<InvoiceEvent> events =
        [
            new RefundRequested(number, said.Amount, AdjustmentReason.MadeAtGateway, "gateway", null, said.PaymentIntentId, now),
            new PaymentRefunded(number, said.GatewayId, said.Amount, said.State == RefundState.Pending, now),
        ];
        var left = invoice.LeftOn(said.PaymentIntentId) - said.Amount;
        foreach (var waiting in invoice.Refunds.Where(r => r.State == RefundState.Requested && r.PaymentIntentId == said.PaymentIntentId).Reverse())
        {
            if (left.Amount >= 0)
            {
                break;
            }

            events.Add(new PaymentRefundFailed(waiting.Number, null, waiting.Amount, Reverted: false, Withdrawn: true, GaveWay, now));
            left += waiting.Amount;
            if (waiting.Reason == AdjustmentReason.LatePayment && left.Amount > 0)
            {
                events.Add(new RefundRequested(++number, left, waiting.Reason, waiting.Actor, null, said.PaymentIntentId, now));
                left = Money.Zero(left.Currency);
            }
        }

        return Outcome<InvoiceEvent>.Accept(events);
    }

    private static PaymentRefundFailed Failed(Refund refund, RecordRefund said, string why, bool reverted, DateTimeOffset now) =>
        new(refund.Number, said.GatewayId, refund.Amount, reverted, said.State == RefundState.Canceled, why, now);
}
