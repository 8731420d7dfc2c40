using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Support;

/// <summary>Things that a person has to look at. The same one is opened once.</summary>
public sealed class StaffTasks(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock)
{
    /// <summary>Opens a task unless it is there already.</summary>
    public async Task OpenAsync(string kind, string subject, string text)
    {
        await using var db = await databases.CreateDbContextAsync();
        var id = $"{kind}:{subject}";
        if (await db.StaffTasks.AnyAsync(t => t.Id == id))
        {
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
}
