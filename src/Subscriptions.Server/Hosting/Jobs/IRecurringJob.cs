namespace Subscriptions.Server.Hosting.Jobs;

/// <summary>
/// A job that looks for due work and does it in bounded batches. It may run twice, at once on two machines, or be
/// killed half-way: what is due lives in the database, never in a scheduler.
/// </summary>
public interface IRecurringJob
{
    /// <summary>Does what is due now and returns.</summary>
    Task RunAsync(CancellationToken stopping);
}

/// <summary>The scheduler, which holds no date: it only says "look now", every so often and when asked.</summary>
public interface IJobScheduler
{
    /// <summary>Asks for one run of a job soon; several wishes at once may be one run.</summary>
    Task LookNowAsync<TJob>() where TJob : IRecurringJob;

    /// <summary>Asks for one run of every job.</summary>
    Task LookNowAsync();
}
