using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>Compares our records with the gateway's once a day, and at once when collecting is off.</summary>
public sealed class ReconcileDaily(
    Reconcile reconcile, DueWorkRunner runner, IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider) : IRecurringJob
{
    /// <inheritdoc />
    public async Task RunAsync(CancellationToken stopping)
    {
        await EnsureDueAsync();
        await runner.RunAsync(WorkKind.Reconcile, claim => reconcile.UnderClaimAsync(claim, null, null, Actors.System), stopping);
    }

    private async Task EnsureDueAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.DueWork.AnyAsync(w => w.Kind == WorkKind.Reconcile))
        {
            return;
        }

        db.DueWork.Add(new DueWorkRow { Kind = WorkKind.Reconcile, Id = Reconcile.WorkId, DueAt = reconcile.NextAt() });
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException same) when (provider.IsUniqueViolation(same))
        {
            // Another process was faster: one row is enough.
            db.ChangeTracker.Clear();
        }
    }
}
