using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Credits;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>One account over a period. Minor units; debits are positive.</summary>
public sealed record AccountOverPeriod(LedgerAccount Account, string Currency, long Opening, long Debits, long Credits, long Closing);

/// <summary>What moved for one reason.</summary>
public sealed record MovedFor(string Reason, string Currency, long Amount, int Count);

/// <summary>What finance reads: the accounts of a period, what moved, and the differences.</summary>
/// <param name="FromDay">First day, in the publisher's zone.</param>
/// <param name="ToDay">The day after the last.</param>
public sealed record FinanceReport(
    DateOnly FromDay, DateOnly ToDay, IReadOnlyList<AccountOverPeriod> Accounts, IReadOnlyList<MovedFor> Moved, IReadOnlyList<FindingRow> Findings, ReconciliationRunRow? LastRun);

/// <summary>Makes the report.</summary>
public sealed class FinanceReportQuery(LedgerBooks books, FindingDesk findings, IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours)
{
    /// <summary>Longest period, in days.</summary>
    public const int MaxDays = 400;

    /// <summary>The instants at which a period of days begins and ends.</summary>
    public RecordPeriod PeriodOf(DateOnly from, DateOnly to) => new(hours.StartOf(from), hours.StartOf(to));

    /// <summary>The report of a period of days.</summary>
    public async Task<FinanceReport> RunAsync(DateOnly from, DateOnly to)
    {
        var period = PeriodOf(from, to);
        var opening = (await books.BalancesAsync(period.From)).ToDictionary(b => (b.Account, b.Currency), b => b.Amount);
        var moved = await books.MovedAsync(period.From, period.To);
        var sides = (await books.SidesOfAsync(period.From, period.To)).ToDictionary(s => (s.Account, s.Currency));
        var accounts = opening.Keys.Union(sides.Keys).OrderBy(k => k.Currency, StringComparer.Ordinal).ThenBy(k => k.Account).Select(key =>
        {
            var (debits, credits) = sides.TryGetValue(key, out var side) ? (side.Debits, side.Credits) : (0L, 0L);
            var before = opening.GetValueOrDefault(key);
            return new AccountOverPeriod(key.Account, key.Currency, before, debits, credits, before + debits + credits);
        });
        await using var db = await databases.CreateDbContextAsync();
        var last = await db.ReconciliationRuns.AsNoTracking().OrderByDescending(r => r.Id).FirstOrDefaultAsync();
        return new(from, to, [.. accounts], [.. Reasons(moved)], await findings.OfAsync(period.From, period.To), last);
    }

    private static IEnumerable<MovedFor> Reasons(IReadOnlyList<(LedgerAccount Account, string Cause, string Currency, long Amount, int Count)> moved) =>
        moved.Select(m => (Reason: ReasonOf(m.Account, m.Cause), m)).Where(r => r.Reason is not null)
            .GroupBy(r => (r.Reason, r.m.Currency))
            .Select(g => new MovedFor(g.Key.Reason!, g.Key.Currency, g.Sum(r => r.m.Amount), g.Sum(r => r.m.Count)))
            .OrderBy(m => m.Currency, StringComparer.Ordinal).ThenBy(m => m.Reason, StringComparer.Ordinal);

    private static string? ReasonOf(LedgerAccount account, string cause) => (account, cause) switch
    {
        (LedgerAccount.Receivable, nameof(InvoiceEvent.InvoiceRaised)) => "Invoiced",
        (LedgerAccount.Receivable, nameof(InvoiceEvent.InvoiceVoided)) => "Voided",
        (LedgerAccount.WrittenOff, _) => "Written off",
        (LedgerAccount.Receivable, nameof(InvoiceEvent.CreditNoteIssued)) => "Credit notes on open invoices",
        (LedgerAccount.CreditOnAccount, nameof(InvoiceEvent.CreditNoteIssued) or nameof(CreditEvent.CreditGranted)) => "Credit given to readers",
        (LedgerAccount.Receivable, nameof(InvoiceEvent.CreditTaken)) => "Credit used on invoices",
        (LedgerAccount.Gateway, nameof(InvoiceEvent.PaymentAttemptSucceeded)) => "Payments in",
        (LedgerAccount.Gateway, nameof(InvoiceEvent.PaymentRefunded)) => "Refunds",
        (LedgerAccount.Disputes, _) => "Disputes",
        (LedgerAccount.Fees, _) => "Fees",
        (LedgerAccount.Bank, _) => "Payouts",
        (LedgerAccount.GatewayOther, _) => "Other bookings",
        _ => null,
    };
}

/// <summary>From, included, to, not included.</summary>
public sealed record RecordPeriod(DateTimeOffset From, DateTimeOffset To);
