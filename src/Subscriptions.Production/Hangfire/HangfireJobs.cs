using Hangfire;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Production.Hangfire;

/// <summary>Hangfire as the scheduler. What is due lives in our rows; Hangfire's say "look now", and nothing of ours is lost with them.</summary>
public sealed class HangfireJobs(IBackgroundJobClientV2 hangfire, IEnumerable<JobDeclaration> jobs, JobWishes wishes) : IJobScheduler
{
    /// <inheritdoc />
    public Task LookNowAsync<TJob>() where TJob : IRecurringJob
    {
        if (wishes.Add(typeof(TJob)))
        {
            hangfire.Enqueue<HangfireJob<TJob>>(job => job.RunAsync(CancellationToken.None));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task LookNowAsync()
    {
        foreach (var job in jobs.Where(job => wishes.Add(job.Type)))
        {
            hangfire.Create(HangfireSetup.RunOf(job.Type), new global::Hangfire.States.EnqueuedState());
        }

        return Task.CompletedTask;
    }
}

/// <summary>
/// Runs one of our jobs under Hangfire. How it went is kept by <see cref="JobRuns"/> as under any scheduler. Hangfire repeats nothing by
/// itself: when something is tried again is a rule of ours, and the next look is the job's next chance.
/// </summary>
public sealed class HangfireJob<TJob>(TJob job, JobRuns runs, JobWishes wishes) where TJob : IRecurringJob
{
    // Seconds. Whoever finds the job running elsewhere leaves it to that run.
    private const int WaitForTurn = 1;

    /// <summary>One look, alone in the whole installation.</summary>
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete, LogEvents = false)]
    [DisableConcurrentExecution(WaitForTurn)]
    public Task RunAsync(CancellationToken stopping)
    {
        wishes.Begin(typeof(TJob));
        return runs.RunAsync(job, stopping);
    }
}
