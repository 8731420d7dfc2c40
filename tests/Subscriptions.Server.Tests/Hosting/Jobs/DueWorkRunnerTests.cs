using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.Hosting.Jobs;

/// <summary>Work that breaks off: tried again, set aside after a while, and never given up.</summary>
internal sealed class DueWorkRunnerTests
{
    [Test]
    public async Task Work_that_broke_off_too_often_waits_a_day_with_a_task_and_heals_by_itself()
    {
        await using var service = await RunningService.StartAsync();
        var runner = service.Services.GetRequiredService<DueWorkRunner>();
        var broken = true;
        await AddAsync(service, tries: 0);

        for (var run = 0; run <= DueWorkRunner.MostFailures; run++)
        {
            await RunAsync();
            service.Clock.Advance(TimeSpan.FromMinutes(40));
        }

        var parked = await RowAsync(service);
        await RunAsync();
        var untouched = await RowAsync(service);
        broken = false;
        service.Clock.Advance(TimeSpan.FromDays(1));
        await RunAsync();
        var healed = await RowAsync(service);

        await using var db = service.OpenDatabase();
        Assert.Multiple(() =>
        {
            Assert.That(parked!.ParkedAt, Is.Not.Null);
            Assert.That(untouched!.Failures, Is.EqualTo(parked.Failures), "it holds nobody up meanwhile");
            Assert.That(healed!.ParkedAt, Is.Null);
            Assert.That(healed.Failures, Is.Zero);
        });
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "parked-work" && t.Id.EndsWith("probe")), Is.True);

        Task RunAsync() => runner.RunAsync(WorkKind.PublishEvents, _ => broken ? throw new InvalidOperationException("broken") : Task.CompletedTask, CancellationToken.None);
    }

    [Test]
    public async Task Work_that_waited_long_for_a_silent_peer_is_not_parked_by_its_first_failure()
    {
        await using var service = await RunningService.StartAsync();
        await AddAsync(service, tries: 40);

        await service.Services.GetRequiredService<DueWorkRunner>()
            .RunAsync(WorkKind.PublishEvents, _ => throw new InvalidOperationException("once"), CancellationToken.None);

        var row = await RowAsync(service);
        Assert.That((row!.ParkedAt, row.Failures, row.Tries), Is.EqualTo(((DateTimeOffset?)null, 1, 40)));
    }

    [Test]
    public async Task What_was_set_due_anew_while_it_was_worked_on_waits_seconds_and_what_got_nowhere_a_minute()
    {
        await using var service = await RunningService.StartAsync();
        var due = service.Services.GetRequiredService<DueWorkStore>();
        await AddAsync(service, tries: 0);
        var now = (await RowAsync(service))!.DueAt;

        var claim = (await due.ClaimAsync(WorkKind.PublishEvents, 8, now)).Single(c => c.Id == "probe");
        await due.ReleaseAsync(claim, now);
        var nowhere = (await RowAsync(service))!.DueAt;

        claim = (await due.ClaimAsync(WorkKind.PublishEvents, 8, nowhere)).Single(c => c.Id == "probe");
        await using (var db = service.OpenDatabase())
        {
            await db.DueWork.Where(w => w.Id == "probe").ExecuteUpdateAsync(set => set.SetProperty(w => w.DueAt, now));
        }

        await due.ReleaseAsync(claim, nowhere);
        var anew = (await RowAsync(service))!.DueAt;
        Assert.That((nowhere - now, anew - nowhere), Is.EqualTo((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5))));
    }

    private static async Task AddAsync(RunningService service, int tries)
    {
        // No job of the service claims rows of this kind but its own one by name: the runner here is the only one that takes it.
        await using var db = service.OpenDatabase();
        db.DueWork.Add(new DueWorkRow { Kind = WorkKind.PublishEvents, Id = "probe", DueAt = service.Clock.Now, Tries = tries });
        await db.SaveChangesAsync();
    }

    private static async Task<DueWorkRow?> RowAsync(RunningService service)
    {
        await using var db = service.OpenDatabase();
        return await db.DueWork.AsNoTracking().SingleOrDefaultAsync(w => w.Id == "probe");
    }
}
