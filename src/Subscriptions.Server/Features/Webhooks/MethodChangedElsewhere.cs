using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>Takes over what became of stored methods at the gateway without us, and has what is owed collected at once.</summary>
public sealed class MethodChangedElsewhere(
    IPaymentGateway gateway, BillingUnits units, GatewayCustomers customers, ForgetPayer forget, IDbContextFactory<SubscriptionsDb> databases, IJobScheduler jobs)
{
    private static readonly KnockResult _notOurs = new(true, "Not a payment method of ours.");

    /// <summary>Reads a method again and compares it with what is kept of it.</summary>
    public async Task<KnockResult> LookAtMethodAsync(string methodId)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == methodId) is not { } row)
        {
            return _notOurs;
        }

        if (await LivingAsync(db, row.ReaderId) is not { } subscription)
        {
            return new(true, "It pays for nothing that lives.");
        }

        switch (await gateway.RetrieveMethodAsync(methodId))
        {
            case GatewayAnswer<HeldMethod>.Answered { Value: { CustomerId: not null } held }:
                var renewed = await units.ChangeAsync(subscription, Actors.System, unit => new Seen(unit.RenewMethod(held.Method)));
                return await SayAsync(renewed!.News, "The bank renewed the card; what is owed is collected with it.");
            case GatewayAnswer<HeldMethod>.Answered:
            case GatewayAnswer<HeldMethod>.Refused { Code: "resource_missing" }:
                var gone = await units.ChangeAsync(subscription, Actors.System, unit => new Seen(unit.MethodIsGone(methodId)));
                return await SayAsync(gone!.News, "The method was taken away at the gateway.");
            case GatewayAnswer<HeldMethod>.Refused refused:
                return new(true, $"The gateway does not show the method: {refused.Code}.");
            default:
                return KnockResult.Later;
        }
    }

    /// <summary>Reads a payer again: whether it is gone, or names another method as its default.</summary>
    public async Task<KnockResult> LookAtPayerAsync(string customerId, bool defaultChanged)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Readers.AsNoTracking().FirstOrDefaultAsync(r => r.GatewayCustomerId == customerId) is not { } reader)
        {
            return new(true, "Not a payer of ours.");
        }

        switch (await gateway.RetrieveCustomerAsync(customerId))
        {
            case GatewayAnswer<Payer>.Answered { Value.Deleted: true }:
            case GatewayAnswer<Payer>.Refused { Code: "resource_missing" }:
                await forget.RunAsync(reader.Id, customerId);
                return await SayAsync(true, "The payer was deleted at the gateway, and its methods with it.");
            case GatewayAnswer<Payer>.Answered { Value.DefaultMethodId: { } method } when defaultChanged:
                return await DefaultAsync(db, reader.Id, customerId, method);
            case GatewayAnswer<Payer>.Unknown:
                return KnockResult.Later;
            default:
                return KnockResult.Nothing;
        }
    }

    private async Task<KnockResult> DefaultAsync(SubscriptionsDb db, ReaderId reader, string customerId, string methodId)
    {
        if (await LivingAsync(db, reader) is not { } subscription)
        {
            return new(true, "It pays for nothing that lives.");
        }

        switch (await gateway.RetrieveMethodAsync(methodId))
        {
            case GatewayAnswer<HeldMethod>.Answered { Value: var held } when held.CustomerId == customerId:
                await customers.RememberAsync(reader, held.Method);
                var taken = await units.ChangeAsync(subscription, Actors.System, unit => new Asked(unit.TakeOverDefault(methodId)));
                return taken!.Refusal is { } refusal ? new(true, refusal.Reason) : await SayAsync(true, "The new default is charged from now on.");
            case GatewayAnswer<HeldMethod>.Unknown:
                return KnockResult.Later;
            default:
                return new(true, "The default is no card of this payer that can be charged.");
        }
    }

    private static async Task<SubscriptionId?> LivingAsync(SubscriptionsDb db, ReaderId reader) =>
        await db.Subscriptions.Where(s => s.ReaderId == reader && s.LivingSlot != null).Select(s => (SubscriptionId?)s.Id).FirstOrDefaultAsync();

    private async Task<KnockResult> SayAsync(bool news, string words)
    {
        if (!news)
        {
            return new(true, "Known already.");
        }

        await jobs.LookNowAsync<CollectDueInvoices>();
        return new(true, words);
    }

    private sealed record Seen(bool News);

    private sealed record Asked(Refusal? Refusal);
}
