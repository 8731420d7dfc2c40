using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>Money that went back, payouts, and what must be closed once a subscription has ended.</summary>
public sealed class OtherChecks(
    IGatewayRecords records, IPaymentGateway gateway, PaymentChecks payments, Repairs repairs, IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>Refunds, theirs against ours and ours against theirs; how many the gateway listed.</summary>
    public async Task<int> RefundsAsync(ReconciliationPass pass)
    {
        var count = 0;
        await foreach (var page in ReconciliationPass.PagesAsync(after => records.RefundsAsync(pass.Window, after)))
        {
            await using var db = await databases.CreateDbContextAsync();
            foreach (var (refund, intent, at) in page)
            {
                var stands = refund.State is RefundState.Pending or RefundState.Succeeded;
                var ours = await db.Set<RefundRow>().AsNoTracking().FirstOrDefaultAsync(r => r.GatewayId == refund.Id);
                var recorded = ours?.State is RefundState.Pending or RefundState.Succeeded;
                if (await InvoiceOfAsync(db, intent) is { } invoice && stands != recorded)
                {
                    await pass.SeeAsync(new(FindingKind.RefundNotRecorded, refund.Id, at,
                        ours is null ? "No such refund is recorded." : $"Refund {ours.Number} of {invoice} is recorded as {ours.State}.",
                        $"{refund.Amount} of {intent}: {refund.State}.", refund.Amount with { Amount = stands ? -refund.Amount.Amount : refund.Amount.Amount })
                    { InvoiceId = invoice, Mend = () => repairs.ReadRefundsAsync(invoice) });
                }
            }

            count += page.Count;
        }

        await OurRefundsAsync(pass);
        return count;
    }

    /// <summary>Disputes of our payments that no record names; how many the gateway listed.</summary>
    public async Task<int> DisputesAsync(ReconciliationPass pass)
    {
        var count = 0;
        await foreach (var page in ReconciliationPass.PagesAsync(after => records.DisputesAsync(pass.Window, after)))
        {
            await using var db = await databases.CreateDbContextAsync();
            foreach (var dispute in page)
            {
                if (await InvoiceOfAsync(db, dispute.PaymentIntentId) is { } invoice && !await IsNamedAsync(db, invoice, dispute.Id))
                {
                    await pass.SeeAsync(new(FindingKind.DisputeNotRecorded, dispute.Id, dispute.At, "No such dispute is recorded.",
                        $"{dispute.Amount} of {dispute.PaymentIntentId} is disputed ({dispute.Status}).", dispute.Amount with { Amount = -dispute.Amount.Amount })
                    { InvoiceId = invoice, Mend = () => repairs.ReadDisputesAsync(invoice) });
                }
            }

            count += page.Count;
        }

        return count;
    }

    /// <summary>Each payout must be the sum of the bookings that it is made of; how many the gateway listed.</summary>
    public async Task<int> PayoutsAsync(ReconciliationPass pass)
    {
        var count = 0;
        await foreach (var page in ReconciliationPass.PagesAsync(after => records.PayoutsAsync(pass.Window, after)))
        {
            foreach (var payout in page.Where(p => !p.Failed))
            {
                var (sum, any) = (0L, false);
                await foreach (var made in ReconciliationPass.PagesAsync(after => records.TransactionsOfPayoutAsync(payout.Id, after)))
                {
                    var members = made.Select(t => t.Booked).Where(t => t.Kind is not (GatewayBooking.Payout or GatewayBooking.PayoutFailure)).ToList();
                    sum += members.Sum(t => t.Amount.Amount - t.Fee);
                    any |= members.Count > 0;
                }

                // A payout made by hand names no bookings.
                if (any && sum != payout.Amount.Amount)
                {
                    await pass.SeeAsync(new(FindingKind.PayoutDiffers, payout.Id, payout.At, $"Its bookings come to {payout.Amount with { Amount = sum }}.",
                        $"{payout.Amount} was paid out.", payout.Amount with { Amount = payout.Amount.Amount - sum }));
                }
            }

            count += page.Count;
        }

        return count;
    }

    /// <summary>An ended subscription owes nothing, nothing of it can take money, and no try began after its end.</summary>
    public async Task EndsAsync(ReconciliationPass pass)
    {
        var (from, to) = (pass.Window.From, pass.Window.To);
        await using var db = await databases.CreateDbContextAsync();
        var ended = from s in db.Subscriptions
                    join i in db.Invoices on (SubscriptionId?)s.Id equals i.SubscriptionId
                    where s.Status == nameof(Subscription.Ended) && s.EndedAt >= @from && s.EndedAt < to
                    select new { EndedAt = s.EndedAt!.Value, Invoice = i };
        foreach (var open in await ended.AsNoTracking().Where(e => e.Invoice.Status == InvoiceStatus.Open).ToListAsync())
        {
            await pass.SeeAsync(new(FindingKind.OpenAfterEnd, open.Invoice.Id.Value, open.EndedAt, "The subscription has ended; the invoice is still open.", "",
                Money.Zero(open.Invoice.Currency))
            { InvoiceId = open.Invoice.Id });
        }

        foreach (var late in await ended.AsNoTracking().SelectMany(e => e.Invoice.Attempts.Where(a => a.StartedAt > e.EndedAt), (e, a) => new { e.EndedAt, e.Invoice, Try = a.Number, a.Note }).ToListAsync())
        {
            // A payment that was found at the gateway was taken then; nobody tried it after the end.
            if (late.Note is null)
            {
                await pass.SeeAsync(new(FindingKind.TriedAfterEnd, $"{late.Invoice.Id}:{late.Try}", late.EndedAt, $"Try {late.Try} began after the subscription had ended.", "",
                    Money.Zero(late.Invoice.Currency))
                { InvoiceId = late.Invoice.Id });
            }
        }

        foreach (var closed in await ended.AsNoTracking().Where(e => e.Invoice.PaymentIntentId != null && e.Invoice.Status != InvoiceStatus.Paid && e.Invoice.Status != InvoiceStatus.Open).ToListAsync())
        {
            await AskForAsync(pass, closed.Invoice, closed.EndedAt);
        }
    }

    private async Task AskForAsync(ReconciliationPass pass, InvoiceRow invoice, DateTimeOffset endedAt)
    {
        switch (await gateway.RetrieveAsync(invoice.PaymentIntentId!))
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: not (PaymentStatus.Canceled or PaymentStatus.Succeeded) } live }:
                await payments.SeeStillOpenAsync(pass, invoice, live, endedAt);
                break;
            case GatewayAnswer<PaymentSnapshot>.Unknown unknown:
                throw new GatewaySilentException(unknown.Reason);
        }
    }

    private async Task OurRefundsAsync(ReconciliationPass pass)
    {
        var (from, to) = (pass.Window.From, pass.Window.To);
        await using var db = await databases.CreateDbContextAsync();
        var unbooked = await db.Ledger.AsNoTracking()
            .Where(l => l.Account == LedgerAccount.Gateway && l.Cause == nameof(InvoiceEvent.PaymentRefunded) && l.At >= from && l.At < to
                && !db.GatewayTransactions.Any(t => t.SourceId == l.GatewayId)).ToListAsync();
        foreach (var line in unbooked)
        {
            var intents = await db.PaymentAttempts.Where(a => a.InvoiceId == line.InvoiceId && a.State == AttemptState.Succeeded).Select(a => a.PaymentIntentId).ToListAsync();
            var there = false;
            foreach (var intent in intents)
            {
                there |= await gateway.FindRefundsAsync(intent) switch
                {
                    GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered { Value: var made } => made.Any(r => r.Id == line.GatewayId),
                    GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Unknown unknown => throw new GatewaySilentException(unknown.Reason),
                    _ => false,
                };
            }

            if (!there)
            {
                await pass.SeeAsync(new(FindingKind.RefundMissing, line.GatewayId ?? line.SetId, line.At, $"{new Money(-line.Amount, line.Currency)} is recorded as refunded.",
                    "No such refund is known there.", new Money(-line.Amount, line.Currency))
                { InvoiceId = line.InvoiceId });
            }
        }
    }

    private static async Task<InvoiceId?> InvoiceOfAsync(SubscriptionsDb db, string? paymentIntentId) => paymentIntentId is null ? null
        : await db.PaymentAttempts.Where(a => a.PaymentIntentId == paymentIntentId).Select(a => (InvoiceId?)a.InvoiceId).FirstOrDefaultAsync();

    // Whichever event records it, it names the gateway's object.
    private static Task<bool> IsNamedAsync(SubscriptionsDb db, InvoiceId invoice, string gatewayId) =>
        db.Events.AnyAsync(e => e.Stream == invoice.Value && e.Data.Contains(gatewayId));
}
