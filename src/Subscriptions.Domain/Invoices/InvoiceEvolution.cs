using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>Folds events into invoices. Reads no clock; throws where an event cannot follow.</summary>
internal static class InvoiceEvolution
{
    public static Invoice Evolve(Invoice? state, InvoiceEvent happened) => (state, happened) switch
    {
        (null, InvoiceRaised e) => new Invoice(
            e.Id, e.ReaderId, e.SubscriptionId, e.Purpose, e.Period, e.Lines, e.Total, InvoiceStatus.Open, null, [], false, e.At, null)
        {
            Replaces = e.Replaces,
        },
        (null, _) => throw new InvalidOperationException($"{happened.GetType().Name} before the invoice was raised."),
        ({ } i, PaymentIntentCreated e) => i with { PaymentIntent = new(e.Number, e.GatewayId, false, e.Amount, e.Kind) },
        ({ PaymentIntent: { } intent, LiveAttempt: null } i, PaymentIntentAmountChanged e) when intent.Number == e.Number => i with { PaymentIntent = intent with { Amount = e.Amount } },
        ({ PaymentIntent: { } intent } i, PaymentIntentKindChanged e) when intent.Number == e.Number => i with { PaymentIntent = intent with { Kind = e.Kind } },
        ({ LiveAttempt: null, Status: InvoiceStatus.Open, CollectingStopped: false } i, PaymentAttemptStarted e) when e.Attempt.Number == i.Attempts.Count + 1 =>
            i with { Attempts = [.. i.Attempts, e.Attempt] },
        ({ } i, PaymentFound e) when e.Attempt.Number == i.Attempts.Count + 1 => i with
        {
            Attempts = [.. i.Attempts, e.Attempt],
            PaymentIntent = i.PaymentIntent is { Canceled: false } current ? current : new((i.PaymentIntent?.Number ?? 0) + 1, e.Attempt.PaymentIntentId, false, e.Attempt.Amount ?? i.AmountDue),
        },
        ({ } i, PaymentAttemptSucceeded e) => Paid(
            Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.Succeeded, ChargeId = e.ChargeId ?? a.ChargeId, Decline = null, Amount = e.Amount }), e.At),
        ({ } i, PaymentAttemptDeclined e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.Declined, Decline = e.Decline, ChargeId = e.ChargeId }),
        ({ } i, PaymentAttemptNeedsAuthentication e) =>
            Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.NeedsAuthentication, Decline = e.Decline, ChargeId = e.ChargeId }),
        ({ } i, PaymentAttemptNotReceived e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.NotReceived, Note = e.Reason }),
        ({ } i, PaymentAttemptRefusedByGateway e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.RefusedByGateway, Note = e.Reason }),
        ({ } i, PaymentAttemptAbandoned e) => Settle(i, e.Attempt, e.At, a => a with { State = AttemptState.Abandoned }),
        ({ } i, PaymentAttemptAwaitsReader e) => Change(i, e.Attempt, a => a with { State = AttemptState.AwaitingReader, ChallengeUrl = e.ChallengeUrl }),
        ({ } i, PaymentAttemptProcessing e) => Change(i, e.Attempt, a => a with { State = AttemptState.Processing, ResultDueOn = e.ResultDueOn ?? a.ResultDueOn, ChargeId = e.ChargeId ?? a.ChargeId }),
        ({ } i, PaymentAttemptUnknown e) => Change(i, e.Attempt, a => a with { State = AttemptState.Unknown, Note = e.Reason }),
        ({ Status: InvoiceStatus.Open } i, CollectingStopped) => i with { CollectingStopped = true },
        ({ PaymentIntent: { } intent } i, PaymentIntentCanceled e) when intent.Number == e.Number => i with { PaymentIntent = intent with { Canceled = true } },
        ({ Status: InvoiceStatus.Open, LiveAttempt: null } i, InvoiceVoided e) => i with { Status = InvoiceStatus.Void, SettledAt = e.At },
        ({ Status: InvoiceStatus.Open, LiveAttempt: null } i, InvoiceWrittenOff e) => i with { Status = InvoiceStatus.Uncollectible, SettledAt = e.At },
        ({ } i, DisputeOpened e) => i with { Contest = i.Contest with { Disputes = [.. i.Contest.Disputes, e.Dispute] } },
        ({ } i, DisputeUpdated e) => With(i, e.Dispute),
        ({ } i, DisputeWon e) => With(i, e.Dispute),
        ({ } i, DisputeLost e) => With(i, e.Dispute),
        ({ } i, PaymentReversed e) => i with
        {
            Contest = i.Contest with { Reversals = i.Contest.Reversals + 1, ReversedAt = i.Contest.ReversedAt ?? e.At },
        },
        ({ } i, ReversalUndone) => i with { Contest = i.Contest with { ReversedAt = i.Reversed.Amount == 0 ? null : i.Contest.ReversedAt } },
        ({ } i, FraudWarningReceived e) => i with { Contest = i.Contest with { Warnings = [.. i.Contest.Warnings, e.Warning] } },
        ({ } i, InvoiceWithdrawn) => i with { Withdrawn = true, CollectingStopped = i.CollectingStopped || i.Status == InvoiceStatus.Open },
        ({ Status: InvoiceStatus.Open, LiveAttempt: null } i, InvoiceCameToNothing e) when i.AmountDue.Amount == 0 => i with { Status = InvoiceStatus.NothingDue, SettledAt = e.At },
        ({ } i, CreditTaken e) => i with { CreditUsed = i.CreditUsed + e.Amount },
        ({ } i, CreditPutBack e) => i with { CreditUsed = i.CreditUsed - e.Amount },
        ({ } i, RemainderCarriedOver e) => i with { CarriedOver = i.CarriedOver + e.Amount },
        ({ } i, CreditNoteIssued e) when e.Number == i.CreditNotes.Count + 1 =>
            i with { CreditNotes = [.. i.CreditNotes, new(e.Number, e.Amount, e.Reason, e.Destination, e.Actor, e.RequestKey, e.At)] },
        ({ } i, RefundRequested e) when e.Number == i.Refunds.Count + 1 => i with
        {
            Refunds = [.. i.Refunds, new(e.Number, e.Amount, e.Reason, e.Actor, e.RequestKey, e.PaymentIntentId, RefundState.Requested, null, e.At, null)],
        },
        ({ } i, PaymentRefunded e) => Change(i, e.Number, r => r with
        {
            GatewayId = e.GatewayId,
            State = e.Pending ? RefundState.Pending : RefundState.Succeeded,
            SettledAt = e.Pending ? null : e.At,
        }),
        ({ } i, RefundCompleted e) => Change(i, e.Number, r => r with { State = RefundState.Succeeded, SettledAt = e.At }),
        ({ } i, PaymentRefundFailed e) => Change(i, e.Number, r => r with
        {
            GatewayId = e.GatewayId ?? r.GatewayId,
            State = e.Withdrawn ? RefundState.Canceled : RefundState.Failed,
            SettledAt = e.At,
        }),
        ({ } i, FormerCardSetAside e) => i with
        {
            Attempts = [.. i.Attempts.Select(a => IsOfFormerCard(a, e.PaymentMethodId, e.SameNumber) ? a with { FormerCard = true } : a)],
        },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} cannot follow invoice {state!.Id} in {state.Status}."),
    };

    private static Invoice With(Invoice invoice, Dispute changed) => invoice with
    {
        Contest = invoice.Contest with { Disputes = [.. invoice.Contest.Disputes.Select(d => d.GatewayId == changed.GatewayId ? changed : d)] },
    };

    /// <summary>Whether a try is final and was made with the former card; one under way is settled first, whatever it was made with.</summary>
    public static bool IsOfFormerCard(PaymentAttempt attempt, string paymentMethodId, bool sameNumber) =>
        attempt is { IsLive: false, FormerCard: false } && attempt.PaymentMethodId == paymentMethodId && !(sameNumber && attempt.Decline?.Class == DeclineClass.Never);

    // A payment on a closed invoice leaves it closed: the money goes back.
    private static Invoice Paid(Invoice invoice, DateTimeOffset at) =>
        invoice.Status == InvoiceStatus.Open ? invoice with { Status = InvoiceStatus.Paid, SettledAt = at } : invoice;

    private static Invoice Settle(Invoice invoice, int number, DateTimeOffset at, Func<PaymentAttempt, PaymentAttempt> change) =>
        Change(invoice, number, a => change(a) with { SettledAt = at });

    private static Invoice Change(Invoice invoice, int number, Func<Refund, Refund> change) =>
        invoice.Refunds.Any(r => r.Number == number)
            ? invoice with { Refunds = [.. invoice.Refunds.Select(r => r.Number == number ? change(r) : r)] }
            : throw new InvalidOperationException($"{invoice.Id} has no refund {number}.");

    private static Invoice Change(Invoice invoice, int number, Func<PaymentAttempt, PaymentAttempt> change) =>
        invoice.Attempts.Any(a => a.Number == number)
            ? invoice with { Attempts = [.. invoice.Attempts.Select(a => a.Number == number ? change(a) : a)] }
            : throw new InvalidOperationException($"{invoice.Id} has no attempt {number}.");
}
