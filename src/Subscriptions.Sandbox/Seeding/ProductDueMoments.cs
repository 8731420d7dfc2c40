using Microsoft.EntityFrameworkCore;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>What the service has to do and when, read from its database: the service may run in another process.</summary>
public sealed class ProductDueMoments(SandboxOptions options, RunningRooms rooms, TimeProvider wall) : IDueMoments
{
    private bool laidDown;

    /// <inheritdoc />
    public string Name => "the service";

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDueAsync(DateTimeOffset until)
    {
        if (!await LaidDownAsync())
        {
            return null;
        }

        await using var db = options.Database.Open();
        return await db.DueWork.Where(w => w.DueAt <= until).MinAsync(w => (DateTimeOffset?)w.DueAt);
    }

    /// <inheritdoc />
    public async Task<bool> BusyAsync()
    {
        if (!await LaidDownAsync())
        {
            return false;
        }

        await using var db = options.Database.Open();
        var now = wall.GetUtcNow();
        return await db.DueWork.AnyAsync(w => w.LeaseUntil != null && w.LeaseUntil > now);
    }

    /// <inheritdoc />
    public Task NudgeAsync() => rooms.Service?.Services.GetRequiredService<IJobScheduler>().LookNowAsync() ?? Task.CompletedTask;

    // Asked at every step of the clock; once there, the tables stay.
    private async Task<bool> LaidDownAsync() => laidDown || (laidDown = await options.Database.IsLaidDownAsync());
}
