namespace Subscriptions.Domain.Plans;

/// <summary>How long one paid period is.</summary>
public enum PlanInterval
{
    /// <summary>Calendar months.</summary>
    Month,

    /// <summary>Calendar years.</summary>
    Year,
}

/// <summary>What is sold, at one dated price. A change of a plan is a new version; old subscriptions keep theirs.</summary>
/// <param name="Id">Plan and version, such as <c>digital-monthly@1</c>.</param>
/// <param name="PlanId">The plan's own name in settings.</param>
/// <param name="Version">From 1 upwards.</param>
/// <param name="Name">What readers call it.</param>
/// <param name="Price">For one period, tax included.</param>
/// <param name="Interval">Unit of the period.</param>
/// <param name="IntervalCount">1 to 24 of those units.</param>
/// <param name="TrialDays">0 to 365 days free before the first payment.</param>
/// <param name="Entitlements">What it opens besides <c>subscriber</c>, such as <c>archive</c>.</param>
/// <param name="TaxCode">The publisher's tax code, printed on the invoice line.</param>
/// <param name="TaxRateBasisPoints">Hundredths of a percent contained in the price; UK electronic newspapers: 0.</param>
public sealed record PlanVersion(
    string Id, string PlanId, int Version, string Name, Money Price, PlanInterval Interval, int IntervalCount,
    int TrialDays, IReadOnlyList<string> Entitlements, string TaxCode, int TaxRateBasisPoints)
{
    /// <summary>Fewest places of a group.</summary>
    public const int FewestSeats = 2;

    /// <summary>Most places of a group.</summary>
    public const int MostSeats = 500;

    /// <summary>How many other readers read through one subscription; null where it is for its subscriber alone.</summary>
    public int? Seats { get; init; }
}
