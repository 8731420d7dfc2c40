using System.Globalization;
using System.Net;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// What the middleware costs a website: the same article with and without it, in two processes of the same build, in turn, under the
/// same requests. Judged by CPU time per request, the least of the rounds, since a busy machine can only make it look worse.
/// </summary>
internal static class PageCost
{
    private const int PerSecond = 500;
    private const int FixedRateRounds = 2;

    private sealed record Subject(string Name, Child Site, string Reader, double? Must, double Aim)
    {
        public double CpuMicroseconds { get; set; } = double.MaxValue;

        public double PerSecond { get; set; }

        public double P99 { get; set; } = double.MaxValue;
    }

    public static async Task RunAsync(BenchPlan plan, Report report)
    {
        using var service = await Child.StartAsync("service");
        using var plain = await Child.StartAsync("site");
        using var gated = await Child.StartAsync("site", service.Address.GetLeftPart(UriPartial.Authority));
        using var browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        Subject[] subjects =
        [
            new("the page as it is", plain, StubService.Entitled, null, 1),
            new("gated, entitled, remembered", gated, StubService.Entitled, 0.85, 0.92),
            new("the same with a notice", gated, StubService.PastDue, 0.80, 0.88),
        ];

        await IsGatedAsync(browser, gated);
        foreach (var subject in subjects)
            await Wrk.RunAsync(PageOf(subject), await CookiesAsync(browser, service, subject), plan.WarmUpSeconds);
        var askedBefore = await browser.GetStringAsync(new Uri(service.Address, "/bench/questions"));
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var subject in subjects)
                await MeasureAsync(subject, await CookiesAsync(browser, service, subject), plan.Seconds);
        }

        var askedAfter = await browser.GetStringAsync(new Uri(service.Address, "/bench/questions"));
        Tell(subjects, plan, askedBefore, askedAfter, report);
        foreach (var subject in subjects)
            report.Told($"{subject.Name}: p99 at {PerSecond} requests/s", await AtFixedRateAsync(subject, await CookiesAsync(browser, service, subject), plan.FixedRateSeconds));
    }

    private static async Task MeasureAsync(Subject subject, string cookies, int seconds)
    {
        var before = subject.Site.CpuTime;
        var load = await Wrk.RunAsync(PageOf(subject), cookies, seconds);
        var cpu = subject.Site.CpuTime - before;
        subject.CpuMicroseconds = Math.Min(subject.CpuMicroseconds, cpu.TotalMicroseconds / load.Requests);
        subject.PerSecond = Math.Max(subject.PerSecond, load.PerSecond);
        subject.P99 = Math.Min(subject.P99, load.P99);
    }

    // The same load on each, by our own open loop: wrk sends as fast as it is answered, so its p99 is of another load on each page.
    private static async Task<string> AtFixedRateAsync(Subject subject, string cookies, int seconds)
    {
        var least = double.MaxValue;
        for (var round = 0; round < FixedRateRounds; round++)
        {
            var seen = await OpenLoop.RunAsync(PerSecond, seconds, _ => new(HttpMethod.Get, PageOf(subject)) { Headers = { { "Cookie", cookies } } }, answer => answer.StatusCode == HttpStatusCode.OK);
            least = Math.Min(least, seen.P99);
        }

        return $"{least:F2} ms";
    }

    private static void Tell(Subject[] subjects, BenchPlan plan, string askedBefore, string askedAfter, Report report)
    {
        var page = subjects[0];
        Say($"{"",-30}{"CPU µs/request",16}{"requests/s",14}{"req/s ratio",14}{"p99 ms",10}   (wrk, 16 connections, least of {plan.Rounds} rounds of {plan.Seconds} s)");
        foreach (var it in subjects)
        {
            Say($"{it.Name,-30}{it.CpuMicroseconds,16:F1}{it.PerSecond,14:F0}{it.PerSecond / page.PerSecond,14:F3}{it.P99,10:F2}");
            if (it.Must is { } must)
                report.AtLeast($"{it.Name}: CPU, page without ÷ with", page.CpuMicroseconds / it.CpuMicroseconds, must, it.Aim);
        }

        Say($"Questions to the service during the rounds: {long.Parse(askedAfter, CultureInfo.InvariantCulture) - long.Parse(askedBefore, CultureInfo.InvariantCulture)}.");
    }

    // What a browser carries after its first page: pass, handle, and the cookie "last entitled at" of this hour.
    private static async Task<string> CookiesAsync(HttpClient browser, Child service, Subject subject)
    {
        var pass = await browser.GetStringAsync(new Uri(service.Address, $"/bench/pass/{subject.Reader}"));
        var cookies = $"__{StubService.SiteId}_pass={pass}; __{StubService.SiteId}_handle={new string('h', 43)}";
        if (subject.Must is null)
            return cookies;
        using var request = new HttpRequestMessage(HttpMethod.Get, PageOf(subject));
        request.Headers.Add("Cookie", cookies);
        using var response = await browser.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var noticed = text.Contains(StubService.Heading, StringComparison.Ordinal);
        if (response.StatusCode != HttpStatusCode.OK || !text.Contains(Site.LastWords, StringComparison.Ordinal) || noticed != (subject.Reader == StubService.PastDue))
            throw new InvalidOperationException($"The gated page answered {response.StatusCode}, which is not what is to be measured.");
        var known = response.Headers.TryGetValues("Set-Cookie", out var set) ? set.FirstOrDefault(c => c.Contains("_known=", StringComparison.Ordinal)) : null;
        return $"{cookies}; {(known ?? throw new InvalidOperationException("The page set no cookie \"last entitled at\".")).Split(';')[0]}";
    }

    // A gate that stands open would cost nothing.
    private static async Task IsGatedAsync(HttpClient browser, Child gated)
    {
        using var response = await browser.GetAsync(new Uri(gated.Address, Site.Article));
        if (response.StatusCode != HttpStatusCode.PaymentRequired || (await response.Content.ReadAsStringAsync()).Contains(Site.LastWords, StringComparison.Ordinal))
            throw new InvalidOperationException("The gated page is open to strangers.");
    }

    private static Uri PageOf(Subject subject) => new(subject.Site.Address, Site.Article);

    private static void Say(string line) => Console.WriteLine(line);
}
