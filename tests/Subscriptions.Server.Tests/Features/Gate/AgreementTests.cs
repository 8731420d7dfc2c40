using System.Globalization;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>
/// Whoever is asked whether a reader may read, the answer is the same: a website with the middleware, the gate for other web servers, <c>/api/decisions</c>,
/// <c>/api/entitlements</c> and the page of support. <c>AGREEMENT_ROUNDS=500</c> sets how long readers live on between the comparisons, <c>AGREEMENT_SEED</c> how.
/// </summary>
internal sealed class AgreementTests
{
    private const int UsualRounds = 8;
    private const int MostStepsPerRound = 4;
    private const int OthersPerRound = 3;

    // A change is known within two seconds; on a busy machine the questions themselves take as long again.
    private static readonly TimeSpan _catchUp = TimeSpan.FromSeconds(4);

    // A website that got no answer in time says so, which is no disagreement before it has had the time to ask again.
    private static readonly TimeSpan _comesBack = TimeSpan.FromSeconds(20);

    private static readonly string[] _metByAllSeeds =
    [
        "FreeToRead", "SignedIn", "Granted", "NotSignedIn", "NotSubscribed", "SubscriptionEnded", "SubscriptionPaused", "PaymentDisputed", "PaymentOverdue", "FirstPaymentMissing", "NotYetStarted", "NotInPlan", "WithinMeter",
    ];

    private AgreementStage stage = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => stage = await AgreementStage.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await stage.DisposeAsync();

    [Test]
    public async Task For_any_state_article_and_moment_all_who_can_be_asked_agree()
    {
        var seed = Number("AGREEMENT_SEED") ?? Environment.TickCount & int.MaxValue;
        var (rounds, chance) = (Number("AGREEMENT_ROUNDS") ?? UsualRounds, new Random(seed));
        var steps = new AgreementSteps(stage, chance);
        List<string> done = [];
        var (compared, slowest) = (0, TimeSpan.Zero);
        HashSet<string> met = [];
        foreach (var reader in stage.Readers)
        {
            await CompareAsync(reader, Article("/subscriber"), null);
            await CompareAsync(reader, Article("/puzzles"), null);
        }

        for (var round = 1; round <= rounds; round++)
        {
            HashSet<StageReader> touched = [];
            for (var step = chance.Next(MostStepsPerRound); step >= 0; step--)
            {
                var reader = stage.Readers[chance.Next(stage.Readers.Count)];
                touched.Add(reader);
                done.Add($"{round}: {await steps.TakeAsync(reader)}");
            }

            foreach (var (reader, article) in touched.SelectMany(reader => AgreementStage.Folders.Select(folder => (reader, Article(folder))))
                .Concat(Enumerable.Range(0, OthersPerRound).Select(_ => (stage.Readers[chance.Next(stage.Readers.Count)], Article()))))
            {
                await CompareAsync(reader, article, null);
            }

            await CompareAsync(StageReader.Nobody, Article(), null);
            await CompareAsync(chance.Next(2) == 0 ? StageReader.Nobody : touched.First(), Article(), AgreementStage.InstitutionsAddress);
        }

        await TestContext.Out.WriteLineAsync($"{rounds} rounds, {done.Count} steps, {compared} comparisons, the slowest {slowest.TotalMilliseconds:0} ms after its first question; reasons met: {string.Join(", ", met.Order())} (AGREEMENT_SEED={seed})");
        Assert.That(met, Is.SupersetOf(_metByAllSeeds), $"AGREEMENT_SEED={seed}");

        async Task CompareAsync(StageReader reader, string article, string? from)
        {
            var begun = TimeProvider.System.GetTimestamp();
            using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (true)
            {
                var answers = await stage.AskAllAsync(reader, article, from);
                if (answers.Differences() is not { } differences)
                {
                    (compared, slowest) = (compared + 1, TimeSpan.FromTicks(Math.Max(slowest.Ticks, TimeProvider.System.GetElapsedTime(begun).Ticks)));
                    met.Add(answers.Reason);
                    return;
                }

                if (TimeProvider.System.GetElapsedTime(begun) > (answers.AreWithoutService ? _comesBack : _catchUp))
                {
                    Assert.Fail($"{reader.Name} ({reader.Id}) at {article}{(from is null ? "" : " from " + from)}, {stage.Now:O}; AGREEMENT_SEED={seed}\n{differences}\n{string.Join('\n', done.TakeLast(60))}");
                }

                await every.WaitForNextTickAsync();
            }
        }

        string Article(string? folder = null) => $"{folder ?? AgreementStage.Folders[chance.Next(AgreementStage.Folders.Count)]}/{(char)('a' + chance.Next(6))}";
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
