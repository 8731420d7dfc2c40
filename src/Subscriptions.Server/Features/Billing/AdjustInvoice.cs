using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// What staff and the publisher's systems do to an invoice: refund, credit note, void, write-off. What is open is worked
/// on under the invoice's own claim, so nobody charges it meanwhile; its PaymentIntent is cancelled before nothing is owed.
/// </summary>
public sealed class AdjustInvoice(BillingUnits units, CollectInvoice collect, CancelPayment cancel, DueWorkStore due, BillingClock clock, IJobScheduler jobs)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    /// <summary>There is no invoice with that id.</summary>
    public static Refusal NotFound { get; } = new("invoice-not-found", "There is no such invoice.");

    private static Refusal Busy { get; } = new("payment-under-way", "A payment of this invoice is being worked on at this moment. Please try again in a few seconds.");

    private static Refusal NotShut { get; } = new(
        "payment-not-shut", "The payment of this invoice could not be shut at the payment provider yet, so nothing was changed. Please try again in a minute.");

    private static Refusal WasPaid { get; } = new("invoice-was-paid", "The payment had been taken in this very moment. The invoice is paid; refund it instead.");

    /// <summary>Saves the request and asks the gateway; what it does not answer now is asked again by the timetable. Null when the request is saved.</summary>
    public async Task<Refusal?> RefundAsync(InvoiceId id, InvoiceCommand.RequestRefund wish)
    {
        if (await DoAsync(id, wish, wish.Actor) is { } refusal)
        {
            return refusal;
        }

        await MakeRefundsAsync(id);
        return null;
    }

    /// <summary>Issues a credit note. Null when it is issued.</summary>
    public async Task<Refusal?> CreditAsync(InvoiceId id, InvoiceCommand.IssueCreditNote wish)
    {
        await using var read = await units.ReadAsync(id);
        if (read?.Invoice is not { } invoice)
        {
            return NotFound;
        }

        var refusal = invoice.Status == InvoiceStatus.Open
            ? await UnderClaimAsync(id, wish.Actor, wish, held => InvoiceDecider.LeavesNothing(held, wish.Amount))
            : await DoAsync(id, wish, wish.Actor);
        if (refusal is null && wish.Destination == CreditDestination.Refund)
        {
            await MakeRefundsAsync(id);
        }

        return refusal;
    }

    /// <summary>Closes an open invoice without a payment. The subscription goes on as if it were paid: ending one is another act.</summary>
    /// <param name="id">The invoice.</param>
    /// <param name="writeOff">True for owed and given up, false for never owed.</param>
    /// <param name="reason">Why.</param>
    /// <param name="actor">Who.</param>
    public Task<Refusal?> CloseAsync(InvoiceId id, bool writeOff, AdjustmentReason reason, string actor) =>
        UnderClaimAsync(id, actor, new InvoiceCommand.CloseUnpaid(writeOff, reason), _ => true);

    private async Task<Refusal?> UnderClaimAsync(InvoiceId id, string actor, InvoiceCommand wish, Func<Invoice, bool> closes)
    {
        await using (var read = await units.ReadAsync(id))
        {
            if (read is null)
            {
                return NotFound;
            }
        }

        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, id.Value, () => clock.Now, _patience) is not { } claim)
        {
            return Busy;
        }

        try
        {
            return await due.HoldAsync(claim, () => HeldAsync(id, actor, wish, closes));
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
            await jobs.LookNowAsync<CollectDueInvoices>();
        }
    }

    private async Task<Refusal?> HeldAsync(InvoiceId id, string actor, InvoiceCommand wish, Func<Invoice, bool> closes)
    {
        // Read again under the claim: a payment may have come meanwhile.
        await using var held = await units.ReadAsync(id);
        var invoice = held!.Invoice!;
        if (invoice.Status != InvoiceStatus.Open || !closes(invoice))
        {
            return await DoAsync(id, wish, actor);
        }

        if (Obstacle(held, wish) is { } refusal)
        {
            return refusal;
        }

        switch (await cancel.RunAsync(invoice))
        {
            case CancelResult.Canceled when await cancel.CancelStrayAsync(invoice):
                return await DoAsync(id, wish, actor);
            case CancelResult.HadSucceeded:
                return WasPaid;
            default:
                return NotShut;
        }
    }

    // Everything but the PaymentIntent, which is shut only when nothing else stands in the way.
    private Refusal? Obstacle(BillingUnit held, InvoiceCommand wish) => held switch
    {
        { Invoice.LiveAttempt: not null } => InvoiceRefusals.AttemptLive,
        { Invoice.CollectingStopped: true } => InvoiceRefusals.CollectingHasStopped,
        _ when held.Subscription.Ending() is not null => InvoiceRefusals.CollectingHasStopped,
        { Subscription: Subscription.Incomplete } when wish is InvoiceCommand.CloseUnpaid => InvoiceRefusals.NotBegun,
        _ => InvoiceDecider.Decide(Shut(held.Invoice!), wish, clock.Now) is Outcome<InvoiceEvent>.Refused refused ? refused.Refusal : null,
    };

    private static Invoice Shut(Invoice invoice) => invoice with { PaymentIntent = invoice.PaymentIntent is { } intent ? intent with { Canceled = true } : null };

    private async Task<Refusal?> DoAsync(InvoiceId id, InvoiceCommand wish, string actor)
    {
        var asked = await units.ChangeAsync(id, actor, unit => new Asked(unit.Do(wish)));
        return asked is null ? NotFound : asked.Refusal;
    }

    private async Task MakeRefundsAsync(InvoiceId id)
    {
        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, id.Value, () => clock.Now, _patience) is not { } claim)
        {
            await jobs.LookNowAsync<CollectDueInvoices>();
            return;
        }

        try
        {
            await collect.RunAsync(claim, CollectOrder.Scheduled);
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    private sealed record Asked(Refusal? Refusal);
}
