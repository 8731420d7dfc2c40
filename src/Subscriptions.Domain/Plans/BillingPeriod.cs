namespace Subscriptions.Domain.Plans;

/// <summary>What is paid for: local dates in the publisher's zone.</summary>
/// <param name="From">First day.</param>
/// <param name="To">The day after the last.</param>
public readonly record struct BillingPeriod(DateOnly From, DateOnly To)
{
    /// <summary>The period that begins on a day.</summary>
    /// <param name="from">First day.</param>
    /// <param name="anchor">The stored day to which month ends come back (31 January → 28 February → 31 March).</param>
    /// <param name="plan">Gives the length.</param>
    public static BillingPeriod Starting(DateOnly from, BillingAnchor anchor, PlanVersion plan)
    {
        var months = plan.IntervalCount * (plan.Interval == PlanInterval.Year ? 12 : 1);
        var month = new DateOnly(from.Year, from.Month, 1).AddMonths(months);
        var day = Math.Min(anchor.Day, DateTime.DaysInMonth(month.Year, month.Month));
        return new(from, new DateOnly(month.Year, month.Month, day));
    }
}

/// <summary>The day of the month, and for years the month, on which periods begin. Stored once, never derived from the last period.</summary>
/// <param name="Month">1 to 12.</param>
/// <param name="Day">1 to 31.</param>
public readonly record struct BillingAnchor(int Month, int Day)
{
    /// <summary>The anchor of a first day.</summary>
    public static BillingAnchor Of(DateOnly day) => new(day.Month, day.Day);
}
