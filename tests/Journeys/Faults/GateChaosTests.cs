using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Subscriptions.Journeys.Browser;
using Subscriptions.Journeys.Support;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Faults;

/// <summary>
/// The newspaper goes on in a process of its own while the service is killed under its readers and started again, or says nothing any more. <c>CHAOS_ROUNDS=20</c> sets how often.
/// </summary>
[TestFixture]
public sealed partial class GateChaosTests
{
    private const int UsualRounds = 2;

    // The newspaper gives the service two seconds; the rest is for a machine that does other work as well.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(2 + 2);
    private static readonly TimeSpan KnownWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SlackOfThisMachine = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterRecovery = TimeSpan.FromSeconds(4);

    // Refusals are asked about again after a second and a half at the earliest; everybody else once at most.
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromSeconds(1.5);

    private SandboxPlace place = null!;
    private SandboxProgram service = null!;
    private SandboxProgram newspaper = null!;
    private SandboxTools tools = null!;
    private CuttableProxy wire = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        place = new SandboxPlace();
        service = await SandboxProgram.StartAsync(place, "Panel,Service");
        wire = new CuttableProxy(place.Service);
        newspaper = await SandboxProgram.StartAsync(place, "Newspaper", new Dictionary<string, string>
        {
            ["Paywall__InternalAddress"] = wire.Address.GetLeftPart(UriPartial.Authority),
            // That an outage is over is good news, which the newspaper's console does not show by itself.
            ["Logging__LogLevel__Subscriptions.Paywall"] = "Information",
        });
        tools = await OpenAsync(place);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        tools.Dispose();
        await newspaper.DisposeAsync();
        await wire.DisposeAsync();
        await service.DisposeAsync();
        place.Dispose();
    }

    [Test]
    public async Task While_the_service_dies_or_falls_silent_and_comes_back_whoever_was_seen_entitled_reads_on_and_nobody_else_does()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("CHAOS_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : UsualRounds;
        using var load = await GateLoad.BeginAsync(tools, place);
        var outagesBefore = Outages();
        using var ending = new CancellationTokenSource();
        var busy = load.RunAsync(ending.Token);
        for (var round = 0; round < rounds; round++)
        {
            await load.AnsweredAsync(200);
            // By turns dead, which is heard at once, and silent, which nobody is told of.
            if (round % 2 == 0)
            {
                await service.KillAsync();
                await load.AnsweredAsync(1000);
                service = await SandboxProgram.StartAsync(place, "Panel,Service");
            }
            else
            {
                wire.Freeze();
                await WaitUntil.TrueAsync(() => Task.FromResult(Outages().Begun == outagesBefore.Begun + round + 1), "the newspaper sees that the service is silent");
                await load.AnsweredAsync(500);
                wire.Thaw();
            }

            await WaitUntil.TrueAsync(() => Task.FromResult(Outages().Ended == outagesBefore.Ended + round + 1), "the newspaper hears the service again");
            var recovered = DateTimeOffset.UtcNow;
            await load.AnsweredUntilAsync(recovered + AfterRecovery);
            NothingStampedes(wire.Since(recovered), load);
        }

        await ending.CancelAsync();
        await busy;
        var outages = Outages();
        await TestContext.Out.WriteLineAsync($"{rounds} outages, {load.Answers} answers, the slowest {load.Slowest.TotalMilliseconds:0} ms; decisions without the service: {string.Join(", ", outages.Decisions)}");
        Assert.Multiple(() =>
        {
            Assert.That(load.Wrong.Take(10), Is.Empty);
            Assert.That(load.Slowest, Is.LessThan(LongestAnswer));
            Assert.That((outages.Begun - outagesBefore.Begun, outages.Ended - outagesBefore.Ended), Is.EqualTo((rounds, rounds)), newspaper.Output);
            Assert.That(outages.Decisions, Is.All.GreaterThan(0));
        });
    }

    [Test]
    public async Task What_changed_while_the_wire_was_cut_counts_within_two_seconds_of_its_mending()
    {
        var reader = tools.Reader(r => Text(r, "email").StartsWith("yseult.", StringComparison.Ordinal));
        var grant = await tools.ApiAsync(HttpMethod.Post, $"/api/readers/{reader.ReaderId}/grants", new { kind = "Complimentary" });
        using var browser = new FormBrowser();
        await browser.SignInAsync(place.Newspaper, Walk.Article, reader.Email, reader.Password);
        var article = new Uri(place.Newspaper, Walk.Article);
        await ReadsAsync(true);

        wire.Cut();
        await tools.ApiAsync(HttpMethod.Post, $"/api/grants/{Text(grant, "id")}/withdraw", null);
        await ReadsAsync(true);
        var mended = DateTimeOffset.UtcNow;
        wire.Mend();
        await WaitUntil.TrueAsync(async () => await FeedIsBackAsync() is not null, "the newspaper listens again");
        var back = (await FeedIsBackAsync())!.Value;
        await ReadsAsync(false);
        Assert.That(DateTimeOffset.UtcNow - back, Is.LessThan(KnownWithin + SlackOfThisMachine));

        Task<DateTimeOffset?> FeedIsBackAsync() => Task.FromResult(wire.Since(mended).Where(one => one.Path.StartsWith("/api/feed", StringComparison.Ordinal)).Select(one => (DateTimeOffset?)one.At).FirstOrDefault());

        Task ReadsAsync(bool reads) => WaitUntil.TrueAsync(async () => (await browser.LookAsync(article)).Text.Contains(Walk.LastWords, StringComparison.Ordinal) == reads, $"she {(reads ? "reads" : "reads no more")}");
    }

    // One question per reader at a time, and no more than the rules for refusals want.
    private static void NothingStampedes(IReadOnlyList<(DateTimeOffset At, string Path)> asked, GateLoad load)
    {
        var each = asked.Where(one => one.Path.StartsWith("/api/entitlements/", StringComparison.Ordinal)).CountBy(one => one.Path).ToDictionary(one => one.Key["/api/entitlements/".Length..], one => one.Value);
        var span = asked.Count == 0 ? TimeSpan.Zero : asked.Max(one => one.At) - asked.Min(one => one.At);
        var most = 2 + (int)(span / BetweenQuestions);
        Assert.Multiple(() =>
        {
            Assert.That(each.Where(one => one.Value > most).Select(one => $"{one.Key}: {one.Value}"), Is.Empty, $"a reader is asked about {most} times at most");
            Assert.That(asked, Has.Count.LessThan((load.Readers * most) + 20), "all together");
        });
    }

    private (int Begun, int Ended, IReadOnlyList<int> Decisions) Outages()
    {
        var said = newspaper.Output;
        var ends = End().Matches(said);
        return (Begin().Count(said), ends.Count, [.. ends.Select(end => int.Parse(end.Groups[1].Value, CultureInfo.InvariantCulture))]);
    }

    [GeneratedRegex("The subscription service does not answer")]
    private static partial Regex Begin();

    [GeneratedRegex("The subscription service answers again\\. (\\d+) decisions")]
    private static partial Regex End();
}
