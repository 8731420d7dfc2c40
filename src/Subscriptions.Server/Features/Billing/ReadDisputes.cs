using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Reads what the gateway holds against the payment of an invoice, and records it with all that follows. The caller holds
/// the invoice's claim, so that nobody records an older reading after a newer one. It may run as often as it likes.
/// </summary>
public sealed class ReadDisputes(IPaymentGateway gateway, BillingUnits units)
{
    /// <summary>True when the gateway answered and all of it is saved.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        List<Dispute> disputes = [];
        List<FraudWarning> warnings = [];
        foreach (var intent in invoice.Attempts.Where(a => a.State == AttemptState.Succeeded).Select(a => a.PaymentIntentId).Distinct())
        {
            if (await gateway.FindDisputesAsync(intent) is not GatewayAnswer<IReadOnlyList<Dispute>>.Answered { Value: var found }
                || await gateway.FindFraudWarningsAsync(intent) is not GatewayAnswer<IReadOnlyList<FraudWarning>>.Answered { Value: var warned })
            {
                await CameToNothingAsync(invoice.Id);
                return false;
            }

            disputes.AddRange(found.Reverse());
            warnings.AddRange(warned.Reverse());
        }

        var changed = await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            var id = unit.Invoice!.Id;
            unit.CollectTries = 0;
            foreach (var dispute in disputes.OrderBy(d => d.IsOpen ? 0 : 1))
            {
                // A reversal goes on with its replacement; what else was said is recorded at the next look.
                if (unit.Invoice.Id == id)
                {
                    unit.Must(new InvoiceCommand.RecordDispute(dispute));
                }
            }

            foreach (var warning in warnings.Where(_ => unit.Invoice.Id == id))
            {
                unit.Must(new InvoiceCommand.RecordFraudWarning(warning, unit.Rules.Disputes.OnFraudWarning == WarnedPayment.Refund));
            }

            if (unit.Invoice.Id == id)
            {
                unit.WithdrawReplacement();
            }

            return new Recorded(unit.Invoice.Id != id);
        });
        if (changed!.GoesOn)
        {
            return await RunAsync(invoice);
        }

        await FollowUpAsync(invoice);
        return true;
    }

    private async Task FollowUpAsync(Invoice invoice)
    {
        // The open invoice is another one; what is held or released is its next date too.
        if (invoice.SubscriptionId is { } subscription)
        {
            await units.ChangeAsync(subscription, Actors.System, open =>
            {
                open.CollectWorked = true;
                return open;
            });
        }
    }

    private Task CameToNothingAsync(InvoiceId id) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.CollectTries++;
        return unit;
    });

    private sealed record Recorded(bool GoesOn);
}
