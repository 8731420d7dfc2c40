using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>Payments: the gateway's bookings and PaymentIntents against our tries, and ours against the gateway's.</summary>
public sealed class PaymentChecks(
    IGatewayRecords records, IPaymentGateway gateway, Repairs repairs, IDbContextFactory<SubscriptionsDb> databases)
{
    private const int Batch = 500;

    /// <summary>Reads every booking, keeps it, posts what only the gateway knows, and compares payments; the number of bookings.</summary>
    public async Task<int> BookingsAsync(ReconciliationPass pass)
    {
        var count = 0;
        await foreach (var page in ReconciliationPass.PagesAsync(after => records.TransactionsAsync(pass.Window, after)))
        {
            await KeepAsync(page);
            foreach (var booked in page.Where(t => t.Booked.Kind == GatewayBooking.Payment))
            {
                await CompareAsync(pass, booked);
            }

            count += page.Count;
        }

        return count;
    }

    /// <summary>Reads every PaymentIntent: one that could still take money must be the one of an invoice that is owed.</summary>
    public async Task<int> PaymentIntentsAsync(ReconciliationPass pass)
    {
        var count = 0;
        await foreach (var page in ReconciliationPass.PagesAsync(after => records.PaymentsAsync(pass.Window, after)))
        {
            await using var db = await databases.CreateDbContextAsync();
            foreach (var (payment, at) in page.Where(p => p.Payment.InvoiceId is not null && p.Payment.Status is not (PaymentStatus.Succeeded or PaymentStatus.Canceled)))
            {
                var id = InvoiceId.From(payment.InvoiceId!);
                var invoice = await db.Invoices.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id);
                if (invoice is not null && MustNotTakeMoney(invoice, payment.Id))
                {
                    await SeeStillOpenAsync(pass, invoice, payment, at);
                }
            }

            count += page.Count;
        }

        return count;
    }

    /// <summary>Each payment that we have recorded must be the gateway's too.</summary>
    public async Task OursAsync(ReconciliationPass pass)
    {
        var (from, to) = (pass.Window.From, pass.Window.To);
        await using var db = await databases.CreateDbContextAsync();
        for (var read = 0; ; read += Batch)
        {
            var unbooked = await db.PaymentAttempts.AsNoTracking()
                .Where(a => a.State == AttemptState.Succeeded && a.SettledAt >= from && a.SettledAt < to
                    && !db.GatewayTransactions.Any(t => t.SourceId == a.ChargeId))
                .OrderBy(a => a.SettledAt).ThenBy(a => a.InvoiceId).Skip(read).Take(Batch).ToListAsync();
            foreach (var attempt in unbooked)
            {
                await AskForAsync(pass, db, attempt);
            }

            if (unbooked.Count < Batch)
            {
                return;
            }
        }
    }

    /// <summary>Writes a PaymentIntent down that could still take money and must not; cancelling it is safe.</summary>
    public Task SeeStillOpenAsync(ReconciliationPass pass, InvoiceRow invoice, PaymentSnapshot payment, DateTimeOffset at) => pass.SeeAsync(new Difference(
        FindingKind.PaymentStillOpen, payment.Id, at, $"The invoice is {invoice.Status}; its payment is {invoice.PaymentIntentId ?? "none"}.",
        $"{payment.Id} is {payment.Status} and could still take {payment.Amount}.", Money.Zero(invoice.Currency))
    {
        InvoiceId = invoice.Id,
        Repairable = true,
        Mend = () => repairs.CancelAsync(invoice.Id, payment.Id),
    });

    // One that is open without any payment of its own is about to take this one up.
    private static bool MustNotTakeMoney(InvoiceRow invoice, string paymentIntentId) =>
        invoice.Status != InvoiceStatus.Open || (invoice is { PaymentIntentId: { } own, PaymentIntentCanceled: false } && own != paymentIntentId);

    private async Task KeepAsync(IReadOnlyList<ListedTransaction> page)
    {
        await using var db = await databases.CreateDbContextAsync();
        var ids = page.Select(t => t.Booked.Id).ToList();
        var kept = (await db.GatewayTransactions.Where(t => ids.Contains(t.Id)).Select(t => t.Id).ToListAsync()).ToHashSet(StringComparer.Ordinal);
        var news = page.Select(t => t.Booked).Where(t => kept.Add(t.Id)).ToList();
        db.GatewayTransactions.AddRange(news.Select(t => new GatewayTransactionRow
        {
            Id = t.Id,
            Kind = t.Kind,
            Amount = t.Amount.Amount,
            Fee = t.Fee,
            Currency = t.Amount.Currency,
            SourceId = t.SourceId,
            At = t.At,
        }));
        await db.PostAsync([.. news.Select(GatewayPostings.For).OfType<LedgerSet>()]);
        await db.SaveChangesAsync();
    }

    private async Task CompareAsync(ReconciliationPass pass, ListedTransaction paid)
    {
        var (booked, intent) = (paid.Booked, paid.PaymentIntentId);
        await using var db = await databases.CreateDbContextAsync();
        var ours = await db.PaymentAttempts.AsNoTracking()
            .Where(a => (a.ChargeId == booked.SourceId || a.PaymentIntentId == intent) && a.State == AttemptState.Succeeded).FirstOrDefaultAsync();
        if (ours is not null)
        {
            await CompareAmountAsync(pass, db, ours.InvoiceId, booked);
            return;
        }

        if (paid.InvoiceId is null || intent is null)
        {
            return;
        }

        var id = InvoiceId.From(paid.InvoiceId);
        var invoice = await db.Invoices.AsNoTracking().Include(i => i.Attempts).FirstOrDefaultAsync(i => i.Id == id);
        var theirs = $"{booked.Amount} was taken with {intent} ({booked.SourceId}).";
        if (invoice is null)
        {
            await pass.SeeAsync(new(FindingKind.InvoiceMissing, intent, booked.At, $"There is no invoice {id}.", theirs, booked.Amount));
            return;
        }

        var twice = invoice.Attempts.Any(a => a.State == AttemptState.Succeeded);
        await pass.SeeAsync(new(
            twice ? FindingKind.PaidTwice : FindingKind.PaymentNotRecorded, intent, booked.At,
            twice ? "The invoice was paid with another payment." : $"The invoice is {invoice.Status}; no such payment is recorded.", theirs, booked.Amount)
        {
            InvoiceId = id,
            Repairable = true,
            Mend = twice ? null : () => repairs.RecordPaymentAsync(id, intent, booked.At, Actors.System),
        });
    }

    private static async Task CompareAmountAsync(ReconciliationPass pass, SubscriptionsDb db, InvoiceId invoice, GatewayTransaction booked)
    {
        var posted = await db.Ledger.AsNoTracking()
            .Where(l => l.InvoiceId == invoice && l.Account == LedgerAccount.Gateway && l.GatewayId == booked.SourceId)
            .Select(l => new Money(l.Amount, l.Currency)).ToListAsync();
        if (posted.Count > 0 && (posted[0].Currency != booked.Amount.Currency || posted.Sum(m => m.Amount) != booked.Amount.Amount))
        {
            var ours = new Money(posted.Sum(m => m.Amount), posted[0].Currency);
            await pass.SeeAsync(new(FindingKind.AmountDiffers, booked.SourceId!, booked.At, $"{ours} is recorded.", $"{booked.Amount} was taken.",
                booked.Amount with { Amount = booked.Amount.Amount - ours.Amount })
            { InvoiceId = invoice });
        }
    }

    private async Task AskForAsync(ReconciliationPass pass, SubscriptionsDb db, PaymentAttemptRow attempt)
    {
        var theirs = await gateway.RetrieveAsync(attempt.PaymentIntentId) switch
        {
            GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Succeeded } => null,
            GatewayAnswer<PaymentSnapshot>.Answered { Value: var payment } => $"{payment.Id} is {payment.Status}.",
            GatewayAnswer<PaymentSnapshot>.Refused => $"{attempt.PaymentIntentId} is not known there.",
            GatewayAnswer<PaymentSnapshot>.Unknown unknown => throw new GatewaySilentException(unknown.Reason),
            _ => throw new InvalidOperationException("No such answer."),
        };
        if (theirs is not null)
        {
            var invoice = await db.Invoices.AsNoTracking().SingleAsync(i => i.Id == attempt.InvoiceId);
            await pass.SeeAsync(new(FindingKind.PaymentMissing, attempt.PaymentIntentId, attempt.SettledAt!.Value,
                $"Try {attempt.Number} is recorded as paid, {new Money(invoice.Total, invoice.Currency)}.", theirs, new Money(-invoice.Total, invoice.Currency))
            { InvoiceId = attempt.InvoiceId });
        }
    }
}
