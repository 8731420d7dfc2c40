using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>What the service has to do and when, read from its database: the service may run in another process.</summary>
public sealed class ProductDueMoments(SandboxOptions options, RunningRooms rooms, TimeProvider wall) : IDueMoments
{
    private readonly DbContextOptions<SubscriptionsDb> database = ServiceDatabase.Options(options);

    /// <inheritdoc />
    public string Name => "the service";

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDueAsync(DateTimeOffset until)
    {
        if (!File.Exists(ServiceRoom.DatabaseFile(options)))
        {
            return null;
        }

        await using var db = new SubscriptionsDb(database);
        return await db.DueWork.Where(w => w.DueAt <= until).MinAsync(w => (DateTimeOffset?)w.DueAt);
    }

    /// <inheritdoc />
    public async Task<bool> BusyAsync()
    {
        if (!File.Exists(ServiceRoom.DatabaseFile(options)))
        {
            return false;
        }

        await using var db = new SubscriptionsDb(database);
        var now = wall.GetUtcNow();
        return await db.DueWork.AnyAsync(w => w.LeaseUntil != null && w.LeaseUntil > now);
    }

    /// <inheritdoc />
    public Task NudgeAsync() => rooms.Service?.Services.GetRequiredService<IJobScheduler>().LookNowAsync() ?? Task.CompletedTask;
}

/// <summary>How the panel opens the service's database.</summary>
internal static class ServiceDatabase
{
    public static DbContextOptions<SubscriptionsDb> Options(SandboxOptions options)
    {
        var builder = new DbContextOptionsBuilder<SubscriptionsDb>();
        SqliteDatabase.Provider.Configure(builder, $"Data Source={ServiceRoom.DatabaseFile(options)}");
        return builder.Options;
    }
}
