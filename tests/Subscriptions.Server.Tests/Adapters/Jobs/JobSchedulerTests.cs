using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Adapters.Jobs;

/// <summary>Whichever scheduler lets our jobs look: by itself, when asked, never twice at once, and to the end of what has begun.</summary>
internal sealed class JobSchedulerTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private JobHost host = null!;

    private Counted Counted => host.Counted;

    [SetUp]
    public async Task StartAsync() => host = await JobHost.StartAsync(AdaptersUnderTest.Parts(), typeof(Counting), typeof(Failing));

    [TearDown]
    public ValueTask StopAsync() => host.DisposeAsync();

    [Test]
    public async Task A_declared_job_looks_by_itself_again_and_again() => await Counted.ReachAsync(3, _patience);

    [Test]
    public async Task Asked_to_look_now_it_looks_and_a_second_wish_before_that_adds_nothing()
    {
        await Counted.ReachAsync(1, _patience);
        var before = Counted.Runs;
        for (var wish = 0; wish < 50; wish++)
        {
            await host.Jobs.LookNowAsync<Counting>();
            await host.Jobs.LookNowAsync();
        }

        await Counted.ReachAsync(before + 1, _patience);
        Assert.That(Counted.Runs - before, Is.LessThan(50));
    }

    [Test]
    public async Task A_job_never_runs_beside_itself()
    {
        Counted.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await Counted.BegunAsync(_patience);
        for (var wish = 0; wish < 20; wish++)
        {
            await host.Jobs.LookNowAsync<Counting>();
        }

        await Counted.FailedAsync(_patience);
        Assert.That(Counted.Most, Is.EqualTo(1));
    }

    [Test]
    public async Task A_job_that_fails_is_kept_with_its_failure_and_looks_again()
    {
        await Counted.FailedAsync(_patience);
        await Counted.FailedAsync(_patience, 2);
        await using var db = host.OpenDatabase();
        Assert.That((await db.JobRuns.SingleAsync(run => run.Name == nameof(Failing))).Failure, Is.EqualTo(nameof(InvalidOperationException)));
    }

    [Test]
    public async Task A_stop_waits_for_what_has_begun()
    {
        Counted.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await Counted.BegunAsync(_patience);
        var stopping = host.StopAsync();
        Assert.That(stopping.IsCompleted, Is.False);
        Counted.Gate.SetResult();
        await stopping.WaitAsync(_patience);
        Assert.That(Counted.Now, Is.Zero);
    }
}
