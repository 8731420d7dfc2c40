using Hangfire;
using Hangfire.Common;
using Hangfire.Storage;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Production.Hangfire;

/// <summary>
/// Writes down at start what is to look, and takes away what an earlier version declared and what processes left that are no more. What goes
/// missing later, as when somebody empties Hangfire's tables, is written down again within a minute: without it nothing would be charged or mailed.
/// </summary>
/// <param name="recurring">Where it is written down.</param>
/// <param name="hangfire">Takes looks away.</param>
/// <param name="own">This process's queue.</param>
/// <param name="jobs">What is to look.</param>
/// <param name="cron">How often, in wall time.</param>
/// <param name="prepare">Makes Hangfire's own tables, once the service's database is there.</param>
/// <param name="wall">Wall time.</param>
/// <param name="log">Where it is told that the records cannot be reached.</param>
internal sealed class HangfireDeclarations(
    IRecurringJobManagerV2 recurring, IBackgroundJobClientV2 hangfire, OwnQueue own, IReadOnlyList<JobDeclaration> jobs, string cron, Action? prepare, TimeProvider wall,
    ILogger<HangfireDeclarations> log) : BackgroundService
{
    private static readonly TimeSpan _between = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Job> declared = jobs.ToDictionary(job => $"{HangfireSetup.Prefix}{job.Type.Name}", job => HangfireSetup.RunOf(job.Type, HangfireSetup.Queue), StringComparer.Ordinal);

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        prepare?.Invoke();
        foreach (var id in declared.Keys)
        {
            WriteDown(id);
        }

        foreach (var former in Written().Select(job => job.Id).Where(id => id.StartsWith(HangfireSetup.Prefix, StringComparison.Ordinal) && !declared.ContainsKey(id)).ToList())
        {
            recurring.RemoveIfExists(former);
        }

        DropLooksOfNobody(recurring.Storage.GetMonitoringApi());
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Writes down again what is missing.</summary>
    internal void Mend()
    {
        foreach (var missing in declared.Keys.Except(Written().Where(IsAsDeclared).Select(job => job.Id)).ToList())
        {
            WriteDown(missing);
            log.LogWarning("{Job} was missing in Hangfire's records, or stood there otherwise, and is written down again", missing);
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var tick = new PeriodicTimer(_between, wall);
        try
        {
            while (await tick.WaitForNextTickAsync(stoppingToken))
            {
                TryMend();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private void TryMend()
    {
        try
        {
            Mend();
        }
        catch (Exception unreachable)
        {
            log.LogWarning(unreachable, "Hangfire's records cannot be read");
        }
    }

    private void WriteDown(string id) => recurring.AddOrUpdate(id, declared[id], cron, new RecurringJobOptions { MisfireHandling = MisfireHandlingMode.Ignorable });

    // A host of another version may have written it down for another queue, where nobody works any more.
    private bool IsAsDeclared(RecurringJobDto job) => job.Cron == cron && job.Job?.Queue == HangfireSetup.Queue;

    private List<RecurringJobDto> Written()
    {
        using var connection = recurring.Storage.GetConnection();
        return connection.GetRecurringJobs();
    }

    // Where each rollout gives machines new names, nobody works any more on the queue of an old one, and what waits in a queue never expires.
    private void DropLooksOfNobody(IMonitoringApi records)
    {
        var worked = records.Servers().SelectMany(server => server.Queues).Append(own.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var left in records.Queues().Where(queue => queue.Name.StartsWith(HangfireSetup.QueuePrefix, StringComparison.Ordinal) && !worked.Contains(queue.Name)))
        {
            foreach (var look in records.EnqueuedJobs(left.Name, 0, (int)left.Length))
            {
                hangfire.Delete(look.Key);
            }
        }
    }
}
