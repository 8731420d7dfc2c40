using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Tests.Features.Access;

/// <summary>Committed events, as a unit of work leaves them.</summary>
internal static class Events
{
    private static int streams;

    /// <param name="id">What the database gave at the insert, where the order of the commits is to be another.</param>
    /// <param name="streamVersion">Which of its stream it is.</param>
    /// <param name="stream">Null for one of its own.</param>
    public static EventRow Of(ReaderId reader, long version, long id = 0, long? position = null, int streamVersion = 1, string? stream = null) => new()
    {
        Id = id,
        Stream = stream ?? $"sub_test{Interlocked.Increment(ref streams)}",
        StreamVersion = streamVersion,
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
        if (db.Database.ProviderName!.EndsWith("SqlServer", StringComparison.Ordinal) && db.Events.Local.Any(e => e.Id > 0))
        {
            await db.Database.OpenConnectionAsync();
            await db.Database.ExecuteSqlRawAsync("SET IDENTITY_INSERT [Events] ON");
        }

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
