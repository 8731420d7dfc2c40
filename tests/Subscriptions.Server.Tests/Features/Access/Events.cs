using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Tests.Features.Access;

/// <summary>Committed events, as a unit of work leaves them.</summary>
internal static class Events
{
    private static int streams;

    /// <param name="id">What the database gave at the insert, where the order of the commits is to be another.</param>
    public static EventRow Of(ReaderId reader, long version, long id = 0, long? position = null) => new()
    {
        Id = id,
        Stream = $"sub_test{Interlocked.Increment(ref streams)}",
        StreamVersion = 1,
        ReaderId = reader,
        Type = "Renewed",
        Schema = 1,
        Data = "{}",
        Actor = "system",
        ReaderVersion = version,
        Position = position,
    };

    public static async Task SaveAsync(RunningService service, IEnumerable<EventRow> events)
    {
        await using var db = service.OpenDatabase();
        db.Events.AddRange(events);
        await db.SaveChangesAsync();
    }

    public static async Task<int> WaitingAsync(RunningService service)
    {
        await using var db = service.OpenDatabase();
        return await db.Events.CountAsync(e => e.Position == null);
    }

    public static async Task<long> LastAsync(RunningService service)
    {
        await using var db = service.OpenDatabase();
        return await db.Events.MaxAsync(e => e.Position) ?? 0;
    }
}
