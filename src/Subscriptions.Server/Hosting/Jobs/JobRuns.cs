using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Hosting.Jobs;

/// <summary>A job and how often it looks by itself.</summary>
/// <param name="Type">One of our own classes.</param>
/// <param name="Every">Wall time between two looks.</param>
public sealed record JobDeclaration(Type Type, TimeSpan Every);

/// <summary>Runs jobs and keeps how they went as rows of ours, whichever scheduler drives them.</summary>
public sealed class JobRuns(IDbContextFactory<SubscriptionsDb> databases, TimeProvider wall, ILogger<JobRuns> log)
{
    // A job that looks every second and finds nothing is not worth a write each time.
    private static readonly TimeSpan _quietFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> lastWritten = new(StringComparer.Ordinal);

    /// <summary>Runs a job once. A failure is kept and logged; the next look is the job's next chance.</summary>
    public async Task RunAsync(IRecurringJob job, CancellationToken stopping)
    {
        var name = job.GetType().Name;
        var startedAt = wall.GetUtcNow();
        var clock = Stopwatch.StartNew();
        string? failure = null;
        try
        {
            await job.RunAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception bug)
        {
            failure = bug.GetType().Name;
            log.LogError(bug, "Job {Job} failed", name);
        }

        if (failure is not null || startedAt - lastWritten.GetValueOrDefault(name) > _quietFor)
        {
            lastWritten[name] = startedAt;
            await KeepAsync(name, startedAt, clock.ElapsedMilliseconds, failure);
        }
    }

    private async Task KeepAsync(string name, DateTimeOffset startedAt, long milliseconds, string? failure)
    {
        try
        {
            await using var db = await databases.CreateDbContextAsync();
            var row = await db.JobRuns.FindAsync(name) ?? db.JobRuns.Add(new JobRunRow { Name = name }).Entity;
            row.StartedAt = startedAt;
            row.Duration = milliseconds;
            row.Failure = failure ?? row.Failure;
            row.FailedAt = failure is null ? row.FailedAt : startedAt;
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException lost)
        {
            log.LogWarning(lost, "The run of {Job} could not be kept", name);
        }
    }
}
