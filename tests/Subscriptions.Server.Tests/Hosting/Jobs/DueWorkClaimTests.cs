using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.Hosting.Jobs;

/// <summary>Whose a row is, between two processes on one database.</summary>
internal sealed class DueWorkClaimTests
{
    [Test]
    public async Task A_row_that_somebody_holds_is_claimed_by_nobody_else_until_its_lease_runs_out()
    {
        await using var service = await RunningService.StartAsync();
        var databases = service.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>();
        var wall = new LateWall();
        var first = new DueWorkStore(databases, new InstanceName("first"), wall, NullLogger<DueWorkStore>.Instance);
        var second = new DueWorkStore(databases, new InstanceName("second"), wall, NullLogger<DueWorkStore>.Instance);

        // Due in a year, so that the service's own jobs leave it alone.
        var due = service.Clock.Now.AddYears(1);
        await using (var db = await databases.CreateDbContextAsync())
        {
            db.DueWork.Add(new DueWorkRow { Kind = WorkKind.CollectInvoice, Id = "inv_claimed", DueAt = due });
            await db.SaveChangesAsync();
        }

        var mine = await first.ClaimAsync(WorkKind.CollectInvoice, 8, due);
        var hers = await second.ClaimAsync(WorkKind.CollectInvoice, 8, due);
        var now = await second.ClaimNowAsync(WorkKind.CollectInvoice, "inv_claimed", due);
        wall.At += TimeSpan.FromSeconds(DueWorkStore.LeaseSeconds + 1);
        var later = await second.ClaimAsync(WorkKind.CollectInvoice, 8, due);

        Assert.Multiple(() =>
        {
            Assert.That(mine, Has.Count.EqualTo(1));
            Assert.That(hers, Is.Empty);
            Assert.That(now, Is.Null);
            Assert.That(later, Has.Count.EqualTo(1));
        });
        Assert.That(await first.RenewAsync(mine[0]), Is.False, "what was lost is not renewed");
    }

    private sealed class LateWall : TimeProvider
    {
        public DateTimeOffset At { get; set; } = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => At;
    }
}
