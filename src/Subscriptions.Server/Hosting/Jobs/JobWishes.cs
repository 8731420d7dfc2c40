using System.Collections.Concurrent;

namespace Subscriptions.Server.Hosting.Jobs;

/// <summary>Wishes that wait for a run; a second wish before the run begins adds nothing.</summary>
public sealed class JobWishes
{
    private readonly ConcurrentDictionary<Type, byte> waiting = new();

    /// <summary>True for the first wish since the job last began.</summary>
    public bool Add(Type job) => waiting.TryAdd(job, 0);

    /// <summary>The job begins: a wish from now on wants another run.</summary>
    public void Begin(Type job) => waiting.TryRemove(job, out _);
}
