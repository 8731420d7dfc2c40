using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>Looks at the disputes and fraud warnings of a payment that a webhook knocked about.</summary>
public sealed class DisputeKnock(ReadDisputes read, BillingUnits units, DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, IJobScheduler jobs, BillingClock clock)
    : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } =
    [
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
        "radar.early_fraud_warning.created", "radar.early_fraud_warning.updated",
    ];

    /// <summary>Records how they stand now; an event that is late, repeated or out of order finds nothing new.</summary>
    public async Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt)
    {
        if (happened.PaymentIntentId is not { } paymentIntentId)
        {
            return new(true, "Not a payment of ours.");
        }

        await using var db = await databases.CreateDbContextAsync();
        var invoice = await db.PaymentAttempts.Where(a => a.PaymentIntentId == paymentIntentId).Select(a => (InvoiceId?)a.InvoiceId).FirstOrDefaultAsync();
        if (invoice is not { } id)
        {
            return new(true, "Not a payment of ours.");
        }

        if (await due.ClaimNowAsync(WorkKind.CollectInvoice, id.Value, clock.Now) is not { } claim)
        {
            return KnockResult.Later;
        }

        try
        {
            return await due.HoldAsync(claim, () => UnderClaimAsync(id, paymentIntentId));
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    private async Task<KnockResult> UnderClaimAsync(InvoiceId id, string paymentIntentId)
    {
        await using var unit = await units.ReadAsync(id);
        if (unit!.Invoice!.Attempts.All(a => a.PaymentIntentId != paymentIntentId || a.State != AttemptState.Succeeded))
        {
            // The word of the payment itself is still on its way; what is disputed is looked at after it.
            return KnockResult.Later;
        }

        if (!await read.RunAsync(unit.Invoice))
        {
            return KnockResult.Later;
        }

        await jobs.LookNowAsync<AdvanceDueSubscriptions>();
        await jobs.LookNowAsync<CollectDueInvoices>();
        return new(true, "Disputes and warnings of the payment were read.");
    }
}
