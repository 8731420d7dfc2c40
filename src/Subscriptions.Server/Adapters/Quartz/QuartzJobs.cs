using Quartz;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Adapters.Quartz;

/// <summary>Quartz as the scheduler: an in-memory list of triggers that say "look now", and nothing that would have to be saved.</summary>
public sealed class QuartzJobs(ISchedulerFactory schedulers, IEnumerable<JobDeclaration> jobs, JobWishes wishes) : IJobScheduler
{
    /// <inheritdoc />
    public Task LookNowAsync<TJob>() where TJob : IRecurringJob => TriggerAsync(typeof(TJob));

    /// <inheritdoc />
    public async Task LookNowAsync()
    {
        foreach (var job in jobs)
        {
            await TriggerAsync(job.Type);
        }
    }

    private async Task TriggerAsync(Type job)
    {
        var scheduler = await schedulers.GetScheduler();
        if (scheduler.Status == SchedulerStatus.Running && wishes.Add(job))
        {
            await scheduler.TriggerJob(KeyOf(job));
        }
    }

    internal static JobKey KeyOf(Type job) => new(job.Name);
}

/// <summary>Runs one of our jobs under Quartz, never twice at once in one process.</summary>
[DisallowConcurrentExecution]
public sealed class QuartzJob<TJob>(TJob job, JobRuns runs, JobWishes wishes) : IJob where TJob : IRecurringJob
{
    /// <inheritdoc />
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        wishes.Begin(typeof(TJob));
        await runs.RunAsync(job, cancellationToken);
    }
}

/// <summary>Puts Quartz behind the scheduler port.</summary>
public static class QuartzSetup
{
    /// <summary>Adds the scheduler with a trigger for each declared job.</summary>
    public static IServiceCollection AddQuartzJobs(this IServiceCollection services, IReadOnlyList<JobDeclaration> jobs)
    {
        services.AddSingleton<IJobScheduler, QuartzJobs>();
        services.AddQuartz(quartz =>
        {
            foreach (var job in jobs)
            {
                var key = QuartzJobs.KeyOf(job.Type);
                quartz.AddJob(typeof(QuartzJob<>).MakeGenericType(job.Type), configure => configure.WithIdentity(key).StoreDurably());
                quartz.AddTrigger(trigger => trigger.ForJob(key).StartNow().WithSimpleSchedule(every => every.WithInterval(job.Every).RepeatForever()));
            }
        });
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
        return services;
    }
}
