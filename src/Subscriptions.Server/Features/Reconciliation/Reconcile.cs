using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>When our records are compared with the gateway's by themselves.</summary>
/// <param name="At">Time of day in the publisher's zone.</param>
/// <param name="WindowDays">How many days back each comparison looks at least, so that what was missed one day is found the next. After a longer silence it begins where the last one ended.</param>
/// <param name="GraceMinutes">What is younger is left out: it may be under way, and clocks differ.</param>
public sealed record ReconciliationSettings(TimeOnly At, int WindowDays, int GraceMinutes);

/// <summary>Compares our records with the gateway's, one at a time, and says what differs.</summary>
public sealed class Reconcile(
    PaymentChecks payments, OtherChecks others, LedgerBooks books, CollectingGate gate, StaffTasks tasks, DueWorkStore due,
    IDbContextFactory<SubscriptionsDb> databases, ReconciliationSettings settings, PublisherHours hours, BillingClock clock)
{
    /// <summary>The one piece of due work.</summary>
    public const string WorkId = "daily";

    // What was under way when the last one ended is looked at again.
    private const int OverlapDays = 1;
    private const int MostRuns = 1000;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    /// <summary>When the next one is due: later than now, or one that ends in the very moment in which it fell due would fall due again.</summary>
    public DateTimeOffset NextAt() => hours.NextAt(clock.Now.AddSeconds(1), settings.At);

    /// <summary>Compares at somebody's wish; null when another comparison is under way.</summary>
    /// <param name="from">Null for as far back as settings say, or as a closed gate needs.</param>
    /// <param name="to">Null for as late as can be judged.</param>
    /// <param name="actor">Who asks.</param>
    public async Task<ReconciliationRunRow?> NowAsync(DateTimeOffset? from, DateTimeOffset? to, string actor)
    {
        if (await due.ClaimSoonAsync(WorkKind.Reconcile, WorkId, () => clock.Now, _patience) is not { } claim)
        {
            return null;
        }

        return await UnderClaimAsync(claim, from, to, actor);
    }

    /// <summary>The same under a claim, which it ends.</summary>
    public async Task<ReconciliationRunRow> UnderClaimAsync(Claim claim, DateTimeOffset? from, DateTimeOffset? to, string actor)
    {
        ReconciliationRunRow? run = null;
        try
        {
            return run = await due.HoldAsync(claim, () => RunAsync(from, to, actor));
        }
        finally
        {
            await due.CompleteAsync(claim, run is { FinishedAt: not null } ? NextAt() : clock.Now.AddMinutes(15));
        }
    }

    private async Task<ReconciliationRunRow> RunAsync(DateTimeOffset? from, DateTimeOffset? to, string actor)
    {
        var now = clock.Now;
        var shut = await gate.StateAsync() is { ClosedAt: not null };

        // While nothing is charged nothing is under way, so that everything can be judged at once.
        var latest = shut ? now.AddMinutes(1) : now.AddMinutes(-settings.GraceMinutes);
        var needed = await EarliestAsync(now, shut);
        var window = new RecordWindow(from ?? needed, to is { } wanted && wanted < latest ? wanted : latest);
        var run = new ReconciliationRunRow { From = window.From, To = window.To, StartedAt = now, Actor = actor };
        await SaveAsync(run);
        var pass = new ReconciliationPass(databases, window, now);
        try
        {
            await CompareMoneyAsync(pass, run);
            if (shut && window.From <= needed && window.To >= latest)
            {
                // All that decides about a charge was read whole; what the provider paid out to us does not.
                await gate.OpenAsync(actor);
            }

            run.Payouts = await others.PayoutsAsync(pass);
        }
        catch (GatewaySilentException silent)
        {
            run.Failure = silent.Message.Length <= 500 ? silent.Message : silent.Message[..500];
            await SaveAsync(run);
            await tasks.OpenAsync("reconciliation-failed", WorkId, $"The reconciliation broke off: {run.Failure} It is tried again by itself.");
            return run;
        }

        await pass.CloseVanishedAsync();
        (run.FinishedAt, run.Repaired, run.OpenFindings) = (clock.Now, pass.Mended, await OpenAsync());
        await SaveAsync(run);
        await TellAsync(run);
        return run;
    }

    private async Task CompareMoneyAsync(ReconciliationPass pass, ReconciliationRunRow run)
    {
        run.Transactions = await payments.BookingsAsync(pass);
        run.Payments = await payments.PaymentIntentsAsync(pass);
        await payments.OursAsync(pass);
        run.Refunds = await others.RefundsAsync(pass);
        run.Disputes = await others.DisputesAsync(pass);
        await others.EndsAsync(pass);
        foreach (var wrong in (await books.RebuildAsync(pass.Window.From)).Wrong)
        {
            await pass.SeeAsync(new(FindingKind.LedgerDiffers, wrong, pass.Window.From, "The rows of this set are not what its event gives.", "", Money.Zero("GBP")));
        }
    }

    // A closed gate opens only after all that the restored records may lack was looked at. And what happened in a silence that
    // was longer than the window is looked at by the first comparison after it, or its bookings would be missing for good.
    private async Task<DateTimeOffset> EarliestAsync(DateTimeOffset now, bool shut)
    {
        var usual = now.AddDays(-settings.WindowDays);
        await using var db = await databases.CreateDbContextAsync();

        // Before there was any, none of the provider's bookings is posted: the first one begins where the payments do, or the
        // balance at the provider would lack the fees and payouts of all that time.
        var covered = await CoveredUntilAsync() ?? await db.PaymentAttempts.MinAsync(a => (DateTimeOffset?)a.StartedAt);
        if (covered?.AddDays(-OverlapDays) < usual)
        {
            usual = covered.Value.AddDays(-OverlapDays);
        }

        if (!shut)
        {
            return usual;
        }

        var newest = await db.PaymentAttempts.OrderByDescending(a => a.StartedAt).Select(a => (DateTimeOffset?)a.StartedAt).FirstOrDefaultAsync();
        return newest?.AddDays(-1) < usual ? newest!.Value.AddDays(-1) : usual;
    }

    // Up to where the complete comparisons reach without a gap; null while there was none. One that somebody wished for of a few
    // days in between closes no gap before it.
    private async Task<DateTimeOffset?> CoveredUntilAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var runs = await db.ReconciliationRuns.AsNoTracking().Where(r => r.FinishedAt != null)
            .OrderByDescending(r => r.Id).Take(MostRuns).Select(r => new { r.From, r.To }).ToListAsync();
        DateTimeOffset? until = null;
        foreach (var run in runs.AsEnumerable().Reverse())
        {
            until = until is null || (run.From <= until && run.To > until) ? run.To : until;
        }

        return until;
    }

    private async Task<int> OpenAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Findings.CountAsync(f => f.State == FindingState.Open);
    }

    private async Task TellAsync(ReconciliationRunRow run)
    {
        await tasks.CloseAsync($"reconciliation-failed:{WorkId}");
        if (run.OpenFindings > 0)
        {
            await tasks.OpenAsync("reconciliation", WorkId, $"{run.OpenFindings} differences between our records and the payment provider's wait for a decision; see Reconciliation.");
        }
        else
        {
            await tasks.CloseAsync($"reconciliation:{WorkId}");
        }
    }

    private async Task SaveAsync(ReconciliationRunRow run)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (run.Id == 0)
        {
            db.ReconciliationRuns.Add(run);
        }
        else
        {
            db.ReconciliationRuns.Update(run);
        }

        await db.SaveChangesAsync();
    }
}
