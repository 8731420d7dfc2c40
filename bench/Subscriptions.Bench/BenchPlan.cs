namespace Subscriptions.Bench;

/// <summary>How long a bench takes.</summary>
/// <param name="Name">Handed to children.</param>
/// <param name="Rounds">Rounds of which the least counts.</param>
/// <param name="Seconds">Seconds of load in each round, for each of the things compared.</param>
/// <param name="WarmUpSeconds">Seconds of load before the first round.</param>
internal sealed record BenchPlan(string Name, int Rounds, int Seconds, int WarmUpSeconds)
{
    public static BenchPlan Full { get; } = new("full", 6, 4, 6);

    /// <summary>Shows that the bench works; its figures are rough.</summary>
    public static BenchPlan Quick { get; } = new("quick", 2, 2, 3)
    {
        Subscribers = 20_000,
        CachedReaders = 200_000,
        ColdSeconds = 5,
        ColdWarmUpSeconds = 1,
        Changes = 20,
        FixedRateSeconds = 2,
        Iterations = 4,
        IterationMilliseconds = 50,
    };

    /// <summary>Rows of the database of the real service.</summary>
    public int Subscribers { get; init; } = 1_000_000;

    /// <summary>Readers in the cache whose size is taken.</summary>
    public int CachedReaders { get; init; } = 1_000_000;

    public int ColdSeconds { get; init; } = 20;

    /// <summary>At each of three rates.</summary>
    public int ColdWarmUpSeconds { get; init; } = 4;

    /// <summary>Changes of access whose way to a website is timed.</summary>
    public int Changes { get; init; } = 200;

    /// <summary>Seconds of each round at a fixed rate.</summary>
    public int FixedRateSeconds { get; init; } = 4;

    /// <summary>Of BenchmarkDotNet.</summary>
    public int Iterations { get; init; } = 12;

    /// <summary>Of BenchmarkDotNet.</summary>
    public int IterationMilliseconds { get; init; } = 200;

    public static BenchPlan Named(string name) => name == Quick.Name ? Quick : Full;
}
