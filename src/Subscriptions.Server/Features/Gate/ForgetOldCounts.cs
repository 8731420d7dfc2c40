using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Gate;

/// <summary>Forgets what was read and by which links people came, once it counts for nothing any more.</summary>
public sealed class ForgetOldCounts(IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : IRecurringJob
{
    private const int Batch = 500;

    // A month's gifts are counted by their rows, and a link's last month may begin before it ends.
    private static readonly TimeSpan _giftsKept = TimeSpan.FromDays(62);

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken stopping)
    {
        var now = clock.Now;
        var giftsBefore = now - _giftsKept;
        await using var db = await databases.CreateDbContextAsync(stopping);
        // Looked for first: a delete that finds nothing would still wait for the database's only writer. In batches, since a month's meters end at one midnight.
        var over = await db.Meters.Where(m => m.ForgetAt <= now).OrderBy(m => m.ForgetAt).Select(m => m.ReaderId).Take(Batch).ToListAsync(stopping);
        if (over.Count > 0)
        {
            await db.Meters.Where(m => over.Contains(m.ReaderId) && m.ForgetAt <= now).ExecuteDeleteAsync(stopping);
        }

        var old = await db.Gifts.Where(g => g.EndsAt <= giftsBefore).OrderBy(g => g.EndsAt).Select(g => g.Id).Take(Batch).ToListAsync(stopping);
        if (old.Count > 0)
        {
            await db.GiftUses.Where(u => old.Contains(u.GiftId)).ExecuteDeleteAsync(stopping);
            await db.Gifts.Where(g => old.Contains(g.Id)).ExecuteDeleteAsync(stopping);
        }
    }
}
