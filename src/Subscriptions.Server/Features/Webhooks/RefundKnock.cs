using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>Looks at the refunds of a payment that a webhook knocked about: made, failed later, or made at the gateway by hand.</summary>
public sealed class RefundKnock(MakeRefunds refunds, BillingUnits units, DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    /// <summary>True for the events that tell of refunds.</summary>
    public static bool IsFor(string type) => type.StartsWith("refund.", StringComparison.Ordinal) || type is "charge.refunded" or "charge.refund.updated";

    /// <summary>Records how all of them stand.</summary>
    public async Task<KnockResult> LookAsync(string paymentIntentId)
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
