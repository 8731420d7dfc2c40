using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>What an account holds at one moment.</summary>
public sealed record AccountBalance(LedgerAccount Account, string Currency, long Amount);

/// <summary>What came of making the ledger anew from the events.</summary>
/// <param name="Streams">Invoices looked at.</param>
/// <param name="Posted">Sets that were missing and are posted now.</param>
/// <param name="Wrong">Sets whose rows are not what the event gives, by id.</param>
public sealed record RebuiltLedger(int Streams, int Posted, IReadOnlyList<string> Wrong);

/// <summary>Reads the ledger, and makes it anew from the events to compare.</summary>
public sealed class LedgerBooks(IDbContextFactory<SubscriptionsDb> databases)
{
    private const int Batch = 200;

    /// <summary>What each account holds from the lines before a moment.</summary>
    /// <param name="before">Billing time.</param>
    /// <param name="reader">Only this reader's accounts; null for all.</param>
    public async Task<IReadOnlyList<AccountBalance>> BalancesAsync(DateTimeOffset before, ReaderId? reader = null)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Ledger.Where(l => l.At < before && (reader == null || l.ReaderId == reader))
            .GroupBy(l => new { l.Account, l.Currency })
            .Select(g => new AccountBalance(g.Key.Account, g.Key.Currency, g.Sum(l => l.Amount))).ToListAsync();
    }

    /// <summary>Debits and credits of each account in a period.</summary>
    public async Task<IReadOnlyList<(LedgerAccount Account, string Currency, long Debits, long Credits)>> SidesOfAsync(DateTimeOffset from, DateTimeOffset to)
    {
        await using var db = await databases.CreateDbContextAsync();
        var rows = await db.Ledger.Where(l => l.At >= from && l.At < to).GroupBy(l => new { l.Account, l.Currency })
            .Select(g => new { g.Key.Account, g.Key.Currency, Debits = g.Sum(l => l.Amount > 0 ? l.Amount : 0), Credits = g.Sum(l => l.Amount < 0 ? l.Amount : 0) }).ToListAsync();
        return [.. rows.Select(r => (r.Account, r.Currency, r.Debits, r.Credits))];
    }

    /// <summary>What moved in a period, by account and cause.</summary>
    public async Task<IReadOnlyList<(LedgerAccount Account, string Cause, string Currency, long Amount, int Count)>> MovedAsync(DateTimeOffset from, DateTimeOffset to)
    {
        await using var db = await databases.CreateDbContextAsync();
        var rows = await db.Ledger.Where(l => l.At >= from && l.At < to).GroupBy(l => new { l.Account, l.Cause, l.Currency })
            .Select(g => new { g.Key.Account, g.Key.Cause, g.Key.Currency, Amount = g.Sum(l => l.Amount), Count = g.Count() }).ToListAsync();
        return [.. rows.Select(r => (r.Account, r.Cause, r.Currency, r.Amount, r.Count))];
    }

    /// <summary>The lines of a period in order, for reading through.</summary>
    public async IAsyncEnumerable<LedgerRow> LinesAsync(DateTimeOffset from, DateTimeOffset to)
    {
        await using var db = await databases.CreateDbContextAsync();
        await foreach (var row in db.Ledger.AsNoTracking().Where(l => l.At >= from && l.At < to).OrderBy(l => l.At).ThenBy(l => l.SetId).ThenBy(l => l.Account).AsAsyncEnumerable())
        {
            yield return row;
        }
    }

    /// <summary>
    /// Makes the sets of the invoices that something happened to since a moment anew from their events, and those of the
    /// gateway's bookings, and compares. A set that is missing is posted; one that differs is told and left as it is.
    /// </summary>
    public async Task<RebuiltLedger> RebuildAsync(DateTimeOffset since)
    {
        var (streams, posted, wrong) = (0, 0, new List<string>());
        await using var look = await databases.CreateDbContextAsync();
        var last = "";
        while (true)
        {
            // The database's own order, in which it also pages.
#pragma warning disable CA1309
            var names = await look.Events.Where(e => e.At >= since && e.Stream.StartsWith("inv_") && string.Compare(e.Stream, last) > 0)
                .Select(e => e.Stream).Distinct().OrderBy(s => s).Take(Batch).ToListAsync();
#pragma warning restore CA1309
            if (names.Count == 0)
            {
                break;
            }

            streams += names.Count;
            posted += await CompareAsync(await SetsOfAsync(look, names), wrong);
            last = names[^1];
        }

        for (var read = 0; ; read += Batch)
        {
            var rows = await look.GatewayTransactions.AsNoTracking().Where(t => t.At >= since).OrderBy(t => t.Id).Skip(read).Take(Batch).ToListAsync();
            posted += await CompareAsync([.. rows.Select(SetOf).OfType<LedgerSet>()], wrong);
            if (rows.Count < Batch)
            {
                return new(streams, posted, wrong);
            }
        }
    }

    /// <summary>The sets of an invoice's events, in order.</summary>
    public static IEnumerable<LedgerSet> SetsOf(IEnumerable<(InvoiceEvent Event, int Version)> events)
    {
        Invoice? invoice = null;
        foreach (var (happened, version) in events)
        {
            if (Postings.For(happened, invoice, version) is { } set)
            {
                yield return set;
            }

            invoice = InvoiceDecider.Evolve(invoice, happened);
        }
    }

    private static async Task<IReadOnlyList<LedgerSet>> SetsOfAsync(SubscriptionsDb db, List<string> names) =>
        [.. (await db.Events.AsNoTracking().Where(e => names.Contains(e.Stream)).ToListAsync())
            .GroupBy(e => e.Stream, StringComparer.Ordinal)
            .SelectMany(stream => SetsOf(stream.OrderBy(e => e.StreamVersion)
                .Select(e => (JsonSerializer.Deserialize<InvoiceEvent>(e.Data, DomainJson.Options)!, e.StreamVersion))))];

    private static LedgerSet? SetOf(GatewayTransactionRow row) =>
        GatewayPostings.For(new(row.Id, row.Kind, new(row.Amount, row.Currency), row.Fee, row.SourceId, row.At));

    private async Task<int> CompareAsync(IReadOnlyList<LedgerSet> sets, List<string> wrong)
    {
        var ids = sets.Select(s => s.Id).ToList();
        await using var db = await databases.CreateDbContextAsync();
        var stored = (await db.Ledger.AsNoTracking().Where(l => ids.Contains(l.SetId)).ToListAsync()).ToLookup(l => l.SetId, StringComparer.Ordinal);
        foreach (var set in sets.Where(s => stored.Contains(s.Id)))
        {
            var lines = stored[set.Id].OrderBy(l => l.Account).Select(l => new LedgerLine(l.Account, l.Amount));
            if (!lines.SequenceEqual(set.Lines) || stored[set.Id].Any(l => l.Currency != set.Currency))
            {
                wrong.Add(set.Id);
            }
        }

        var missing = sets.Where(s => !stored.Contains(s.Id)).ToList();
        await db.PostAsync(missing);
        await db.SaveChangesAsync();
        return missing.Count;
    }
}
