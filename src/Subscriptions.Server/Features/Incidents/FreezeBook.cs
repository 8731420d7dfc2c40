using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Incidents;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Incidents;

/// <summary>The freezes as the rules of a case read them. Never remembered: another process may have opened one a moment ago.</summary>
public sealed class FreezeBook(IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours, BillingClock clock)
{
    /// <summary>What has held a case that was opened then, until now.</summary>
    public async Task<IReadOnlyList<DunningHold>> HoldsSinceAsync(DateTimeOffset openedAt)
    {
        await using var db = await databases.CreateDbContextAsync();
        var rows = await db.Freezes.AsNoTracking().Where(f => f.ClosedAt == null || f.ClosedAt >= openedAt).OrderBy(f => f.OpenedAt).ToListAsync();
        return [.. rows.Select(HoldOf)];
    }

    /// <summary>Whether one is open in which nothing is said about payment problems.</summary>
    public Task<bool> HoldsMailsAsync(SubscriptionsDb db) => db.Freezes.AnyAsync(f => f.ClosedAt == null && f.Kind != IncidentKind.MailServerDown);

    /// <summary>Those that are open.</summary>
    public async Task<IReadOnlyList<FreezeRow>> OpenAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Freezes.AsNoTracking().Where(f => f.ClosedAt == null).OrderBy(f => f.OpenedAt).ToListAsync();
    }

    private DunningHold HoldOf(FreezeRow row) =>
        DunningHold.Since(row.OpenedAt, hours.DateOf(row.ClosedAt ?? clock.Now).AddDays(1), row.HoldsRetries, hours) with { FreezeId = row.Id, Open = row.ClosedAt is null };
}
