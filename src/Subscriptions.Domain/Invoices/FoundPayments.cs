using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Invoices;

/// <summary>Takes a payment of the gateway's into the record that we know nothing of: as a try of its own, which took the money.</summary>
internal static class FoundPayments
{
    public static Outcome<InvoiceEvent> Record(Invoice invoice, InvoiceCommand.RecordFoundPayment found, DateTimeOffset now)
    {
        if (invoice.Attempts.LastOrDefault(a => a.PaymentIntentId == found.PaymentIntentId) is { } known)
        {
            return AttemptOutcomes.Record(invoice, new(known.Number, new AttemptOutcome.Succeeded(found.ChargeId, found.Amount)), now);
        }

        var attempt = new PaymentAttempt(
            invoice.Attempts.Count + 1, AttemptState.Unknown, found.PaymentMethodId, AttemptTrigger.Schedule, found.Actor, found.PaymentIntentId,
            false, null, found.TakenAt, found.TakenAt, null, found.ChargeId, null, null, "Found at the gateway; there was no record of it.", null, found.Amount ?? invoice.Total);
        return Outcome<InvoiceEvent>.Accept([new PaymentFound(attempt, now), .. AttemptOutcomes.Taken(invoice, attempt, found.ChargeId, attempt.Amount!.Value, now)]);
    }
}
