using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// A payer who was deleted at the gateway: her methods went with her, and she is asked for another. A new payer is made when that
/// is laid down; what was prepared for the former one is shut before anything is asked of the new one.
/// </summary>
public sealed class ForgetPayer(GatewayCustomers customers, BillingUnits units, IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>Forgets a payer if the gateway says that it is gone; true when it is.</summary>
    public async Task<bool> IfGoneAsync(ReaderId reader, string customerId)
    {
        if (!await customers.IsGoneAsync(customerId))
        {
            return false;
        }

        await RunAsync(reader, customerId);
        return true;
    }

    /// <summary>Forgets a payer of whom that was read.</summary>
    public async Task RunAsync(ReaderId reader, string customerId)
    {
        await using var db = await databases.CreateDbContextAsync();
        var living = await db.Subscriptions.Where(s => s.ReaderId == reader && s.LivingSlot != null).Select(s => (SubscriptionId?)s.Id).FirstOrDefaultAsync();
        if (living is { } subscription)
        {
            await units.ChangeAsync(subscription, Actors.System, unit =>
            {
                unit.PayerIsGone(customerId);
                return unit;
            });
        }

        await db.Readers.Where(r => r.Id == reader && r.GatewayCustomerId == customerId)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.GatewayCustomerId, (string?)null));
    }
}
