namespace Subscriptions.Bench.Gate;

/// <summary>All that the gate must be: each suite measures its figures, and one that fails does not keep the others from it.</summary>
internal static class GateBench
{
    public static async Task<int> RunAsync(BenchPlan plan)
    {
        Leftovers.Watch();
        try
        {
            var report = new Report();
            Console.WriteLine($"{Environment.ProcessorCount} processors, load {(await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0]} before the bench.");
            await MeasureAsync(report, "the gated page", () => PageCost.RunAsync(plan, report));
            await MeasureAsync(report, "decisions and passes", () => MicroBench.RunAsync(plan, report));
            await MeasureAsync(report, "the cache's size", () => CacheMemory.RunAsync(plan, report));
            await MeasureAsync(report, "the real service", () => WithRealServiceAsync(plan, report));
            return report.Print();
        }
        finally
        {
            Leftovers.Clear();
        }
    }

    private static async Task WithRealServiceAsync(BenchPlan plan, Report report)
    {
        var database = Path.Combine(Leftovers.Folder, "book.db");
        Console.WriteLine($"Writing a book of {plan.Subscribers:N0} subscribers…");
        await Book.WriteAsync(database, plan.Subscribers);
        var site = new Uri(FormattableString.Invariant($"http://localhost:{RealService.FreePort()}"));
        using var service = await RealService.StartAsync(database, site);
        using (var website = await Child.StartAsync("site", service.Address.GetLeftPart(UriPartial.Authority), "by-header"))
        {
            await MeasureAsync(report, "cold misses", () => ColdMiss.RunAsync(plan, service, website, report));
            await MeasureAsync(report, "from a change to its effect", () => ChangeToEffect.RunAsync(plan, service, website, report));
        }

        await MeasureAsync(report, "forward-auth", () => ForwardAuth.RunAsync(plan, service, site, report));
    }

    private static async Task MeasureAsync(Report report, string what, Func<Task> measure)
    {
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            await measure();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            report.Failed(what, failure);
        }

        Console.WriteLine($"({what}: {System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalSeconds:F0} s)");
    }
}
