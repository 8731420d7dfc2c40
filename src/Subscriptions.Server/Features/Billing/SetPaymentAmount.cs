using System.Security.Cryptography;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Makes the PaymentIntent ask for what is due now. Runs before an attempt begins and never while one is live, and no
/// attempt begins before its answer is saved.
/// </summary>
public sealed class SetPaymentAmount(IPaymentGateway gateway, BillingUnits units)
{
    /// <summary>True when the invoice has moved on.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        var intent = invoice.PaymentIntent!;
        var due = invoice.AmountDue;

        // Setting an amount twice is harmless, while an old failure would be kept under an old key for a day: each try has its own.
        var key = $"amount:{invoice.Id.Value}:{intent.Number}:{due.Amount}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        switch (await gateway.UpdateAmountAsync(intent.GatewayId!, due, key))
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: PaymentStatus.Canceled } }:
                await ChangeAsync(invoice, unit => unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(intent.Number)));
                return true;
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: var updated } when updated.Amount == due && updated.Status is not (PaymentStatus.Succeeded or PaymentStatus.Processing):
                await ChangeAsync(invoice, unit => unit.Must(new InvoiceCommand.RecordPaymentIntentAmount(intent.Number, updated.Amount)));
                return true;
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: var other }:
                await CameToNothingAsync(invoice, $"it is {other.Status} there and asks for {other.Amount}.");
                return false;
            case GatewayAnswer<PaymentSnapshot>.Refused refused:
                await CameToNothingAsync(invoice, $"{refused.Code}: {refused.Message}", refused: true);
                return false;
            default:
                await CameToNothingAsync(invoice, null);
                return false;
        }
    }

    private Task ChangeAsync(Invoice invoice, Action<BillingUnit> change) => units.ChangeAsync(invoice.Id, Actors.System, unit =>
    {
        change(unit);
        return unit;
    });

    private Task CameToNothingAsync(Invoice invoice, string? why, bool refused = false) => units.ChangeAsync(invoice.Id, Actors.System, unit =>
    {
        unit.CollectCameToNothing();
        var text = $"The amount of {invoice.PaymentIntent!.GatewayId} for {invoice.Id} could not be changed to {invoice.AmountDue}: {why}";
        if (refused)
        {
            unit.CollectRefused($"{invoice.Id.Value}:amount", text);
        }
        else if (why is not null)
        {
            unit.RaiseTask("gateway-refused", $"{invoice.Id.Value}:amount", text);
        }

        return unit;
    });
}
