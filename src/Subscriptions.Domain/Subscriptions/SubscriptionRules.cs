using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>The versions and hours that a decision is made under.</summary>
/// <param name="Plan">The subscription's own plan version.</param>
/// <param name="Policy">The open case's policy version, or, without a case, the one that a new case would take.</param>
/// <param name="Hours">The publisher's day.</param>
public sealed record SubscriptionRules(PlanVersion Plan, DunningPolicy Policy, PublisherHours Hours)
{
    /// <summary>What is done about disputed payments.</summary>
    public DisputePolicy Disputes { get; init; } = DisputePolicy.Default;

    /// <summary>The times in which our own incidents held every case, as far as they can matter to an open one.</summary>
    public IReadOnlyList<DunningHold> Freezes { get; init; } = [];

    /// <summary>When what happens to a case under these rules.</summary>
    public DunningSchedule ScheduleOf(DunningCase dunning) => new(dunning, Policy, Hours, Freezes);
}
