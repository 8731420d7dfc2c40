using System.Diagnostics;
using System.Net;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// How long a website goes on as before after a change of a reader's access. From the arrival of the service's answer to the call that changed it, which
/// is a little after the commit, to the first page that is different; the page is asked for without pause.
/// </summary>
internal static class ChangeToEffect
{
    private const double Must = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(BenchPlan plan, RealService service, Child site, Report report)
    {
        using var browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        await UntilAsync(browser, site, HttpStatusCode.PaymentRequired);
        List<double> took = [];
        for (var i = 0; i < plan.Changes; i += 2)
        {
            var grant = await service.GiveAsync(Book.Registered);
            took.Add(await UntilAsync(browser, site, HttpStatusCode.OK));
            await service.WithdrawAsync(grant);
            took.Add(await UntilAsync(browser, site, HttpStatusCode.PaymentRequired));
        }

        var seen = new Latencies(took);
        Console.WriteLine($"From a change to its effect: {seen}.");
        report.AtMost($"from a change to its effect in another process, p99 of {took.Count}", seen.P99, Must, "ms", "300 ms");
    }

    private static async Task<double> UntilAsync(HttpClient browser, Child site, HttpStatusCode status)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < Patience)
        {
            using var request = ColdMiss.Page(site, Book.Registered);
            using var page = await browser.SendAsync(request);
            if (page.StatusCode == status)
                return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        throw new InvalidOperationException($"After {Patience.TotalSeconds} s the page is still not {status}.");
    }
}
