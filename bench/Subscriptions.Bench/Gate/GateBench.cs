using System.Globalization;
using System.Net;

namespace Subscriptions.Bench.Gate;

/// <summary>
/// What the middleware costs a website: the same article with and without it, in two processes of the same build, in turn, under the
/// same requests. Judged by CPU time per request, the least of the rounds, since a busy machine can only make it look worse.
/// </summary>
internal static class GateBench
{
    private sealed record Subject(string Name, Child Site, string Reader, double? Must)
    {
        public double CpuMicroseconds { get; set; } = double.MaxValue;

        public double PerSecond { get; set; }

        public double P99 { get; set; } = double.MaxValue;
    }

    public static async Task<int> RunAsync(BenchPlan plan)
    {
        using var service = await Child.StartAsync("service");
        using var plain = await Child.StartAsync("site");
        using var gated = await Child.StartAsync("site", service.Address.GetLeftPart(UriPartial.Authority));
        using var browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        Subject[] subjects =
        [
            new("the page as it is", plain, StubService.Entitled, null),
            new("gated, entitled, remembered", gated, StubService.Entitled, 0.85),
            new("the same with a notice", gated, StubService.PastDue, 0.80),
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
        return Judge(subjects, plan, askedBefore, askedAfter);
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

    private static int Judge(Subject[] subjects, BenchPlan plan, string askedBefore, string askedAfter)
    {
        var page = subjects[0];
        var falling = 0;
        Say($"Least of {plan.Rounds} rounds of {plan.Seconds} s each, wrk with 16 connections, {Environment.ProcessorCount} processors.");
        Say($"{"",-30}{"CPU µs/request",16}{"requests/s",14}{"p99 ms",10}{"CPU ratio",12}{"must be",10}{"req/s ratio",14}");
        foreach (var it in subjects)
        {
            var ratio = page.CpuMicroseconds / it.CpuMicroseconds;
            var falls = ratio < it.Must;
            falling += falls ? 1 : 0;
            Say($"{it.Name,-30}{it.CpuMicroseconds,16:F1}{it.PerSecond,14:F0}{it.P99,10:F2}{(it.Must is null ? "" : $"{ratio:F3}"),12}"
                + $"{(it.Must is { } must ? $"≥ {must:F2}" : ""),10}{(it.Must is null ? "" : $"{it.PerSecond / page.PerSecond:F3}"),14}{(falls ? "  falls short" : "")}");
        }

        Say($"Questions to the service during the rounds: {long.Parse(askedAfter, CultureInfo.InvariantCulture) - long.Parse(askedBefore, CultureInfo.InvariantCulture)}.");
        return falling == 0 ? 0 : 1;
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
