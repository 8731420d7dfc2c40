using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Reconciliation;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The ledger and the comparisons against the gateway's bookings.</summary>
internal sealed partial class Auditor
{
    private static async Task AuditSumAsync(SubscriptionsDb db)
    {
        var off = await db.Ledger.GroupBy(l => new { l.SetId, l.Currency }).Where(g => g.Sum(l => l.Amount) != 0).Select(g => g.Key.SetId).FirstOrDefaultAsync();
        Must(off is null, $"the lines of {off} come to nothing");
    }

    /// <summary>After a comparison like those of every day, with nothing new since: the books agree to the penny.</summary>
    public async Task CompareBooksAsync(ServiceProcess service)
    {
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var run = await db.ReconciliationRuns.AsNoTracking().OrderByDescending(r => r.Id).FirstAsync();
        Must(run.FinishedAt is not null, $"the comparison of {run.StartedAt:yyyy-MM-dd} comes to its end: {run.Failure}");
        var finding = await db.Findings.AsNoTracking().Where(f => f.State == FindingState.Open).OrderBy(f => f.Id).FirstOrDefaultAsync();
        Must(finding is null, $"no difference is left: {finding?.Id} of {finding?.SubjectAt:yyyy-MM-dd HH:mm}, {finding?.InvoiceId}, ours: {finding?.Ours} theirs: {finding?.Theirs}");
        var bookings = ledger.Bookings.Where(b => b.Booked.At < run.To).ToArray();
        var kept = (await db.GatewayTransactions.AsNoTracking().Select(t => t.Id).ToListAsync()).ToHashSet();
        var missing = bookings.FirstOrDefault(b => !kept.Contains(b.Booked.Id))?.Booked;
        Must(missing is null, $"the booking {missing?.Id} ({missing?.Kind}, {missing?.Amount}, {missing?.At:yyyy-MM-dd HH:mm}) is in our books");
        await AuditAccountsAsync(db, bookings);
        foreach (var (reader, customer) in ledger.Customers)
        {
            await AuditCustomerAsync(db, new ReaderId(reader), customer);
        }
    }

    private static async Task AuditAccountsAsync(SubscriptionsDb db, Booking[] bookings)
    {
        var balances = await db.Ledger.GroupBy(l => l.Account).Select(g => new { g.Key, Sum = g.Sum(l => l.Amount) }).ToDictionaryAsync(g => g.Key, g => g.Sum);
        foreach (var (account, theirs) in new[]
        {
            (LedgerAccount.Gateway, bookings.Sum(b => b.Net)),
            (LedgerAccount.Fees, bookings.Sum(b => b.Booked.Fee)),
            (LedgerAccount.Bank, -bookings.Where(b => b.Booked.Kind == GatewayBooking.Payout).Sum(b => b.Booked.Amount.Amount)),
        })
        {
            Must(balances.GetValueOrDefault(account) == theirs, $"{account} holds {theirs} as at the gateway, not {balances.GetValueOrDefault(account)}");
        }
    }

    private async Task AuditCustomerAsync(SubscriptionsDb db, ReaderId reader, string customer)
    {
        var payments = ledger.Intents.Values.Where(i => i.Request.CustomerId == customer && i.SucceededAt is not null).ToArray();
        var theirs = payments.Sum(i => i.Amount.Amount - i.Refunded);
        var ours = await db.Ledger.Where(l => l.ReaderId == reader && l.Account == LedgerAccount.Gateway).SumAsync(l => l.Amount);
        Must(ours == theirs, $"{reader} paid {theirs} as the gateway booked it, not {ours}");

        // One that pays for the days of another, which its bank took back, is not paid beside it.
        foreach (var period in payments.GroupBy(i => (i.Request.SubscriptionId, Period: invoices[i.Request.InvoiceId!].Period.From)))
        {
            var kept = period.Sum(i => i.Amount.Amount - i.Refunded - i.TakenBack);
            var failed = period.Any(i => i.Refunds.Any(r => r.State == RefundState.Failed));
            Must(failed || kept <= period.Max(i => i.Amount.Amount), $"{period.Key.SubscriptionId} is paid once for the days from {period.Key.Period:yyyy-MM-dd}");
        }
    }
}
