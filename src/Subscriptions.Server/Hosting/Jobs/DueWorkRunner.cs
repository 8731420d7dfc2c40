using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Hosting.Jobs;

/// <summary>Claims due work of one kind in bounded batches and does it. A bug parks its own row and stops nobody else.</summary>
public sealed class DueWorkRunner(DueWorkStore due, StaffTasks tasks, BillingClock clock, ILogger<DueWorkRunner> log)
{
    /// <summary>Rows claimed at a time; worked on all at once, so that none waits while its lease runs out.</summary>
    public const int Batch = 8;

    /// <summary>Rows of a batch that are worked on at once; 1 makes a run repeatable.</summary>
    public int AtOnce { get; init; } = Batch;

    /// <summary>Failures in a row after which a row is set aside for staff and tried only once a day.</summary>
    public const int MostFailures = 5;

    private static readonly TimeSpan _parked = TimeSpan.FromDays(1);

    /// <summary>Works until nothing of this kind is due.</summary>
    public async Task RunAsync(WorkKind kind, Func<Claim, Task> work, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && await due.ClaimAsync(kind, Batch, clock.Now) is { Count: > 0 } claims)
        {
            // No token: a charge that has begun is seen through, a shutdown included.
            await Parallel.ForEachAsync(claims, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (claim, _) => await DoAsync(claim, work));
        }
    }

    private async Task DoAsync(Claim claim, Func<Claim, Task> work)
    {
        GatewayLane.IsBacklog = true;
        try
        {
            await due.HoldAsync(claim, async () =>
            {
                await work(claim);
                return true;
            });
            if (claim.Failures > 0)
            {
                await due.HealAsync(claim);
            }
        }
        catch (Exception failure) when (claim.Failures < MostFailures)
        {
            // A busy database heals, and so may a bug that another row's change has led to: it is tried again, and later each time.
            log.LogWarning(failure, "{Kind} {Id} failed and is tried again", claim.Kind, claim.Id);
            await due.FailAsync(claim, clock.Now.AddMinutes(1 << claim.Failures), parkedAt: null);
        }
        catch (Exception bug)
        {
            log.LogError(bug, "{Kind} {Id} met a bug and is parked for staff", claim.Kind, claim.Id);
            await due.FailAsync(claim, clock.Now + _parked, clock.Now);
            await tasks.ParkedAsync(claim, bug);
        }
    }
}
