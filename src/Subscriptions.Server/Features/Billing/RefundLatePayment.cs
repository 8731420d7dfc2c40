using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Sends money back that came for something which is over or was paid already: in full, once. What the gateway holds is read
/// first, so that a refund made by hand is recorded and never made again.
/// </summary>
public sealed class RefundLatePayment(IPaymentGateway gateway, BillingUnits units)
{
    private const int MostKeys = 10;

    /// <summary>True when the money is on its way back, or it is settled that people have to send it, and that is saved.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        if (InvoiceDecider.RefundObstacle(invoice) is not null)
        {
            // The bank may give the same money back: the refund waits until the dispute is decided.
            await CameToNothingAsync(invoice, null);
            return false;
        }

        var intent = invoice.Attempts.Last(a => a.State == AttemptState.Succeeded).PaymentIntentId;
        if (await gateway.FindRefundsAsync(intent) is not GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered { Value: var made })
        {
            await CameToNothingAsync(invoice, null);
            return false;
        }

        var missing = new Money(invoice.RefundDue!.Value.Amount - made.Where(Stands).Sum(refund => refund.Amount.Amount), invoice.Total.Currency);
        if (missing.Amount <= 0)
        {
            await RecordAsync(invoice, made.First(Stands));
            return true;
        }

        if (made.FirstOrDefault(refund => !Stands(refund)) is { } failed)
        {
            await RecordFailureAsync(invoice, failed);
            return true;
        }

        switch (await AskAsync(invoice, intent, missing))
        {
            case GatewayAnswer<RefundSnapshot>.Answered { Value: var refund }:
                await (Stands(refund) ? RecordAsync(invoice, refund) : RecordFailureAsync(invoice, refund));
                return true;
            case GatewayAnswer<RefundSnapshot>.Refused refused:
                await CameToNothingAsync(invoice, $"{refused.Code}: {refused.Message}");
                return false;
            default:
                await CameToNothingAsync(invoice, null);
                return false;
        }
    }

    private static bool Stands(RefundSnapshot refund) => refund.Status is not ("failed" or "canceled");

    private async Task<GatewayAnswer<RefundSnapshot>> AskAsync(Invoice invoice, string intent, Money amount)
    {
        // The amount is part of the key: a part that was given back by hand meanwhile makes it another request.
        var key = $"refund:{invoice.Id.Value}:late:{amount.Amount}";
        var answer = await gateway.RefundAsync(intent, amount, key);
        for (var again = 2; answer is GatewayAnswer<RefundSnapshot>.Unknown { ExecutionOver: true } && again <= MostKeys; again++)
        {
            // The gateway itself never gives back more than was taken, so another key cannot refund twice.
            answer = await gateway.RefundAsync(intent, amount, $"{key}:{again}");
        }

        return answer;
    }

    private Task RecordAsync(Invoice invoice, RefundSnapshot refund) => units.ChangeAsync(invoice.Id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.Must(new InvoiceCommand.RecordRefund(refund.Id, invoice.RefundDue!.Value));
        return unit;
    });

    private Task RecordFailureAsync(Invoice invoice, RefundSnapshot failed) => units.ChangeAsync(invoice.Id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.Must(new InvoiceCommand.RecordRefundFailed(failed.Id));
        unit.RaiseTask("refund-failed", invoice.Id.Value, $"The refund of {invoice.Id} is {failed.Status} at the gateway ({failed.Id}); the money has to go back another way.");
        return unit;
    });

    private Task CameToNothingAsync(Invoice invoice, string? refusal) => units.ChangeAsync(invoice.Id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.CollectTries++;
        if (refusal is not null)
        {
            unit.RaiseTask("refund-refused", invoice.Id.Value, $"The gateway refused to refund {invoice.Id}: {refusal}. A refund made by hand there is recorded by itself.");
        }

        return unit;
    });
}
