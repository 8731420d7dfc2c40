using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>
/// Most of a year of a handful of readers, and of each fifth seed two years, through the real service, repeatable from a number.
/// <c>SIMULATION_SEEDS=300</c> runs that many, from <c>SIMULATION_FIRST</c> on (1), <c>SIMULATION_SEED=17</c> runs the one that failed.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public sealed class YearsOfLifeTests
{
    private const int UsualSeeds = 3;
    private const int MostSeedsOfCuts = 40;

    [TestCaseSource(nameof(Seeds))]
    public async Task The_invariants_hold_through_a_life_of_readers_faults_and_crashes(int seed)
    {
        var watch = Stopwatch.StartNew();
        await using var world = new World(seed);
        try
        {
            await world.LiveAsync(TimeSpan.FromDays(seed % 5 == 0 ? 730 : 300));
        }
        catch (Exception broken)
        {
            Assert.Fail($"Seed {seed} ({world.Summary}): {broken.Message}\nAgain: SIMULATION_SEED={seed} dotnet test tests/Subscriptions.Server.Tests --filter YearsOfLife\n{await world.StoryOfAsync(broken.Message)}\n{broken}");
        }

        await TestContext.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Seed {seed}: {world.Summary}; {watch.Elapsed.TotalSeconds:F1} s"));
    }

    [Test]
    public async Task A_seed_lives_the_same_life_again()
    {
        await using var once = new World(3, "once");
        await once.LiveAsync(TimeSpan.FromDays(120));
        await using var again = new World(3, "again");
        await again.LiveAsync(TimeSpan.FromDays(120));
        Assert.That((again.Digest, again.Summary), Is.EqualTo((once.Digest, once.Summary)));
    }

    [Test]
    public async Task Power_goes_before_and_after_every_write_and_every_call()
    {
        var cut = new HashSet<PowerPoint>();
        for (var seed = 1; seed <= MostSeedsOfCuts && cut.Count < Enum.GetValues<PowerPoint>().Length; seed++)
        {
            await using var world = new World(seed, "cuts") { StepsPerCut = 2 };
            await world.LiveAsync(TimeSpan.FromDays(60));
            cut.UnionWith(world.CutAt.Keys);
        }

        Assert.That(cut, Is.EquivalentTo(Enum.GetValues<PowerPoint>()));
    }

    private static IEnumerable<int> Seeds() =>
        Number("SIMULATION_SEED") is { } one ? [one] : Enumerable.Range(Number("SIMULATION_FIRST") ?? 1, Number("SIMULATION_SEEDS") ?? UsualSeeds);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
