using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Sends money back that came for something which is over or was paid already: in full, once.</summary>
public sealed class RefundLatePayment(IPaymentGateway gateway, BillingUnits units)
{
    private const int MostKeys = 10;

    /// <summary>True when the refund is with the gateway and saved.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        var intent = invoice.Attempts.Last(a => a.State == AttemptState.Succeeded).PaymentIntentId;
        var amount = invoice.RefundDue!.Value;
        var answer = await gateway.RefundAsync(intent, amount, $"refund:{invoice.Id.Value}:late");
        for (var again = 2; answer is GatewayAnswer<RefundSnapshot>.Unknown { ExecutionOver: true } && again <= MostKeys; again++)
        {
            // The gateway itself never gives back more than was taken, so another key cannot refund twice.
            answer = await gateway.RefundAsync(intent, amount, $"refund:{invoice.Id.Value}:late:{again}");
        }

        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            switch (answer)
            {
                case GatewayAnswer<RefundSnapshot>.Answered { Value: { Status: not ("failed" or "canceled") } refund }:
                    unit.Must(new InvoiceCommand.RecordRefund(refund.Id, amount));
                    break;
                case GatewayAnswer<RefundSnapshot>.Answered { Value: var failed }:
                    unit.RaiseTask("refund-failed", invoice.Id.Value, $"The refund of {invoice.Id} is {failed.Status} at the gateway ({failed.Id}); the money has to go back another way.");
                    unit.CollectTries++;
                    break;
                case GatewayAnswer<RefundSnapshot>.Refused refused:
                    unit.RaiseTask("refund-refused", invoice.Id.Value, $"The gateway refused to refund {invoice.Id}: {refused.Code}: {refused.Message}");
                    unit.CollectTries++;
                    break;
                default:
                    unit.CollectTries++;
                    break;
            }

            return unit;
        });
        return answer is GatewayAnswer<RefundSnapshot>.Answered;
    }
}
