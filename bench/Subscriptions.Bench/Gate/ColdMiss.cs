using System.Net;

namespace Subscriptions.Bench.Gate;

/// <summary>A website that has met none of its readers: each page asks the real service, which reads a database of all of them.</summary>
internal static class ColdMiss
{
    private const int PerSecond = 500;
    private const double Must = 10;

    public static async Task RunAsync(BenchPlan plan, RealService service, Child site, Report report)
    {
        // Other readers than those that are measured, for the compilers of both processes; slowly at first, as a service is started beside another.
        var first = 0;
        foreach (var part in (double[])[0.2, 0.6, 1])
        {
            await LoadAsync(site, plan.ColdWarmUpSeconds, (int)(PerSecond * part), first, plan.Subscribers);
            first += plan.ColdWarmUpSeconds * PerSecond;
        }

        var cpu = service.CpuTime;
        var seen = await LoadAsync(site, plan.ColdSeconds, PerSecond, first, plan.Subscribers);
        var each = (service.CpuTime - cpu).TotalMicroseconds / (plan.ColdSeconds * PerSecond);
        Console.WriteLine($"Cold misses at {PerSecond}/s: {seen}; the service spent {each:F0} µs of CPU on each.");
        report.AtMost($"cold miss, {plan.Subscribers:N0} subscribers, {PerSecond}/s for {plan.ColdSeconds} s, p99", seen.P99, Must, "ms", "");
    }

    private static Task<Latencies> LoadAsync(Child site, int seconds, int perSecond, int first, int subscribers) =>
        OpenLoop.RunAsync(perSecond, seconds, i => Page(site, Book.ReaderId(Scattered(first + i, subscribers))), answer => answer.StatusCode == HttpStatusCode.OK);

    // A prime that divides no round number: every reader comes once, and neighbours in time are far from each other in the book.
    private static int Scattered(int number, int subscribers) => (int)((long)number * 7_368_787 % subscribers);

    public static HttpRequestMessage Page(Child site, string reader) =>
        new(HttpMethod.Get, new Uri(site.Address, Site.Article)) { Headers = { { Site.ReaderHeader, reader } } };
}
