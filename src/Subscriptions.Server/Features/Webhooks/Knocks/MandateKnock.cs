using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>A Direct Debit mandate changed. Once it has ended nothing is collected with it any more, and staff are told.</summary>
public sealed class MandateKnock(
    IPaymentGateway gateway, BillingUnits units, StaffTasks tasks, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } = ["mandate.updated"];

    /// <inheritdoc />
    public async Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt) => await gateway.RetrieveMandateAsync(happened.ObjectId) switch
    {
        GatewayAnswer<MandateSnapshot>.Answered { Value: { Ended: true } mandate } => await EndedAsync(mandate),
        GatewayAnswer<MandateSnapshot>.Answered => new(true, "The mandate is in force."),
        GatewayAnswer<MandateSnapshot>.Refused => new(true, "The gateway does not know the mandate."),
        _ => KnockResult.Later,
    };

    private async Task<KnockResult> EndedAsync(MandateSnapshot mandate)
    {
        await using var db = await databases.CreateDbContextAsync();
        var now = clock.Now;
        if (!await db.PaymentMethods.AnyAsync(m => m.Id == mandate.MethodToken))
        {
            return new(true, "Not a method of ours.");
        }

        var living = await LivingAsync(db, mandate.MethodToken);
        foreach (var id in living)
        {
            await units.ChangeAsync(id, Actors.System, unit =>
            {
                unit.MandateHasEnded(mandate.MethodToken);
                return unit;
            });
        }

        await db.PaymentMethods.Where(m => m.Id == mandate.MethodToken && m.RefusedForGoodAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.RefusedForGoodAt, now));
        await tasks.OpenAsync("mandate-ended", mandate.MethodToken, $"The Direct Debit {mandate.MethodToken} has ended at the bank. Nothing is collected with it any more.", living is [var about, ..] ? about : null);
        return new(true, "The mandate has ended; a task for staff.");
    }

    private static Task<List<SubscriptionId>> LivingAsync(SubscriptionsDb db, string method) => db.Subscriptions.AsNoTracking()
        .Where(s => s.LivingSlot != null && db.PaymentMethods.Any(m => m.Id == method && m.ReaderId == s.ReaderId))
        .Select(s => s.Id).ToListAsync();
}
