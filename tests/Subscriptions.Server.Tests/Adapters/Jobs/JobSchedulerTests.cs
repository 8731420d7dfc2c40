using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Tests.Adapters.Jobs;

/// <summary>Whichever scheduler lets our jobs look: by itself, when asked, never twice at once, and to the end of what has begun.</summary>
internal sealed class JobSchedulerTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly Counted counted = new();
    private IHost host = null!;
    private string folder = "";

    [SetUp]
    public async Task StartAsync()
    {
        folder = Directory.CreateTempSubdirectory("jobs-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(counted).AddSingleton<JobWishes>().AddSingleton<JobRuns>();
        builder.Services.AddDbContextFactory<SubscriptionsDb>(options => SqliteDatabase.Provider.Configure(options, $"Data Source={Path.Combine(folder, "jobs.db")};Pooling=False"));
        JobDeclaration[] declared = [new(typeof(Counting), TimeSpan.FromSeconds(1)), new(typeof(Failing), TimeSpan.FromSeconds(1))];
        foreach (var job in declared)
        {
            builder.Services.AddTransient(job.Type).AddSingleton(job);
        }

        AdaptersUnderTest.Parts().AddJobs(builder.Services, declared);
        host = builder.Build();
        await using var db = await host.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        await db.Database.MigrateAsync();
        await host.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        counted.Gate.TrySetResult();
        await host.StopAsync();
        host.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task A_declared_job_looks_by_itself_again_and_again() => await counted.ReachAsync(3, _patience);

    [Test]
    public async Task Asked_to_look_now_it_looks_and_a_second_wish_before_that_adds_nothing()
    {
        var scheduler = host.Services.GetRequiredService<IJobScheduler>();
        await counted.ReachAsync(1, _patience);
        var before = counted.Runs;
        for (var wish = 0; wish < 50; wish++)
        {
            await scheduler.LookNowAsync<Counting>();
            await scheduler.LookNowAsync();
        }

        await counted.ReachAsync(before + 1, _patience);
        Assert.That(counted.Runs - before, Is.LessThan(50));
    }

    [Test]
    public async Task A_job_never_runs_beside_itself()
    {
        counted.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await counted.BegunAsync(_patience);
        for (var wish = 0; wish < 20; wish++)
        {
            await host.Services.GetRequiredService<IJobScheduler>().LookNowAsync<Counting>();
        }

        await counted.FailedAsync(_patience);
        Assert.That(counted.Most, Is.EqualTo(1));
    }

    [Test]
    public async Task A_job_that_fails_is_kept_with_its_failure_and_looks_again()
    {
        await counted.FailedAsync(_patience);
        await counted.FailedAsync(_patience, 2);
        await using var db = await host.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        Assert.That((await db.JobRuns.SingleAsync(run => run.Name == nameof(Failing))).Failure, Is.EqualTo(nameof(InvalidOperationException)));
    }

    [Test]
    public async Task A_stop_waits_for_what_has_begun()
    {
        counted.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await counted.BegunAsync(_patience);
        var stopping = host.StopAsync();
        Assert.That(stopping.IsCompleted, Is.False);
        counted.Gate.SetResult();
        await stopping.WaitAsync(_patience);
        Assert.That(counted.Now, Is.Zero);
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
}
