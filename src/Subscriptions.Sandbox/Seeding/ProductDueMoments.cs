using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Features.Incidents;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>What the service has to do and when, read from its database: the service may run in another process.</summary>
public sealed class ProductDueMoments(SandboxOptions options, RunningRooms rooms, TimeProvider wall) : IDueMoments
{
    // The figures that end a freeze are of the last half hour: a clock that jumps over it would leave the rule blind, and the freeze
    // standing until its maximum. At wall speed the rule looks once a minute; half an hour is what a day of freeze has time for.
    private static readonly TimeSpan _watchEvery = TimeSpan.FromMinutes(30);

    // Nor may the clock jump from a morning of declines to an evening on which nobody has judged it.
    private static readonly TimeSpan _afterTries = TimeSpan.FromMinutes(1);

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
        var work = await db.DueWork.Where(w => w.DueAt <= until).MinAsync(w => (DateTimeOffset?)w.DueAt);
        return await NextLookAsync(db) is { } look && look <= until && !(work < look) ? look : work;
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

    // While a freeze stands, and after payments were tried. In a service of another process nobody can see how far its rule has looked.
    private async Task<DateTimeOffset?> NextLookAsync(SubscriptionsDb db)
    {
        if (rooms.Service?.Services.GetRequiredService<IncidentWatch>().JudgedAt is not { } judged || judged == DateTimeOffset.MinValue)
        {
            return null;
        }

        return await db.PaymentAttempts.AnyAsync(a => a.StartedAt >= judged) ? judged + _afterTries
            : await db.Freezes.AnyAsync(f => f.ClosedAt == null) ? judged + _watchEvery
            : null;
    }

    // Asked at every step of the clock; once there, the tables stay.
    private async Task<bool> LaidDownAsync() => laidDown || (laidDown = await options.Database.IsLaidDownAsync());
}
