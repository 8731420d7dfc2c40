namespace Subscriptions.Bench;

/// <summary>How long a bench takes.</summary>
/// <param name="Rounds">Rounds of which the least counts.</param>
/// <param name="Seconds">Seconds of load in each round, for each of the things compared.</param>
/// <param name="WarmUpSeconds">Seconds of load before the first round.</param>
internal sealed record BenchPlan(int Rounds, int Seconds, int WarmUpSeconds)
{
    public static BenchPlan Full { get; } = new(7, 5, 8);

    /// <summary>Shows that the bench works; its figures are rough.</summary>
    public static BenchPlan Quick { get; } = new(2, 3, 5);
}
