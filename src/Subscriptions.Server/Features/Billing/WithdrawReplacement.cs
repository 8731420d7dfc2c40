using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Shuts a replacement that is not owed any more: its PaymentIntent first, then invoice and payment problem in one
/// transaction. A cancel that finds the money taken records the success, and the money goes back.
/// </summary>
public sealed class WithdrawReplacement(BillingUnits units, CancelPayment cancel)
{
    /// <summary>True when it is shut, or was paid; false when the gateway has to be asked again.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        switch (await cancel.RunAsync(invoice))
        {
            case CancelResult.HadSucceeded:
                return true;
            case CancelResult.Canceled when await cancel.CancelStrayAsync(invoice):
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.CloseWithdrawn();
                    return unit;
                });
                return true;
            default:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.CollectWorked = true;
                    unit.CollectTries++;
                    return unit;
                });
                return false;
        }
    }
}
