using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>Looks at a PaymentIntent that a webhook knocked about.</summary>
public sealed class PaymentIntentKnock(
    IPaymentGateway gateway, BillingUnits units, CollectInvoice collect, CancelPayment cancel, DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } =
    [
        "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing", "payment_intent.requires_action", "payment_intent.canceled",
    ];

    /// <inheritdoc />
    public Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt) =>
        happened.PaymentIntentId is { } id ? LookAsync(id) : Task.FromResult(KnockResult.Nothing);

    // Settles the live attempt, or records a success that nobody has recorded yet.
    private async Task<KnockResult> LookAsync(string paymentIntentId)
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
                unit.Must(new InvoiceCommand.RecordOutcome(attempt.Number, new AttemptOutcome.Succeeded(payment.LatestChargeId, payment.Amount)));
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
