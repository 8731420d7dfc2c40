using System.Collections.Concurrent;
using System.Diagnostics;

namespace Subscriptions.Server.Hosting.Jobs;

/// <summary>Wishes that wait for a run; a second wish before the run begins adds nothing.</summary>
public sealed class JobWishes
{
    // Wall time: longer than a scheduler lets a run wait for its turn. A run that it gave up meanwhile never begins, and must not swallow all later wishes.
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<Type, long> waiting = new();

    /// <summary>True for the first wish since the job last began, and for one after a wish that has waited in vain.</summary>
    public bool Add(Type job)
    {
        var now = Stopwatch.GetTimestamp();
        return waiting.TryAdd(job, now)
            || (waiting.TryGetValue(job, out var since) && Stopwatch.GetElapsedTime(since, now) > _longestWait && waiting.TryUpdate(job, now, since));
    }

    /// <summary>The job begins: a wish from now on wants another run.</summary>
    public void Begin(Type job) => waiting.TryRemove(job, out _);
}
