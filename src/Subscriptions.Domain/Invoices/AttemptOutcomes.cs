using static Subscriptions.Domain.Invoices.AttemptOutcome;
using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>Records what the gateway said of a try: never refused, never twice, and money that comes too late is marked to go back.</summary>
internal static class AttemptOutcomes
{
    public static Outcome<InvoiceEvent> Record(Invoice invoice, InvoiceCommand.RecordOutcome record, DateTimeOffset now)
    {
        if (invoice.Attempts.FirstOrDefault(a => a.Number == record.Attempt) is not { } attempt)
        {
            return InvoiceRefusals.NoSuchAttempt;
        }

        return (attempt, record.Outcome) switch
        {
            ({ State: AttemptState.Succeeded }, _) => Outcome<InvoiceEvent>.Accept(),

            // A PaymentIntent takes money once: its success under another number is the same money.
            (_, Succeeded) when invoice.Attempts.Any(a => a.State == AttemptState.Succeeded && a.PaymentIntentId == attempt.PaymentIntentId) =>
                Outcome<InvoiceEvent>.Accept(),
            (_, Succeeded success) => Success(invoice, attempt, success, now),
            ({ IsLive: false }, _) => Outcome<InvoiceEvent>.Accept(),
            (_, Declined o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptDeclined(attempt.Number, o.Decline, o.ChargeId, now)),
            (_, NeedsAuthentication o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptNeedsAuthentication(attempt.Number, o.Decline, o.ChargeId, now)),
            ({ State: AttemptState.AwaitingReader }, AwaitingReader) => Outcome<InvoiceEvent>.Accept(),
            (_, AwaitingReader o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptAwaitsReader(attempt.Number, o.ChallengeUrl, now)),
            ({ State: AttemptState.Processing }, Processing) => Outcome<InvoiceEvent>.Accept(),
            (_, Processing o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptProcessing(attempt.Number, now, o.ResultDueOn, o.ChargeId)),

            // A look that brought no answer takes nothing back of what was known: her bank still asks, the days still run.
            ({ State: AttemptState.Unknown or AttemptState.AwaitingReader or AttemptState.Processing }, Unknown) => Outcome<InvoiceEvent>.Accept(),
            (_, Unknown o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptUnknown(attempt.Number, o.Reason, now)),
            // Her bank's question was open: that it can take no money any more means that it was never answered.
            ({ State: AttemptState.AwaitingReader }, NotReceived) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptAbandoned(attempt.Number, now)),
            (_, NotReceived o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptNotReceived(attempt.Number, o.Reason, now)),
            (_, RefusedByGateway o) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptRefusedByGateway(attempt.Number, o.Reason, now)),
            (_, Abandoned) => Outcome<InvoiceEvent>.Accept(new PaymentAttemptAbandoned(attempt.Number, now)),
            _ => throw new InvalidOperationException($"No rule for {record.Outcome.GetType().Name}."),
        };
    }

    private static Outcome<InvoiceEvent> Success(Invoice invoice, PaymentAttempt attempt, Succeeded success, DateTimeOffset now)
    {
        // A try that was judged before cannot have taken it: the one under way on the same PaymentIntent has.
        var taker = invoice.LiveAttempt is { } live && live.PaymentIntentId == attempt.PaymentIntentId ? live : attempt;
        return Outcome<InvoiceEvent>.Accept(Taken(invoice, taker, success.ChargeId, success.Amount ?? taker.Amount ?? invoice.AmountDue, now));
    }

    /// <summary>A try took this amount.</summary>
    public static IReadOnlyList<InvoiceEvent> Taken(Invoice invoice, PaymentAttempt taker, string? chargeId, Money amount, DateTimeOffset now)
    {
        var taken = new PaymentAttemptSucceeded(taker.Number, chargeId, amount, now);

        if (invoice is { Withdrawn: true, Status: InvoiceStatus.Open })
        {
            // What it asks for came back from the bank before she paid it again.
            return [taken, RefundDecisions.Requested(invoice, amount, AdjustmentReason.ReversalUndone, "system", $"undone:{taker.Number}", taker.PaymentIntentId, now)];
        }

        // Whatever came that was not owed goes back by itself: all of it on a closed invoice, else what is above the due.
        var surplus = amount - invoice.AmountDue;
        return surplus.Amount <= 0
            ? [taken]
            : [taken, RefundDecisions.Requested(invoice, surplus, AdjustmentReason.LatePayment, "system", $"late:{taker.Number}", taker.PaymentIntentId, now)];
    }
}
