using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Incidents;

/// <summary>What a freeze costs.</summary>
public sealed class IncidentReport(IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>The formula, in words.</summary>
    public const string Formula = "The sum, over all subscriptions with a payment problem, of the owed invoice's total divided by the days that it pays for: what is read in a day without being paid.";

    /// <summary>How many payment problems are open, and what is read unpaid in a day, for each currency.</summary>
    public async Task<(int Cases, IReadOnlyList<Money> PerDay)> CostAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var groups = await db.Subscriptions.Where(s => s.Status == nameof(Subscription.PastDue))
            .Join(db.Invoices, s => s.OpenInvoiceId, i => (InvoiceId?)i.Id, (_, i) => i)
            .GroupBy(i => new { i.Currency, i.PeriodFrom, i.PeriodTo })
            .Select(g => new { g.Key.Currency, g.Key.PeriodFrom, g.Key.PeriodTo, Count = g.Count(), Total = g.Sum(i => i.Total) })
            .ToListAsync();
        var perDay = groups
            .Select(g => (g.Currency, PerDay: (decimal)g.Total / Math.Max(1, g.PeriodTo.DayNumber - g.PeriodFrom.DayNumber)))
            .GroupBy(g => g.Currency, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Money((long)Math.Round(g.Sum(one => one.PerDay), MidpointRounding.AwayFromZero), g.Key));
        return (groups.Sum(g => g.Count), [.. perDay]);
    }

    /// <summary>The newest freezes.</summary>
    public async Task<IReadOnlyList<FreezeRow>> NewestAsync(int atMost)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Freezes.AsNoTracking().OrderByDescending(f => f.OpenedAt).ThenByDescending(f => f.Id).Take(atMost).ToListAsync();
    }

    /// <summary>Sums of money in a sentence.</summary>
    public static string Words(IReadOnlyList<Money> sums) => sums.Count == 0 ? "nothing" : string.Join(" and ", sums.Select(sum => sum.ToString()));
}
