using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Subscriptions.Data;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Tests.Adapters.Jobs;

/// <summary>A process that does nothing but let some jobs look.</summary>
internal sealed class JobHost : IAsyncDisposable
{
    private readonly IHost host;
    private readonly string folder;

    private JobHost(IHost host, string folder) => (this.host, this.folder) = (host, folder);

    public Counted Counted => host.Services.GetRequiredService<Counted>();

    public JobWishes Wishes => host.Services.GetRequiredService<JobWishes>();

    public IEnumerable<IHostedService> HostedServices => host.Services.GetServices<IHostedService>();

    public IJobScheduler Jobs => host.Services.GetRequiredService<IJobScheduler>();

    /// <param name="parts">Whose scheduler it is.</param>
    /// <param name="jobs">What looks; every second where the scheduler has no setting of its own.</param>
    public static Task<JobHost> StartAsync(HostParts parts, params Type[] jobs) => StartAsync("one", parts, jobs);

    /// <param name="name">The process's, where there are several.</param>
    /// <param name="parts">Whose scheduler it is.</param>
    /// <param name="jobs">What looks.</param>
    public static async Task<JobHost> StartAsync(string name, HostParts parts, params Type[] jobs)
    {
        var folder = Directory.CreateTempSubdirectory("jobs-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new InstanceName(name)).AddSingleton<Counted>().AddSingleton<JobWishes>().AddSingleton<JobRuns>();
        builder.Services.AddDbContextFactory<SubscriptionsDb>(options => SqliteDatabase.Provider.Configure(options, $"Data Source={Path.Combine(folder, "jobs.db")};Pooling=False"));
        JobDeclaration[] declared = [.. jobs.Select(job => new JobDeclaration(job, TimeSpan.FromSeconds(1)))];
        foreach (var job in declared)
        {
            builder.Services.AddTransient(job.Type).AddSingleton(job);
        }

        parts.AddJobs(builder.Services, declared);
        var started = new JobHost(builder.Build(), folder);
        await using (var db = started.OpenDatabase())
        {
            await db.Database.MigrateAsync();
        }

        await started.host.StartAsync();
        return started;
    }

    public SubscriptionsDb OpenDatabase() => host.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContext();

    public Task StopAsync() => host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Counted.Gate.TrySetResult();
        await host.StopAsync();
        host.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>What the jobs have done so far.</summary>
internal sealed class Counted
{
    private int runs, now, most, failures;

    /// <summary>Holds a run of <see cref="Counting"/> until it is set; open at first.</summary>
    public TaskCompletionSource Gate { get; set; } = Open();

    public int Runs => Volatile.Read(ref runs);

    public int Now => Volatile.Read(ref now);

    public int Most => Volatile.Read(ref most);

    public async Task RunAsync()
    {
        most = Math.Max(most, Interlocked.Increment(ref now));
        await Gate.Task;
        Interlocked.Increment(ref runs);
        Interlocked.Decrement(ref now);
    }

    public void Fail() => Interlocked.Increment(ref failures);

    public Task ReachAsync(int count, TimeSpan patience) => UntilAsync(() => Runs >= count, patience);

    public Task BegunAsync(TimeSpan patience) => UntilAsync(() => Now > 0, patience);

    public Task FailedAsync(TimeSpan patience, int more = 1)
    {
        var before = Volatile.Read(ref failures);
        return UntilAsync(() => Volatile.Read(ref failures) >= before + more, patience);
    }

    private static async Task UntilAsync(Func<bool> reached, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!reached())
        {
            await tick.WaitForNextTickAsync(end.Token);
        }
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}

internal sealed class Counting(Counted counted) : IRecurringJob
{
    public Task RunAsync(CancellationToken stopping) => counted.RunAsync();
}

internal sealed class Failing(Counted counted) : IRecurringJob
{
    public Task RunAsync(CancellationToken stopping)
    {
        counted.Fail();
        throw new InvalidOperationException("It fails each time.");
    }
}
