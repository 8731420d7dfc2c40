using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>Folds events into invoices. Reads no clock; throws where an event cannot follow.</summary>
internal static class InvoiceEvolution
{
    public static Invoice Evolve(Invoice? state, InvoiceEvent happened) => (state, happened) switch
    {
        (null, InvoiceRaised e) => new Invoice(
            e.Id, e.ReaderId, e.SubscriptionId, e.Purpose, e.Period, e.Lines, e.Total, InvoiceStatus.Open, null, [], false,
            Money.Zero(e.Total.Currency), null, e.At, null),
        (null, _) => throw new InvalidOperationException($"{happened.GetType().Name} before the invoice was raised."),
        ({ } i, PaymentIntentCreated e) => i with { PaymentIntent = new(e.Number, e.GatewayId, false, e.Kind) },
        ({ PaymentIntent: { } intent } i, PaymentIntentKindChanged e) when intent.Number == e.Number => i with { PaymentIntent = intent with { Kind = e.Kind } },
        ({ LiveAttempt: null, Status: InvoiceStatus.Open, CollectingStopped: false } i, PaymentAttemptStarted e) when e.Attempt.Number == i.Attempts.Count + 1 =>
            i with { Attempts = [.. i.Attempts, e.Attempt] },
        ({ } i, PaymentAttemptSucceeded e) => Paid(
            Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.Succeeded, ChargeId = e.ChargeId ?? a.ChargeId, Decline = null }), e.At),
        ({ } i, PaymentAttemptDeclined e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.Declined, Decline = e.Decline, ChargeId = e.ChargeId }),
        ({ } i, PaymentAttemptNeedsAuthentication e) =>
            Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.NeedsAuthentication, Decline = e.Decline, ChargeId = e.ChargeId }),
        ({ } i, PaymentAttemptNotReceived e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.NotReceived, Note = e.Reason }),
        ({ } i, PaymentAttemptAbandoned e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.Abandoned }),
        ({ } i, PaymentAttemptAwaitsReader e) => Change(i, e.Attempt, a => a with { State = AttemptState.AwaitingReader, ChallengeUrl = e.ChallengeUrl }),
        ({ } i, PaymentAttemptProcessing e) => Change(i, e.Attempt, a => a with { State = AttemptState.Processing, ResultDueOn = e.ResultDueOn ?? a.ResultDueOn }),
        ({ } i, PaymentAttemptUnknown e) => Change(i, e.Attempt, a => a with { State = AttemptState.Unknown, Note = e.Reason }),
        ({ Status: InvoiceStatus.Open } i, CollectingStopped) => i with { CollectingStopped = true },
        ({ PaymentIntent: { } intent } i, PaymentIntentCanceled e) when intent.Number == e.Number => i with { PaymentIntent = intent with { Canceled = true } },
        ({ Status: InvoiceStatus.Open, LiveAttempt: null } i, InvoiceVoided e) => i with { Status = InvoiceStatus.Void, SettledAt = e.At },
        ({ Status: InvoiceStatus.Open, LiveAttempt: null } i, InvoiceWrittenOff e) => i with { Status = InvoiceStatus.Uncollectible, SettledAt = e.At },
        ({ } i, RefundBecameDue e) => i with { RefundDue = e.Amount },
        ({ } i, PaymentRefundFailed) => i with { RefundDue = null },
        ({ } i, PaymentRefunded e) => i with { RefundDue = null, Refunded = i.Refunded + e.Amount },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} cannot follow invoice {state!.Id} in {state.Status}."),
    };

    // A payment on a closed invoice leaves it closed: the money goes back.
    private static Invoice Paid(Invoice invoice, DateTimeOffset at) =>
        invoice.Status == InvoiceStatus.Open ? invoice with { Status = InvoiceStatus.Paid, SettledAt = at } : invoice;

    private static Invoice Settle(Invoice invoice, int number, DateTimeOffset at, Func<PaymentAttempt, PaymentAttempt> change) =>
        Change(invoice, number, a => change(a) with { SettledAt = at });

    private static Invoice Change(Invoice invoice, int number, Func<PaymentAttempt, PaymentAttempt> change) =>
        invoice.Attempts.Any(a => a.Number == number)
            ? invoice with { Attempts = [.. invoice.Attempts.Select(a => a.Number == number ? change(a) : a)] }
            : throw new InvalidOperationException($"{invoice.Id} has no attempt {number}.");
}
