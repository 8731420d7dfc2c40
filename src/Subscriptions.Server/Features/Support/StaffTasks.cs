using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Support;

/// <summary>Things that a person has to look at. The same one is opened once.</summary>
public sealed class StaffTasks(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock)
{
    /// <summary>Opens a task unless it is open already; one that was closed and comes up again is opened again.</summary>
    public async Task OpenAsync(string kind, string subject, string text)
    {
        await using var db = await databases.CreateDbContextAsync();
        var id = $"{kind}:{subject}";
        if (await db.StaffTasks.FirstOrDefaultAsync(t => t.Id == id) is { } known)
        {
            if (known.ClosedAt is not null)
            {
                (known.ClosedAt, known.OpenedAt, known.Text) = (null, clock.Now, text);
                await db.SaveChangesAsync();
            }

            return;
        }

        db.StaffTasks.Add(new StaffTaskRow { Id = id, Kind = kind, Text = text, OpenedAt = clock.Now });
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException same) when (provider.IsUniqueViolation(same))
        {
            // Opened by somebody else in the same moment: one is enough.
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>What has waited longest.</summary>
    public async Task<IReadOnlyList<StaffTaskRow>> OldestOpenAsync(int atMost)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.StaffTasks.AsNoTracking().Where(t => t.ClosedAt == null).OrderBy(t => t.OpenedAt).ThenBy(t => t.Id).Take(atMost).ToListAsync();
    }

    /// <summary>Closes a task; false when it was not open.</summary>
    public async Task<bool> CloseAsync(string id)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        return await db.StaffTasks.Where(t => t.Id == id && t.ClosedAt == null).ExecuteUpdateAsync(set => set.SetProperty(t => t.ClosedAt, now)) > 0;
    }
}
