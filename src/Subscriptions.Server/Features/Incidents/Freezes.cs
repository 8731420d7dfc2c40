using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Incidents;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Incidents;

/// <summary>Begins and ends freezes. Of two who do it at once one does, and the other finds it done.</summary>
public sealed class Freezes(
    IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, StaffTasks tasks, IncidentReport report, BillingClock clock, IJobScheduler jobs)
{
    private const int MostReason = 500;
    private const int Batch = 500;

    /// <summary>Begins a freeze; false when one of its kind stands already.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="reason">The figures, or a sentence of staff. About the incident, never about a person.</param>
    /// <param name="actor">Who.</param>
    public async Task<bool> OpenAsync(IncidentKind kind, string reason, string actor)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Freezes.AnyAsync(f => f.Kind == kind && f.OpenSlot != null))
        {
            return false;
        }

        var freeze = new FreezeRow
        {
            Id = $"freeze_{kind}_{now:yyyyMMddHHmmssffffff}".ToLowerInvariant(),
            Kind = kind,
            OpenSlot = 1,
            OpenedAt = now,
            OpenedBy = actor,
            Reason = reason.Length > MostReason ? reason[..MostReason] : reason,
            HoldsRetries = IncidentRule.HoldsRetries(kind),
        };
        db.Freezes.Add(freeze);
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException second) when (provider.IsUniqueViolation(second))
        {
            return false;
        }

        var (cases, costs) = await report.CostAsync();
        await tasks.OpenAsync("freeze", freeze.Id, $"Payment problems are frozen: {reason} {cases} stand still; what is read unpaid meanwhile comes to {IncidentReport.Words(costs)} a day. See Incidents.");
        return true;
    }

    /// <summary>Ends a freeze; false when it had ended.</summary>
    public async Task<bool> CloseAsync(string id, FreezeEnd end, string actor)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        var closed = await db.Freezes.Where(f => f.Id == id && f.ClosedAt == null).ExecuteUpdateAsync(set => set
            .SetProperty(f => f.ClosedAt, now).SetProperty(f => f.ClosedBy, actor).SetProperty(f => f.EndedBy, end).SetProperty(f => f.OpenSlot, (int?)null));
        if (closed == 0)
        {
            return false;
        }

        await tasks.CloseAsync($"freeze:{id}");
        if (end == FreezeEnd.AtMaximum)
        {
            await tasks.OpenAsync("freeze-maximum", id, $"The freeze {id} ended because it had lasted as long as one may. Notices and endings go on; freeze by hand if the incident does.");
        }

        await LookAtAllAsync(db, now);
        await jobs.LookNowAsync();
        return true;
    }

    // Each case takes the held days into its record and tells its new dates: today, not when its old date comes.
    private static async Task LookAtAllAsync(SubscriptionsDb db, DateTimeOffset now)
    {
        var ids = await db.Subscriptions.Where(s => s.Status == nameof(Subscription.PastDue)).Select(s => s.Id).ToListAsync();
        foreach (var some in ids.Select(id => id.Value).Chunk(Batch))
        {
            await db.DueWork.Where(w => w.Kind == WorkKind.AdvanceSubscription && some.Contains(w.Id) && w.DueAt > now)
                .ExecuteUpdateAsync(set => set.SetProperty(w => w.DueAt, now));
        }
    }
}
