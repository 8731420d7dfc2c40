using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>
/// Looks at what webhooks knocked about. The event is read again at its source and only names an object; what that
/// object is now decides, so late, repeated and reordered events do nothing.
/// </summary>
public sealed class ProcessDueWebhooks(
    DueWorkStore due, DueWorkRunner runner, IPaymentGateway gateway, PaymentKnock payments, SetupKnock setups, RefundKnock refunds,
    IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : IRecurringJob
{
    private static readonly int[] _backOffMinutes = [1, 5, 15, 60];

    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.ProcessWebhook, ProcessAsync, stopping);

    private async Task ProcessAsync(Claim claim)
    {
        switch (await gateway.RetrieveEventAsync(claim.Id))
        {
            case GatewayAnswer<GatewayEvent>.Answered { Value: var happened }:
                await LookAsync(claim, happened);
                break;
            case GatewayAnswer<GatewayEvent>.Refused refused:
                await DoneAsync(claim, $"The gateway does not know it: {refused.Code}.");
                break;
            default:
                await LaterAsync(claim);
                break;
        }
    }

    private async Task LookAsync(Claim claim, GatewayEvent happened)
    {
        var seen = happened switch
        {
            { PaymentIntentId: { } id } when happened.Type.StartsWith("payment_intent.", StringComparison.Ordinal) => await payments.LookAsync(id),
            { SetupId: { } id } when happened.Type == "checkout.session.completed" => await setups.LookAsync(id, await ReceivedAtAsync(claim.Id)),
            { PaymentIntentId: { } id } when RefundKnock.IsFor(happened.Type) => await refunds.LookAsync(id),
            _ => KnockResult.Nothing,
        };
        switch (seen)
        {
            case { Settled: true }:
                await DoneAsync(claim, seen.Words);
                break;
            default:
                await LaterAsync(claim);
                break;
        }
    }

    private async Task<DateTimeOffset> ReceivedAtAsync(string eventId)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.WebhookEvents.Where(e => e.Id == eventId).Select(e => e.ReceivedAt).SingleAsync();
    }

    private async Task DoneAsync(Claim claim, string result)
    {
        await using var db = await databases.CreateDbContextAsync();
        var at = clock.Now;
        await db.WebhookEvents.Where(e => e.Id == claim.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(e => e.ProcessedAt, at).SetProperty(e => e.Result, result));
        await due.CompleteAsync(claim, null);
    }

    private Task LaterAsync(Claim claim) => due.CompleteAsync(
        claim, clock.Now.AddMinutes(_backOffMinutes[Math.Min(claim.Tries, _backOffMinutes.Length - 1)]), cameToNothing: true);
}

/// <summary>What looking at a knock came to.</summary>
/// <param name="Settled">Nothing more is to be done about it.</param>
/// <param name="Words">For staff.</param>
public sealed record KnockResult(bool Settled, string Words)
{
    /// <summary>An event of no concern.</summary>
    public static KnockResult Nothing { get; } = new(true, "Nothing to do.");

    /// <summary>Somebody else holds it or has the first try, or the gateway does not answer.</summary>
    public static KnockResult Later { get; } = new(false, "");
}

