using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Support;

/// <summary>Things that a person has to look at. The same one is opened once.</summary>
public sealed class StaffTasks(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock)
{
    /// <summary>Opens a task unless it is open already; one that was closed and comes up again is opened again.</summary>
    /// <param name="kind">What sort of task.</param>
    /// <param name="subject">What it is about; one task for each.</param>
    /// <param name="text">Ids and codes only.</param>
    /// <param name="subscription">On whose page it is shown; null where it belongs to none.</param>
    public async Task OpenAsync(string kind, string subject, string text, SubscriptionId? subscription = null)
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

        db.StaffTasks.Add(new StaffTaskRow { Id = id, Kind = kind, SubscriptionId = subscription, Text = text, OpenedAt = clock.Now });
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

    /// <summary>Opens the task of a piece of work that broke off too often.</summary>
    public async Task ParkedAsync(Claim claim, Exception bug)
    {
        await using var db = await databases.CreateDbContextAsync();
        SubscriptionId? subscription = claim.Kind switch
        {
            WorkKind.AdvanceSubscription or WorkKind.WarnOfExpiry => SubscriptionId.From(claim.Id),
            WorkKind.CollectInvoice => await db.Invoices.Where(i => i.Id == InvoiceId.From(claim.Id)).Select(i => i.SubscriptionId).FirstOrDefaultAsync(),
            WorkKind.SendMail => await db.Mails.Where(m => m.Id == claim.Id).Select(m => (SubscriptionId?)m.SubscriptionId).FirstOrDefaultAsync(),
            WorkKind.FollowInvitation => await db.Seats.Where(s => s.Id == claim.Id).Select(s => (SubscriptionId?)s.SubscriptionId).FirstOrDefaultAsync(),
            _ => null,
        };
        await OpenAsync(
            "parked-work", $"{claim.Kind}:{claim.Id}", $"{claim.Kind} of {claim.Id} met a bug ({bug.GetType().Name}) and is tried once a day.", subscription);
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
