namespace Subscriptions.Bench.Gate;

/// <summary>What the real gate costs a web server that asks it before each page, beside one that asks somebody who does nothing.</summary>
internal static class ForwardAuth
{
    private const int LeastRounds = 5;
    private const int SecondsOfRest = 4;
    private const string Page = "/articles/the-old-mill";

    private sealed class Side(Uri address, Func<TimeSpan> asked)
    {
        public Uri Address => address;

        /// <summary>What the asked process spends in a second without any question.</summary>
        public TimeSpan Idle { get; set; }

        public TimeSpan AskedCpu => asked();

        public double Cpu { get; set; } = double.MaxValue;

        public double AskedPart { get; set; }

        public double PerSecond { get; set; }

        public double P99 { get; set; } = double.MaxValue;
    }

    public static async Task RunAsync(BenchPlan plan, RealService service, Uri site, Report report)
    {
        using var nothing = await Child.StartAsync("nothing");
        var open = new Uri(FormattableString.Invariant($"http://localhost:{RealService.FreePort()}"));
        using var nginx = await Nginx.StartAsync(site, service.Address, open, nothing.Address);
        var cookies = await CookiesAsync(service, site);
        Side[] sides = [new(new Uri(open, Page), () => nothing.CpuTime), new(new Uri(site, Page), () => service.CpuTime)];
        foreach (var side in sides)
            await Wrk.RunAsync(side.Address, cookies, plan.WarmUpSeconds);
        await RestAsync(sides, SecondsOfRest);
        for (var round = 0; round < (plan == BenchPlan.Quick ? plan.Rounds : Math.Max(LeastRounds, plan.Rounds)); round++)
        {
            foreach (var side in sides)
                await MeasureAsync(side, nginx, cookies, plan.Seconds);
        }

        var (plain, gated) = (sides[0], sides[1]);
        Tell("nginx, asking one who does nothing", plain);
        Tell("nginx, asking the gate", gated);
        report.AtLeast("forward-auth through nginx, CPU (nginx + who is asked), base ÷ ours", plain.Cpu / gated.Cpu, 0.80, 0.95);
        report.Told("the same, requests per second, ours ÷ base", $"{gated.PerSecond / plain.PerSecond:F3}");
    }

    private static void Tell(string name, Side side) =>
        Console.WriteLine($"{name,-40}{side.Cpu,8:F1} µs of CPU per request, {side.AskedPart:F1} of them in the asked process;{side.PerSecond,8:F0} requests/s, p99 {side.P99:F2} ms; taken off: {side.Idle.TotalMilliseconds:F0} ms of CPU a second.");

    // The real service has jobs that look for due work each second; they would do so without any question, and are taken off. The least of some seconds:
    // after a load, compilers and the garbage collector are at work for a while.
    private static async Task RestAsync(Side[] sides, int seconds)
    {
        var least = sides.Select(_ => TimeSpan.MaxValue).ToArray();
        for (var second = 0; second < seconds; second++)
        {
            var before = sides.Select(side => side.AskedCpu).ToArray();
            await Task.Delay(TimeSpan.FromSeconds(1));
            for (var i = 0; i < sides.Length; i++)
                least[i] = TimeSpan.FromTicks(Math.Min(least[i].Ticks, (sides[i].AskedCpu - before[i]).Ticks));
        }

        for (var i = 0; i < sides.Length; i++)
            sides[i].Idle = least[i];
    }

    private static async Task MeasureAsync(Side side, Nginx nginx, string cookies, int seconds)
    {
        var (web, asked) = (nginx.CpuTime, side.AskedCpu);
        var load = await Wrk.RunAsync(side.Address, cookies, seconds);
        var askedEach = (side.AskedCpu - asked - (side.Idle * seconds)).TotalMicroseconds / load.Requests;
        var each = askedEach + ((nginx.CpuTime - web).TotalMicroseconds / load.Requests);
        if (each < side.Cpu)
            (side.Cpu, side.AskedPart) = (each, askedEach);
        side.PerSecond = Math.Max(side.PerSecond, load.PerSecond);
        side.P99 = Math.Min(side.P99, load.P99);
    }

    // What a browser carries after its first page. A stranger must not get it.
    private static async Task<string> CookiesAsync(RealService service, Uri site)
    {
        using var browser = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        using var stranger = await browser.GetAsync(new Uri(site, Page));
        if (stranger.IsSuccessStatusCode)
            throw new InvalidOperationException("nginx lets strangers in.");
        var cookies = $"__{StubService.SiteId}_pass={await service.PassAsync()}; __{StubService.SiteId}_handle={Book.Handle}";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site, Page)) { Headers = { { "Cookie", cookies } } };
        using var page = await browser.SendAsync(request);
        var known = page.Headers.TryGetValues("Set-Cookie", out var set) ? set.FirstOrDefault(cookie => cookie.Contains("_known=", StringComparison.Ordinal)) : null;
        return page.IsSuccessStatusCode && known is not null
            ? $"{cookies}; {known.Split(';')[0]}"
            : throw new InvalidOperationException($"nginx answers a subscriber {(int)page.StatusCode}, cookie {known}.");
    }
}
