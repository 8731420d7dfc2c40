using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Paywall;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>
/// Counts metered articles for readers who are signed in: once per article, and never more than may be read, whatever websites ask at once.
/// </summary>
public sealed class CountArticles(IDbContextFactory<SubscriptionsDb> databases, Data.DatabaseProvider provider, GateSettings gate, BillingClock clock)
{
    /// <summary>What counts for a reader, this article included where it may be read; null when there is no such reader.</summary>
    /// <param name="reader">Who reads.</param>
    /// <param name="article">The article's short name.</param>
    /// <param name="count">False only to look.</param>
    public Task<IReadOnlyList<CountedArticle>?> RunAsync(ReaderId reader, string article, bool count) => provider.RetryAsync(() => TryAsync(reader, article, count), patience: Retries.Patience);

    private async Task<IReadOnlyList<CountedArticle>?> TryAsync(ReaderId reader, string article, bool count)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.Meters.FirstOrDefaultAsync(m => m.ReaderId == reader);
        if (row is null && !await db.Readers.AnyAsync(r => r.Id == reader))
        {
            return null;
        }

        if (gate.Meter is not { } rule)
        {
            return [];
        }

        var standing = rule.Standing(row is null ? [] : Read(row), now);
        if (!count || rule.Read(standing, article, now) is { Counted: true } or { Allows: false })
        {
            return standing;
        }

        IReadOnlyList<CountedArticle> counted = [.. standing, new CountedArticle(article, now)];
        row ??= db.Meters.Add(new MeterRow { ReaderId = reader, Counted = "" }).Entity;
        (row.Counted, row.ForgetAt, row.Version) = (JsonSerializer.Serialize(counted), counted.Max(one => rule.CountsUntil(one.At)), row.Version + 1);
        await db.SaveChangesAsync();
        return counted;
    }

    /// <summary>What a row holds.</summary>
    public static CountedArticle[] Read(MeterRow row) => JsonSerializer.Deserialize<CountedArticle[]>(row.Counted)!;
}
