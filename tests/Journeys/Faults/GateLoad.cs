using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Subscriptions.Journeys.Browser;
using Subscriptions.Journeys.Support;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Faults;

/// <summary>Some tens of readers, and others with forged passes or none, who open gated articles without a rest.</summary>
internal sealed class GateLoad : IDisposable
{
    private const int Strangers = 6;
    private const int EntitledReaders = 24;
    private const int OtherReaders = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SandboxPlace place;
    private readonly List<(string Name, FormBrowser Browser, bool Reads)> all = [];
    private readonly ConcurrentQueue<string> wrong = [];
    private long answers, slowestTicks;

    private GateLoad(SandboxPlace place) => this.place = place;

    /// <summary>Those about whom the service can be asked.</summary>
    public int Readers => EntitledReaders + OtherReaders;

    public long Answers => Interlocked.Read(ref answers);

    public TimeSpan Slowest => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref slowestTicks));

    /// <summary>Refusals of those who read before, and gated text that came to anybody else.</summary>
    public IEnumerable<string> Wrong => wrong;

    public static async Task<GateLoad> BeginAsync(SandboxTools tools, SandboxPlace place)
    {
        var load = new GateLoad(place);
        var entitled = tools.Readers.Where(r => Text(r, "state") is "Active" or "PastDue" or "Trialing").Take(EntitledReaders);
        var others = tools.Readers.Where(r => Text(r, "state") is "Ended" or "Paused" or "Incomplete" or "Registered" or "None").Take(OtherReaders).ToList();
        foreach (var (person, reads) in entitled.Select(r => (r, true)).Concat(others.Select(r => (r, false))))
        {
            var browser = new FormBrowser();
            load.all.Add((Text(person, "email"), browser, reads));
            await browser.SignInAsync(place.Newspaper, Walk.Article, Text(person, "email"), Text(person, "password"));
        }

        var pass = load.all[0].Browser.Jar.GetCookies(place.Newspaper).Single(cookie => cookie.Name.EndsWith("_pass", StringComparison.Ordinal));
        for (var n = 0; n < Strangers; n++)
        {
            var browser = new FormBrowser();
            load.all.Add(($"stranger {n}", browser, false));
            // Every second one shows a pass that somebody changed: another reader, under the first one's signature.
            if (n % 2 == 1) browser.Jar.Add(place.Newspaper, new Cookie(pass.Name, $"{pass.Value.Split('.')[0]}.{Changed(pass.Value.Split('.')[1])}.{pass.Value.Split('.')[2]}"));
        }

        foreach (var one in load.all) await load.LookAsync(one.Name, one.Browser, one.Reads);
        return load;
    }

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(all.Select(one => Task.Run(() => ReadOnAsync(one.Name, one.Browser, one.Reads, stopping), CancellationToken.None)));

    /// <summary>Waits for so many further answers.</summary>
    public Task AnsweredAsync(int more)
    {
        var goal = Answers + more;
        return UntilAsync(() => Answers >= goal);
    }

    public Task AnsweredUntilAsync(DateTimeOffset moment) => UntilAsync(() => DateTimeOffset.UtcNow >= moment);

    public void Dispose()
    {
        foreach (var one in all) one.Browser.Dispose();
    }

    private static string Changed(string claims) => claims[..8] + (claims[8] == 'A' ? 'B' : 'A') + claims[9..];

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!isSo()) await every.WaitForNextTickAsync(limit.Token);
    }

    private async Task ReadOnAsync(string name, FormBrowser browser, bool reads, CancellationToken stopping)
    {
        using var every = new PeriodicTimer(Pause);
        while (!stopping.IsCancellationRequested)
        {
            await LookAsync(name, browser, reads);
            await every.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task LookAsync(string name, FormBrowser browser, bool reads)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var (status, text) = await browser.LookAsync(new Uri(place.Newspaper, Walk.Article));
            var isOpen = text.Contains(Walk.LastWords, StringComparison.Ordinal);
            if (isOpen != reads || (reads && status != (int)HttpStatusCode.OK)) wrong.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {name}: {status}, {(isOpen ? "open" : "closed")}");
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            wrong.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {name}: {failure.Message}");
        }

        Interlocked.Increment(ref answers);
        var took = Stopwatch.GetTimestamp() - begun;
        for (var seen = Interlocked.Read(ref slowestTicks); took > seen && Interlocked.CompareExchange(ref slowestTicks, took, seen) != seen;) seen = Interlocked.Read(ref slowestTicks);
    }
}
