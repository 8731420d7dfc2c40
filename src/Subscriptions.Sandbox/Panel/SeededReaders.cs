using System.Text.Json;
using System.Text.Json.Serialization;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Panel;

/// <summary>Who was seeded, with the keys that open the rooms: the answer of <c>/readers.json</c>.</summary>
/// <param name="ApiKey">For the service's API.</param>
/// <param name="SiteKey">The newspaper's key at the service.</param>
/// <param name="StripeKey">For the simulator's API.</param>
public sealed record SeededBook(
    string ApiKey, string SiteKey, string StripeKey, IReadOnlyList<SeededStaff> Staff, IReadOnlyList<SeededReader> Readers)
{
    /// <summary>Nobody yet.</summary>
    public static SeededBook Empty { get; } = new("", "", "", [], []);
}

/// <summary>A member of staff.</summary>
public sealed record SeededStaff(string Email, string Password, string Role);

/// <summary>A reader.</summary>
/// <param name="Card">The test token of the card, or null.</param>
/// <param name="Name">As the panel shows her.</param>
/// <param name="Story">What is worth trying with her, in a few words.</param>
public sealed record SeededReader(
    string Email,
    string Password,
    string ReaderId,
    string? SubscriptionId,
    string State,
    string? Card,
    DateTimeOffset? RenewsAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Story = null);

/// <summary>How a reader stands at this moment.</summary>
public sealed record LiveReader(string? SubscriptionId, string State, string? Card, DateTimeOffset? RenewsAt);

/// <summary>Looks up how the seeded readers stand now; without one the panel shows how they were seeded.</summary>
public interface ILiveReaders
{
    /// <summary>By reader id; readers that are not known any more are left out.</summary>
    Task<IReadOnlyDictionary<string, LiveReader>> LookUpAsync(IReadOnlyCollection<string> readerIds);
}

/// <summary>The seeded readers, kept in <c>readers.json</c> of the sandbox's folder.</summary>
public sealed class SeededReaders(string folder, IEnumerable<ILiveReaders> live) : IResettable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new InstantConverter() } };

    private readonly string path = Path.Combine(folder, "readers.json");

    /// <summary>The book as it was seeded; null in an empty sandbox.</summary>
    public SeededBook? Load() => Load(path);

    /// <summary>The book of a folder, for rooms in other processes.</summary>
    public static SeededBook? LoadFrom(string folder) => Load(Path.Combine(folder, "readers.json"));

    /// <summary>Keeps the book.</summary>
    public void Save(SeededBook book) => DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(book, Json));

    /// <summary>The book with every reader as she stands now.</summary>
    public async Task<SeededBook> NowAsync()
    {
        var book = Load() ?? SeededBook.Empty;
        if (live.FirstOrDefault() is not { } lookUp || book.Readers.Count == 0) return book;
        var found = await lookUp.LookUpAsync([.. book.Readers.Select(reader => reader.ReaderId)]);
        return book with { Readers = [.. book.Readers.Select(reader => Updated(reader, found))] };
    }

    /// <inheritdoc />
    public Task ClearAsync()
    {
        File.Delete(path);
        return Task.CompletedTask;
    }

    private static SeededReader Updated(SeededReader reader, IReadOnlyDictionary<string, LiveReader> found) =>
        found.TryGetValue(reader.ReaderId, out var now)
            ? reader with { SubscriptionId = now.SubscriptionId, State = now.State, Card = now.Card, RenewsAt = now.RenewsAt }
            : reader;

    private static SeededBook? Load(string path) =>
        DurableFile.Read(path) is { } json ? JsonSerializer.Deserialize<SeededBook>(json, Json) : null;
}
