using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What cancelling an invoice's PaymentIntent found.</summary>
public enum CancelResult
{
    /// <summary>It can take no money any more; that is saved.</summary>
    Canceled,

    /// <summary>It had already taken the money; the success is saved.</summary>
    HadSucceeded,

    /// <summary>The gateway did not answer, or the payment is still under way.</summary>
    NotYet,
}

/// <summary>Shuts the PaymentIntent of an invoice, so that nothing can be taken on it any more.</summary>
public sealed class CancelPayment(IPaymentGateway gateway, BillingUnits units, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    /// <summary>
    /// Cancels what the gateway may hold for the invoice beside the known PaymentIntent: one whose creation was never
    /// answered. True when none is left that could take money.
    /// </summary>
    public async Task<bool> CancelStrayAsync(Invoice invoice)
    {
        await using var db = await databases.CreateDbContextAsync();
        var customer = await db.Readers.Where(r => r.Id == invoice.ReaderId).Select(r => r.GatewayCustomerId).SingleAsync();
        if (customer is null)
        {
            return true;
        }

        if (await gateway.FindPaymentIntentsAsync(customer, invoice.Id.Value) is not GatewayAnswer<IReadOnlyList<PaymentSnapshot>>.Answered { Value: var found })
        {
            return false;
        }

        foreach (var taken in found.Where(p => p.Id != invoice.PaymentIntent?.GatewayId && p.Status == PaymentStatus.Succeeded
            && !invoice.Attempts.Any(a => a.PaymentIntentId == p.Id && a.State == AttemptState.Succeeded)))
        {
            await TellOfStrayMoneyAsync(invoice.Id, taken.Id);
        }

        var left = true;
        foreach (var stray in found.Where(p => p.Id != invoice.PaymentIntent?.GatewayId && p.Status is not (PaymentStatus.Canceled or PaymentStatus.Succeeded)))
        {
            left &= await gateway.CancelAsync(stray.Id, $"cancel:{stray.Id}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}")
                is GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Canceled };
        }

        return left;
    }

    /// <summary>Cancels and saves what that found.</summary>
    public async Task<CancelResult> RunAsync(Invoice invoice)
    {
        if (invoice.PaymentIntent is not { Canceled: false, GatewayId: { } id } intent)
        {
            return CancelResult.Canceled;
        }

        // A cancel is harmless to repeat, while an old failure kept under an old key would be answered for a day: each try has its own.
        var key = $"cancel:{invoice.Id.Value}:{intent.Number}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var answer = await gateway.CancelAsync(id, key);
        if (answer is not GatewayAnswer<PaymentSnapshot>.Answered)
        {
            answer = await gateway.RetrieveAsync(id);
        }

        switch (answer)
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: PaymentStatus.Canceled } shut }:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    if (unit.Invoice!.LiveAttempt is { } live && live.PaymentIntentId == id
                        && GatewayPayments.Read(shut, live, answersThisAttempt: false).Outcome is (AttemptOutcome.Declined or AttemptOutcome.NeedsAuthentication) and var judged)
                    {
                        // The bank had judged the try, and its word was lost on the way: that counts, and not that nobody had read it.
                        unit.Must(new InvoiceCommand.RecordOutcome(live.Number, judged));
                    }

                    unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(intent.Number));
                    return unit;
                });
                return CancelResult.Canceled;
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: PaymentStatus.Succeeded } paid } when invoice.Attempts.Count > 0:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    // The try that was made on this PaymentIntent, not on one before it: a refund goes back the way the money came.
                    var held = unit.Invoice!;
                    var attempt = held.LiveAttempt ?? held.Attempts.LastOrDefault(a => a.PaymentIntentId == id);
                    unit.Must(attempt is not null
                        ? new InvoiceCommand.RecordOutcome(attempt.Number, new AttemptOutcome.Succeeded(paid.LatestChargeId, paid.Amount))
                        : new InvoiceCommand.RecordFoundPayment(id, paid.LatestChargeId, held.Attempts[^1].PaymentMethodId, Actors.System, clock.Now, paid.Amount));
                    return unit;
                });
                return CancelResult.HadSucceeded;
            case GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Succeeded }:
                await TellOfStrayMoneyAsync(invoice.Id, id);
                return CancelResult.NotYet;
            default:
                return CancelResult.NotYet;
        }
    }

    /// <summary>Money was taken on a PaymentIntent of ours that we have no try for, as after a restored backup: people have to look.</summary>
    public Task TellOfStrayMoneyAsync(InvoiceId invoice, string paymentIntentId) => units.ChangeAsync(invoice, Actors.System, unit =>
    {
        unit.RaiseTask(
            "payment-without-attempt", paymentIntentId,
            $"The gateway took money on {paymentIntentId} for {invoice}, and there is no record of a try. Compare both, and refund it or enter it by hand.");
        return unit;
    });
}
