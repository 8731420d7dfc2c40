using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>Takes a payment of the gateway's into the record that we know nothing of: as a try of its own, which took the money.</summary>
internal static class FoundPayments
{
    public static Outcome<InvoiceEvent> Record(Invoice invoice, InvoiceCommand.RecordFoundPayment found, DateTimeOffset now)
    {
        if (invoice.Attempts.LastOrDefault(a => a.PaymentIntentId == found.PaymentIntentId) is { } known)
        {
            return AttemptOutcomes.Record(invoice, new(known.Number, new AttemptOutcome.Succeeded(found.ChargeId)), now);
        }

        var attempt = new PaymentAttempt(
            invoice.Attempts.Count + 1, AttemptState.Unknown, found.PaymentMethodId, AttemptTrigger.Schedule, found.Actor, found.PaymentIntentId,
            false, null, found.TakenAt, found.TakenAt, null, found.ChargeId, null, null, "Found at the gateway; there was no record of it.", null);
        InvoiceEvent[] events = [new PaymentFound(attempt, now), new PaymentAttemptSucceeded(attempt.Number, found.ChargeId, now)];
        return Outcome<InvoiceEvent>.Accept(
            invoice.Status == InvoiceStatus.Open ? events : [.. events, new RefundBecameDue(invoice.Total, now)]);
    }
}
