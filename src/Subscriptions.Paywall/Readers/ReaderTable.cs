using System.Numerics;

namespace Subscriptions.Paywall;

/// <summary>
/// Readers by id, at most a number of them. Found without a lock and without allocation; added under one. Whoever was not here for 25 hours is dropped, and
/// where there is no room, of some readers the one whose last visit is longest ago. A general cache adds three hundred bytes to each reader, more than what
/// is known of her.
/// </summary>
internal sealed class ReaderTable(int most)
{
    // Long enough for the longest StaleFor: a reader must outlive the outage in which she is needed.
    private const int KeptMinutes = 25 * 60;

    private const int Compared = 8;
    private const int MostPlacesSeen = 64;
    private readonly ReaderEntry?[] _places = new ReaderEntry?[BitOperations.RoundUpToPowerOf2((uint)most)];
    private readonly Lock _adding = new();
    private int _count;
    private int _hand;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Finds a reader's entry; being found is no use of it.</summary>
    public ReaderEntry? Find(string readerId) => Find(readerId, string.GetHashCode(readerId.AsSpan()));

    /// <summary>Finds the entry of a reader who is here.</summary>
    public ReaderEntry? Use(string readerId, DateTimeOffset wall)
    {
        if (Find(readerId) is not { } entry)
            return null;
        var minute = MinuteOf(wall);
        if (entry.UsedAt != minute)
            entry.UsedAt = minute;
        return entry;
    }

    public ReaderEntry UseOrAdd(string readerId, DateTimeOffset wall)
    {
        if (Use(readerId, wall) is { } here)
            return here;
        lock (_adding)
        {
            if (Use(readerId, wall) is { } added)
                return added;
            MakeRoom(MinuteOf(wall));
            var entry = new ReaderEntry(readerId) { Hash = string.GetHashCode(readerId.AsSpan()), UsedAt = MinuteOf(wall) };
            ref var place = ref _places[PlaceOf(entry.Hash)];
            entry.Next = place;
            Volatile.Write(ref place, entry);
            _count++;
            return entry;
        }
    }

    /// <summary>Whole minutes of the calendar.</summary>
    public static int MinuteOf(DateTimeOffset wall) => (int)(wall.UtcTicks / TimeSpan.TicksPerMinute);

    private int PlaceOf(int hash) => hash & (_places.Length - 1);

    private ReaderEntry? Find(string readerId, int hash)
    {
        for (var entry = Volatile.Read(ref _places[PlaceOf(hash)]); entry is not null; entry = Volatile.Read(ref entry.Next))
            if (entry.Hash == hash && entry.IsOf(readerId))
                return entry;
        return null;
    }

    // A hand goes round the places, a few at each addition, so that nobody ever waits for a whole round.
    private void MakeRoom(int minute)
    {
        ReaderEntry? longestAgo = null;
        for (int seen = 0, places = 0; (seen < Compared && places < MostPlacesSeen) || (longestAgo is null && _count >= most); places++)
        {
            for (var entry = _places[_hand]; entry is not null; entry = entry.Next)
            {
                if (minute - entry.UsedAt > KeptMinutes)
                {
                    Remove(entry);
                    continue;
                }

                seen++;
                if (longestAgo is null || entry.UsedAt < longestAgo.UsedAt)
                    longestAgo = entry;
            }

            _hand = (_hand + 1) & (_places.Length - 1);
        }

        if (_count >= most && longestAgo is not null)
            Remove(longestAgo);
    }

    // Whoever stands at the removed entry goes on from it: its own link stays.
    private void Remove(ReaderEntry entry)
    {
        ref var link = ref _places[PlaceOf(entry.Hash)];
        while (link != entry)
            link = ref link!.Next;
        Volatile.Write(ref link, entry.Next);
        _count--;
    }
}

/// <summary>The entries whose answers are open, at most a number of them; the one that was opened longest ago is closed for the next.</summary>
internal sealed class OpenEntries(int most)
{
    private readonly ReaderEntry?[] _entries = new ReaderEntry?[most];
    private int _opened;

    public void Add(ReaderEntry entry)
    {
        var place = (uint)Interlocked.Increment(ref _opened) % (uint)most;
        if (Interlocked.Exchange(ref _entries[place], entry) is { } former && former != entry)
            former.Close();
    }
}
