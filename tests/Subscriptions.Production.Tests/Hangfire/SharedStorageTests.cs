using Hangfire;
using Hangfire.InMemory;
using Hangfire.States;
using Hangfire.Storage;
using NUnit.Framework;
using Subscriptions.Production.Hangfire;
using Subscriptions.Server.Tests.Adapters;
using Subscriptions.Server.Tests.Adapters.Jobs;

namespace Subscriptions.Production.Tests.Hangfire;

/// <summary>Processes that share Hangfire's records, and what those records hold.</summary>
internal sealed class SharedStorageTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly List<JobHost> hosts = [];
    private InMemoryStorage storage = null!;

    [SetUp]
    public void SetUp() => storage = AdaptersUnderTest.NewStorage();

    [TearDown]
    public async Task TearDown()
    {
        hosts.ForEach(host => host.Counted.Gate.TrySetResult());
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        hosts.Clear();
        storage.Dispose();
    }

    [Test]
    public async Task A_job_that_runs_in_one_process_does_not_run_in_another_and_looks_there_afterwards()
    {
        var (here, there) = (await StartAsync("here"), await StartAsync("there"));
        await HoldAsync(here);

        await there.Jobs.LookNowAsync<Counting>();
        await Records.UntilAsync(() => storage.GetMonitoringApi().ProcessingCount() == 2, _patience);
        Assert.That(there.Counted.Now, Is.Zero);

        here.Counted.Gate.SetResult();
        await there.Counted.ReachAsync(1, _patience);
    }

    [Test]
    public async Task What_a_process_wished_for_it_does_itself()
    {
        var (here, there) = (await StartAsync("here"), await StartAsync("there"));

        for (var wish = 1; wish <= 10; wish++)
        {
            await there.Jobs.LookNowAsync<Counting>();
            await there.Counted.ReachAsync(wish, _patience);
        }

        Assert.That(here.Counted.Runs, Is.Zero);
    }

    [Test]
    public async Task A_process_that_stops_leaves_the_others_looking()
    {
        var (here, there) = (await StartAsync("here", lookEverySeconds: 1), await StartAsync("there", lookEverySeconds: 1));
        await Records.UntilAsync(() => here.Counted.Runs + there.Counted.Runs > 1, _patience);

        await here.StopAsync();

        await there.Counted.ReachAsync(there.Counted.Runs + 2, _patience);
    }

    [Test]
    public async Task A_wish_that_found_its_job_held_for_too_long_is_given_up_and_a_later_one_is_not_lost_with_it()
    {
        var (here, there) = (await StartAsync("here"), await StartAsync("there"));
        await HoldAsync(here);
        await there.Jobs.LookNowAsync<Counting>();
        await Records.UntilAsync(() => storage.GetMonitoringApi().DeletedListCount() == 1, _patience);
        Assert.That(there.Counted.Runs, Is.Zero);

        here.Counted.Gate.SetResult();

        await Records.UntilAsync(
            async () =>
            {
                await there.Jobs.LookNowAsync<Counting>();
                return there.Counted.Runs > 0;
            },
            _patience);
    }

    [Test]
    public async Task A_look_that_fails_is_not_repeated_by_Hangfire()
    {
        var host = await StartAsync("here", 1800, typeof(Failing));

        await host.Jobs.LookNowAsync<Failing>();
        await host.Counted.FailedAsync(_patience);
        await Records.UntilAsync(() => storage.GetMonitoringApi().ProcessingCount() == 0, _patience);

        var records = storage.GetMonitoringApi();
        Assert.That((records.ScheduledCount(), records.FailedCount(), records.EnqueuedCount("subscriptions")), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task A_wish_that_Hangfire_cannot_take_fails_nobody_and_the_next_is_not_lost_with_it()
    {
        var host = await StartAsync("here");
        storage.Dispose();

        Assert.DoesNotThrowAsync(() => host.Jobs.LookNowAsync<Counting>());

        Assert.That(host.Wishes.Add(typeof(Counting)), Is.True);
    }

    [Test]
    public async Task What_goes_missing_in_Hangfires_records_is_written_down_again()
    {
        var host = await StartAsync("here");
        new RecurringJobManager(storage).RemoveIfExists("subscriptions-Counting");

        host.HostedServices.OfType<HangfireDeclarations>().Single().Mend();

        using var connection = storage.GetConnection();
        Assert.That(connection.GetRecurringJobs().Select(job => (job.Id, job.Job.Queue)), Is.EqualTo(new[] { ("subscriptions-Counting", "subscriptions") }));
    }

    [Test]
    public async Task A_start_takes_away_what_an_earlier_version_declared_and_nothing_else()
    {
        await (await StartAsync("here", 1800, typeof(Counting), typeof(Failing))).StopAsync();
        new RecurringJobManager(storage).AddOrUpdate("newsletter", HangfireSetup.RunOf(typeof(Counting)), Cron.Never());

        await StartAsync("here");

        using var connection = storage.GetConnection();
        Assert.That(connection.GetRecurringJobs().Select(job => job.Id), Is.EquivalentTo(new[] { "subscriptions-Counting", "newsletter" }));
    }

    [Test]
    public async Task A_start_drops_the_looks_of_processes_that_are_no_more()
    {
        await StartAsync("here");
        var client = new BackgroundJobClient(storage);
        var left = client.Create(HangfireSetup.RunOf(typeof(Counting)), new EnqueuedState("looks-gone"));
        var another = client.Create(HangfireSetup.RunOf(typeof(Counting)), new EnqueuedState("newsletter"));

        await StartAsync("there");

        Assert.That(StateOf(left), Is.EqualTo(DeletedState.StateName));
        Assert.That(StateOf(another), Is.EqualTo(EnqueuedState.StateName));
    }

    private string? StateOf(string job) => storage.GetMonitoringApi().JobDetails(job).History[0].StateName;

    private Task<JobHost> StartAsync(string name, int lookEverySeconds = 1800) => StartAsync(name, lookEverySeconds, typeof(Counting));

    private async Task<JobHost> StartAsync(string name, int lookEverySeconds, params Type[] jobs)
    {
        var host = await JobHost.StartAsync(name, AdaptersUnderTest.Parts(() => storage, lookEverySeconds), jobs);
        hosts.Add(host);
        return host;
    }

    /// <summary>Lets the job begin and not end.</summary>
    private static async Task HoldAsync(JobHost host)
    {
        host.Counted.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await host.Jobs.LookNowAsync<Counting>();
        await host.Counted.BegunAsync(_patience);
    }
}

/// <summary>Waits for what Hangfire writes down.</summary>
internal static class Records
{
    public static Task UntilAsync(Func<bool> reached, TimeSpan patience) => UntilAsync(() => Task.FromResult(reached()), patience);

    public static async Task UntilAsync(Func<Task<bool>> reached, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await reached())
        {
            await tick.WaitForNextTickAsync(end.Token);
        }
    }
}
