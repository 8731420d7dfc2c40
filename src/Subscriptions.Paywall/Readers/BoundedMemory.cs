using System.Collections.Concurrent;

namespace Subscriptions.Paywall;

/// <summary>
/// Remembers at most a number of things by their texts, the least recently used half going first, without locks or allocation when
/// something is found. Used where a general cache would hash long texts in full or need them as strings.
/// </summary>
/// <param name="most">The bound.</param>
/// <param name="comparer">Compares texts; has to compare pieces of texts with them as well.</param>
internal sealed class BoundedMemory<TValue>(int most, IEqualityComparer<string>? comparer = null)
{
    private readonly int _half = Math.Max(1, most / 2);
    private readonly Lock _turn = new();
    private volatile ConcurrentDictionary<string, TValue> _young = new(comparer);
    private volatile ConcurrentDictionary<string, TValue> _old = new(comparer);
    private int _youngCount;

    public bool TryGet(ReadOnlySpan<char> key, out TValue? value)
    {
        if (_young.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out value))
            return true;
        if (!_old.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var text, out value))
            return false;
        Set(text, value);
        return true;
    }

    public void Set(string key, TValue value)
    {
        if (!_young.TryAdd(key, value))
        {
            _young[key] = value;
            return;
        }

        if (Interlocked.Increment(ref _youngCount) < _half)
            return;
        lock (_turn)
        {
            if (_youngCount < _half)
                return;
            _old = _young;
            _young = new(comparer);
            _youngCount = 0;
        }
    }
}
