using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What cancelling an invoice's PaymentIntent found.</summary>
public enum CancelResult
{
    /// <summary>It can take no money any more; that is saved.</summary>
    Canceled,

    /// <summary>It had already taken the money; the success is saved.</summary>
    HadSucceeded,

    /// <summary>The gateway did not answer, or the payment is still under way.</summary>
    NotYet,
}

/// <summary>Shuts the PaymentIntent of an invoice, so that nothing can be taken on it any more.</summary>
public sealed class CancelPayment(IPaymentGateway gateway, BillingUnits units)
{
    /// <summary>Cancels and saves what that found.</summary>
    public async Task<CancelResult> RunAsync(Invoice invoice)
    {
        if (invoice.PaymentIntent is not { Canceled: false, GatewayId: { } id } intent)
        {
            return CancelResult.Canceled;
        }

        // A cancel is harmless to repeat, and an old answer under an old key would tell nothing new.
        var key = $"cancel:{invoice.Id.Value}:{intent.Number}:{invoice.Attempts.Count}";
        var answer = await gateway.CancelAsync(id, key);
        if (answer is not GatewayAnswer<PaymentSnapshot>.Answered)
        {
            answer = await gateway.RetrieveAsync(id);
        }

        switch (answer)
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Canceled }:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(intent.Number));
                    return unit;
                });
                return CancelResult.Canceled;
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: PaymentStatus.Succeeded } paid } when invoice.Attempts.Count > 0:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    var attempt = unit.Invoice!.LiveAttempt ?? unit.Invoice.Attempts[^1];
                    unit.Must(new InvoiceCommand.RecordOutcome(attempt.Number, new AttemptOutcome.Succeeded(paid.LatestChargeId)));
                    return unit;
                });
                return CancelResult.HadSucceeded;
            default:
                return CancelResult.NotYet;
        }
    }
}
