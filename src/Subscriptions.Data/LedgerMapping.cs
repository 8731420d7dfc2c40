using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Ledger;

namespace Subscriptions.Data;

/// <summary>Between sets of the ledger and their rows. There is a way in and none out: nothing here changes or removes a row.</summary>
public static class LedgerMapping
{
    /// <summary>The rows of a set, one for each account.</summary>
    public static IEnumerable<LedgerRow> ToRows(this LedgerSet set) => set.Lines.Select(line => new LedgerRow
    {
        SetId = set.Id,
        Account = line.Account,
        Amount = line.Amount,
        Currency = set.Currency,
        Cause = set.Cause,
        InvoiceId = set.InvoiceId,
        ReaderId = set.ReaderId,
        GatewayId = set.GatewayId,
        At = set.At,
    });

    /// <summary>Posts sets with the next save; those that were posted before are left out.</summary>
    public static async Task PostAsync(this SubscriptionsDb db, IReadOnlyList<LedgerSet> sets)
    {
        var ids = sets.Select(set => set.Id).ToList();
        var posted = (await db.Ledger.Where(row => ids.Contains(row.SetId)).Select(row => row.SetId).ToListAsync()).ToHashSet(StringComparer.Ordinal);
        db.Ledger.AddRange(sets.Where(set => posted.Add(set.Id)).SelectMany(ToRows));
    }
}