/// <summary>Looks at a PaymentIntent that a webhook knocked about.</summary>
public sealed class PaymentKnock(
    IPaymentGateway gateway, BillingUnits units, CollectInvoice collect, CancelPayment cancel, DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    /// <summary>Settles the live attempt, or records a success that nobody has recorded yet.</summary>
    public async Task<KnockResult> LookAsync(string paymentIntentId)
    {
        await using var db = await databases.CreateDbContextAsync();
        var invoiceId = await db.Invoices.Where(i => i.PaymentIntentId == paymentIntentId).Select(i => (Domain.InvoiceId?)i.Id).SingleOrDefaultAsync()
            ?? await db.PaymentAttempts.Where(a => a.PaymentIntentId == paymentIntentId).Select(a => (Domain.InvoiceId?)a.InvoiceId).FirstOrDefaultAsync();
        if (invoiceId is not { } id)
        {
            return new(true, "Not a payment of ours.");
        }

        await using var unit = await units.ReadAsync(id);
        if (unit!.Invoice!.Attempts.Any(a => a.State == AttemptState.Succeeded && a.PaymentIntentId == paymentIntentId))
        {
            return new(true, "Known already.");
        }

        if (await due.ClaimNowAsync(WorkKind.CollectInvoice, id.Value, clock.Now) is not { } claim)
        {
            return KnockResult.Later;
        }

        try
        {
            return await UnderClaimAsync(claim, id, paymentIntentId);
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    private async Task<KnockResult> UnderClaimAsync(Claim claim, Domain.InvoiceId id, string paymentIntentId)
    {
        var answer = await gateway.RetrieveAsync(paymentIntentId);
        if (answer is not GatewayAnswer<PaymentSnapshot>.Answered { Value: var payment })
        {
            return answer is GatewayAnswer<PaymentSnapshot>.Refused ? new(true, "The gateway does not know the payment.") : KnockResult.Later;
        }

        var changed = await units.ChangeAsync(id, Actors.System, unit =>
        {
            var attempt = unit.Invoice!.Attempts.LastOrDefault(a => a.PaymentIntentId == paymentIntentId);
            if (payment.Status == PaymentStatus.Succeeded && attempt is { State: not AttemptState.Succeeded })
            {
                unit.Must(new Domain.Invoices.InvoiceCommand.RecordOutcome(attempt.Number, new AttemptOutcome.Succeeded(payment.LatestChargeId, payment.Amount)));
            }

            return unit;
        });
        if (payment.Status == PaymentStatus.Succeeded && changed!.Invoice!.Attempts.All(a => a.PaymentIntentId != paymentIntentId))
        {
            await cancel.TellOfStrayMoneyAsync(id, paymentIntentId);
        }

        if (changed!.Invoice!.LiveAttempt is not null)
        {
            await collect.RunAsync(claim, CollectOrder.Scheduled);
        }

        return new(true, $"The payment is {payment.Status}.");
    }
}

/// <summary>Looks at a hosted page that a webhook says was completed.</summary>
public sealed class SetupKnock(
    TakeOverMethod takeOver, IDbContextFactory<SubscriptionsDb> databases, IJobScheduler jobs, TimeProvider wall, BillingClock clock)
{
    /// <summary>Wall seconds for which the reader's own return has the first try, on session.</summary>
    public const int ReturnSeconds = 60;

    /// <summary>Takes the method over if the reader never came back; what is owed is then collected off session.</summary>
    public async Task<KnockResult> LookAsync(string setupId, DateTimeOffset receivedAt)
    {
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.HostedSetups.AsNoTracking().SingleOrDefaultAsync(s => s.Id == setupId);
        if (row is null or { SetupIntentId: not null })
        {
            return new(true, row is null ? "Not a set-up of ours." : "Taken over already.");
        }

        if (await db.Subscriptions.AnyAsync(s => s.Id == row.SubscriptionId && s.Status == nameof(Subscription.Ended)))
        {
            return new(true, "The subscription was over by then.");
        }

        var firstTryHers = row.ReturnBegunAt is { } begun
            ? begun.AddSeconds(ReturnSeconds) > wall.GetUtcNow()
            : receivedAt.AddSeconds(ReturnSeconds) > clock.Now;
        if (firstTryHers)
        {
            return KnockResult.Later;
        }

        switch (await takeOver.ReadAsync(row))
        {
            case GatewayAnswer<HostedSetup>.Answered { Value: { Complete: true, Method: not null } setup }:
                await takeOver.StoreAsync(row.SubscriptionId, row.ReaderId, setup, completedAt: receivedAt);
                await jobs.LookNowAsync<CollectDueInvoices>();
                return new(true, "The method was taken over.");
            case GatewayAnswer<HostedSetup>.Unknown:
                return KnockResult.Later;
            default:
                return new(true, "The set-up was not completed for this subscription.");
        }
    }
}
