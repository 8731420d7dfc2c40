using System.Globalization;
using Subscriptions.Paywall;

namespace Subscriptions.Bench.Gate;

/// <summary>How much memory a website's cache takes when it holds many readers.</summary>
internal static class CacheMemory
{
    private const double MustFor = 250.0 / 1_000_000;
    private const string Bytes = "Bytes\t";
    private const int Warm = 200;

    public static async Task RunAsync(BenchPlan plan, Report report)
    {
        var line = (await Child.RunAsync("memory", plan.CachedReaders.ToString(CultureInfo.InvariantCulture))).Single(said => said.StartsWith(Bytes, StringComparison.Ordinal));
        var megabytes = double.Parse(line[Bytes.Length..], CultureInfo.InvariantCulture) / 1_000_000;
        Console.WriteLine($"A cache of {plan.CachedReaders:N0} readers: {megabytes * 1_000_000 / plan.CachedReaders:F0} bytes each.");
        report.AtMost($"cache of {plan.CachedReaders:N0} readers", megabytes, MustFor * plan.CachedReaders, "MB", plan == BenchPlan.Quick ? "" : "120 MB");
    }

    /// <summary>In the child: asks the stub about each reader as a first request would, and compares the managed heap before and after.</summary>
    public static async Task<int> FillAsync(int readers)
    {
        // The table has its size from the start, and is part of the cache.
        _ = await FilledAsync(new Inside(), 0, Warm);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var inside = new Inside(options => options.CacheEntries = readers);
        var cache = await FilledAsync(inside, 0, readers);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < readers; i += 97)
        {
            if (cache.VersionOf(Book.ReaderId(i)) is null)
                throw new InvalidOperationException($"Reader {i} is not in the cache.");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Bytes}{after - before}"));
        GC.KeepAlive(inside);
        return 0;
    }

    private static async Task<AccessCache> FilledAsync(Inside inside, int from, int to)
    {
        var cache = inside.Get<AccessCache>();
        await Parallel.ForAsync(from, to, async (i, _) => await cache.DecideAsync(Book.ReaderId(i), Requirement.Subscriber, null));
        return cache;
    }
}
