using System.Collections.Concurrent;

namespace Subscriptions.Paywall;

/// <summary>
/// Remembers at most a number of things, the least recently used half going first, without locks or allocation when something is
/// found. Used where a general cache would hash long keys in full or box them.
/// </summary>
internal sealed class BoundedMemory<TKey, TValue>(int most, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly int _half = Math.Max(1, most / 2);
    private readonly Lock _turn = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new(comparer);
    private volatile ConcurrentDictionary<TKey, TValue> _old = new(comparer);
    private int _youngCount;

    public bool TryGet(TKey key, out TValue? value)
    {
        if (_young.TryGetValue(key, out value))
            return true;
        if (!_old.TryGetValue(key, out value))
            return false;
        Set(key, value);
        return true;
    }

    public void Set(TKey key, TValue value)
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
