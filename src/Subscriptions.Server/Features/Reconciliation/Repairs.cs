using System.Security.Cryptography;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>What mends a difference. Each goes through the decider, reads the gateway again first, and does nothing the second time.</summary>
public sealed class Repairs(
    IPaymentGateway gateway, BillingUnits units, MakeRefunds refunds, ReadDisputes disputes, DueWorkStore due, BillingClock clock)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    /// <summary>Takes a payment of the gateway's into the record of its invoice. On an invoice that is not owed, it goes back in full.</summary>
    public Task<bool> RecordPaymentAsync(InvoiceId invoice, string paymentIntentId, DateTimeOffset takenAt, string actor) => UnderClaimAsync(invoice, async () =>
    {
        if (await gateway.RetrieveAsync(paymentIntentId) is not GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: PaymentStatus.Succeeded } paid }
            || paid.InvoiceId != invoice.Value)
        {
            return false;
        }

        await units.ChangeAsync(invoice, actor, unit =>
        {
            var method = unit.Subscription is Subscription.Started { Contract.PaymentMethodId: { } id } ? id : "unknown";
            unit.Must(new InvoiceCommand.RecordFoundPayment(paymentIntentId, paid.LatestChargeId, method, actor, takenAt, paid.Amount));
            return unit;
        });
        return true;
    });

    /// <summary>Cancels a PaymentIntent that must not take money any more; false when it cannot be cancelled now, or has taken it.</summary>
    public Task<bool> CancelAsync(InvoiceId invoice, string paymentIntentId) => UnderClaimAsync(invoice, async () =>
    {
        await using (var read = await units.ReadAsync(invoice))
        {
            if (read!.Invoice is { Status: InvoiceStatus.Open, PaymentIntent: { Canceled: false } current } && current.GatewayId == paymentIntentId)
            {
                return false;
            }
        }

        var key = $"cancel:{paymentIntentId}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        if (await gateway.CancelAsync(paymentIntentId, key) is not GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Canceled })
        {
            return false;
        }

        await units.ChangeAsync(invoice, Actors.System, unit =>
        {
            if (unit.Invoice!.PaymentIntent is { Canceled: false } own && own.GatewayId == paymentIntentId)
            {
                unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(own.Number));
            }

            return unit;
        });
        return true;
    });

    /// <summary>Records how every refund of a payment stands at the gateway.</summary>
    public Task<bool> ReadRefundsAsync(InvoiceId invoice) => UnderClaimAsync(invoice, async () =>
    {
        await using var read = await units.ReadAsync(invoice);
        return await refunds.LookAsync(read!.Invoice!) is not null;
    });

    /// <summary>Records how every dispute and fraud warning of a payment stands at the gateway.</summary>
    public Task<bool> ReadDisputesAsync(InvoiceId invoice) => UnderClaimAsync(invoice, async () =>
    {
        await using var read = await units.ReadAsync(invoice);
        return await disputes.RunAsync(read!.Invoice!);
    });

    private async Task<bool> UnderClaimAsync(InvoiceId invoice, Func<Task<bool>> repair)
    {
        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, invoice.Value, () => clock.Now, _patience) is not { } claim)
        {
            return false;
        }

        try
        {
            return await due.HoldAsync(claim, repair);
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }
}
