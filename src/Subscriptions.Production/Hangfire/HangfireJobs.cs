using Hangfire;
using Hangfire.States;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Production.Hangfire;

/// <summary>The queue of the looks that this process asked for itself: only this process works on it, so it knows which of its wishes still wait.</summary>
public sealed record OwnQueue(string Name);

/// <summary>Hangfire as the scheduler. What is due lives in our rows; Hangfire's say "look now", and nothing of ours is lost with them.</summary>
public sealed class HangfireJobs(IBackgroundJobClientV2 hangfire, IEnumerable<JobDeclaration> jobs, JobWishes wishes, OwnQueue own, ILogger<HangfireJobs> log) : IJobScheduler
{
    /// <inheritdoc />
    public Task LookNowAsync<TJob>() where TJob : IRecurringJob
    {
        Enqueue(typeof(TJob));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task LookNowAsync()
    {
        foreach (var job in jobs)
        {
            Enqueue(job.Type);
        }

        return Task.CompletedTask;
    }

    // Whoever wishes has saved what is to be done. Where Hangfire's records cannot be reached it is done a look later; it has not failed.
    private void Enqueue(Type job)
    {
        if (!wishes.Add(job))
        {
            return;
        }

        try
        {
            hangfire.Create(HangfireSetup.RunOf(job), new EnqueuedState(own.Name));
        }
        catch (BackgroundJobClientException unreachable)
        {
            wishes.Begin(job);
            log.LogWarning(unreachable, "Hangfire took no wish for {Job}; the next look does its work", job.Name);
        }
    }
}

/// <summary>
/// Runs one of our jobs under Hangfire. How it went is kept by <see cref="JobRuns"/> as under any scheduler. Hangfire repeats nothing by
/// itself: when something is tried again is a rule of ours, and the next look is the job's next chance.
/// </summary>
public sealed class HangfireJob<TJob>(TJob job, JobRuns runs, JobWishes wishes) where TJob : IRecurringJob
{
    // Seconds. A look that finds the job running looks after it, so that a wish is not lost in the last moment of a run. A longer run works until
    // nothing is due, and another look follows it anyway; to wait for it would keep a worker from other jobs.
    private const int WaitForTurn = 2;

    /// <summary>One look, alone in the whole installation.</summary>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete, LogEvents = false)]
    [DisableConcurrentExecution(WaitForTurn)]
    public Task RunAsync(CancellationToken stopping)
    {
        wishes.Begin(typeof(TJob));
        return runs.RunAsync(job, stopping);
    }
}
