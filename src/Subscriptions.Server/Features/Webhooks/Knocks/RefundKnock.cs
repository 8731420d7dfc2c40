using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>Looks at the refunds of a payment that a webhook knocked about: made, failed later, or made at the gateway by hand.</summary>
public sealed class RefundKnock(MakeRefunds refunds, BillingUnits units, DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } = ["refund.created", "refund.updated", "refund.failed", "charge.refunded", "charge.refund.updated"];

    /// <inheritdoc />
    public Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt) =>
        happened.PaymentIntentId is { } id ? LookAsync(id) : Task.FromResult(KnockResult.Nothing);

    // Records how all of them stand.
    private async Task<KnockResult> LookAsync(string paymentIntentId)
    {
        await using var db = await databases.CreateDbContextAsync();
        var found = await db.PaymentAttempts.Where(a => a.PaymentIntentId == paymentIntentId).Select(a => (Domain.InvoiceId?)a.InvoiceId).FirstOrDefaultAsync();
        if (found is not { } id)
        {
            return new(true, "Not a payment of ours.");
        }

        if (await due.ClaimNowAsync(WorkKind.CollectInvoice, id.Value, clock.Now) is not { } claim)
        {
            return KnockResult.Later;
        }

        try
        {
            await using var unit = await units.ReadAsync(id);
            return await due.HoldAsync(claim, () => refunds.LookAsync(unit!.Invoice!)) is { } looked
                ? new(true, $"{looked.Refunded} of {looked.Paid} went back.")
                : KnockResult.Later;
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }
}
