using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
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

        await db.PaymentMethods.Where(m => m.Id == mandate.MethodToken && m.RefusedForGoodAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.RefusedForGoodAt, now));
        await tasks.OpenAsync("mandate-ended", mandate.MethodToken, $"The Direct Debit {mandate.MethodToken} has ended at the bank. Nothing is collected with it any more.");
        await foreach (var id in OwingAsync(db, mandate.MethodToken))
        {
            await units.ChangeAsync(id, Actors.System, unit => StopPresenting(unit, mandate.MethodToken));
        }

        return new(true, "The mandate has ended; a task for staff.");
    }

    private static IAsyncEnumerable<SubscriptionId> OwingAsync(SubscriptionsDb db, string method) => db.Subscriptions.AsNoTracking()
        .Where(s => s.Status == nameof(Subscription.PastDue) && db.PaymentAttempts.Any(a => a.InvoiceId == s.OpenInvoiceId && a.PaymentMethodId == method))
        .Select(s => s.Id).AsAsyncEnumerable();

    // The page tells of a further presentation that will not be made: from now on only the reader helps.
    private static BillingUnit StopPresenting(BillingUnit unit, string method)
    {
        if (unit is { Subscription: Subscription.PastDue { Ending: null } state, Invoice.LiveAttempt: null }
            && state.Contract.PaymentMethodId == method && unit.RetriesAreTold(state))
        {
            unit.Must(unit.NothingToTry(DeclineClass.ReaderMustAct));
        }

        return unit;
    }
}
