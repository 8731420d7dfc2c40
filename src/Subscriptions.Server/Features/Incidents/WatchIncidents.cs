using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain.Incidents;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Incidents;

/// <summary>Looks for incidents of ours once a minute of billing time, and freezes or goes on as the rule says.</summary>
public sealed class WatchIncidents(
    IDbContextFactory<SubscriptionsDb> databases, IncidentSignalsQuery signals, Freezes freezes, IncidentThresholds limits, IncidentWatch watch, BillingClock clock) : IRecurringJob
{
    private static readonly TimeSpan _every = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken stopping)
    {
        var now = clock.Now;
        if (!watch.Take(now, _every))
        {
            return;
        }

        var seen = await signals.RunAsync();
        foreach (var kind in Enum.GetValues<IncidentKind>())
        {
            await JudgeAsync(kind, seen, now);
        }

        watch.Judged(now);
    }

    private async Task JudgeAsync(IncidentKind kind, IncidentSignals seen, DateTimeOffset now)
    {
        await using var db = await databases.CreateDbContextAsync();
        var newest = await db.Freezes.AsNoTracking().Where(f => f.Kind == kind).OrderByDescending(f => f.OpenedAt).FirstOrDefaultAsync();
        var span = newest is null ? null : new FreezeSpan(newest.OpenedAt, newest.ClosedAt, newest.EndedBy);
        switch (IncidentRule.Judge(kind, span, seen, limits, now))
        {
            case FreezeVerdict.Open open:
                await freezes.OpenAsync(kind, open.Figures, Actors.System);
                break;
            case FreezeVerdict.Close close:
                await freezes.CloseAsync(newest!.Id, close.End, Actors.System);
                break;
        }
    }
}

/// <summary>When this process looked last, so that a job that runs every second reads the rows once a minute.</summary>
public sealed class IncidentWatch
{
    private readonly Lock guard = new();
    private DateTimeOffset lookedAt = DateTimeOffset.MinValue;
    private DateTimeOffset judgedAt = DateTimeOffset.MinValue;

    /// <summary>The newest moment that was judged to its end; the beginning of time before the first.</summary>
    public DateTimeOffset JudgedAt
    {
        get
        {
            lock (guard)
            {
                return judgedAt;
            }
        }
    }

    /// <summary>A look came to its end.</summary>
    public void Judged(DateTimeOffset at)
    {
        lock (guard)
        {
            judgedAt = at;
        }
    }

    /// <summary>True when it is time to look; a clock that was set back counts as time.</summary>
    public bool Take(DateTimeOffset now, TimeSpan every)
    {
        lock (guard)
        {
            if (now >= lookedAt && now - lookedAt < every)
            {
                return false;
            }

            lookedAt = now;
            return true;
        }
    }
}
