using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Tests.Plans;

public sealed class BillingPeriodTests
{
    [Test]
    public void The_thirty_first_comes_back_after_a_short_month() => Assert.That(
        Starts(new(2026, 1, 31), PlanInterval.Month, 1, 4),
        Is.EqualTo(new DateOnly[] { new(2026, 1, 31), new(2026, 2, 28), new(2026, 3, 31), new(2026, 4, 30), new(2026, 5, 31) }));

    [Test]
    public void The_twenty_ninth_of_February_comes_back_in_the_next_leap_year() => Assert.That(
        Starts(new(2024, 2, 29), PlanInterval.Year, 1, 4),
        Is.EqualTo(new DateOnly[] { new(2024, 2, 29), new(2025, 2, 28), new(2026, 2, 28), new(2027, 2, 28), new(2028, 2, 29) }));

    [Test]
    public void A_quarter_keeps_its_day() => Assert.That(
        Starts(new(2025, 8, 31), PlanInterval.Month, 3, 3),
        Is.EqualTo(new DateOnly[] { new(2025, 8, 31), new(2025, 11, 30), new(2026, 2, 28), new(2026, 5, 31) }));

    [Test]
    public void Two_years_are_two_years() => Assert.That(
        Starts(new(2026, 3, 2), PlanInterval.Year, 2, 1), Is.EqualTo(new DateOnly[] { new(2026, 3, 2), new(2028, 3, 2) }));

    [Test]
    public void Periods_follow_one_another_without_gap_and_never_drift()
    {
        var cases = from day in Gen.Choose(0, 3000)
                    from months in Gen.Choose(1, 24)
                    from count in Gen.Choose(1, 40)
                    select (From: new DateOnly(2020, 1, 1).AddDays(day), Months: months, Count: count);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var starts = Starts(c.From, PlanInterval.Month, c.Months, c.Count);
            return starts.Select((at, n) => at == c.From.AddMonths(c.Months * n)).All(kept => kept);
        }).QuickCheckThrowOnFailure();
    }

    private static DateOnly[] Starts(DateOnly from, PlanInterval interval, int count, int periods)
    {
        var plan = Given.Monthly with { Interval = interval, IntervalCount = count };
        var anchor = BillingAnchor.Of(from);
        var starts = new List<DateOnly> { from };
        for (var n = 0; n < periods; n++)
        {
            starts.Add(BillingPeriod.Starting(starts[^1], anchor, plan).To);
        }

        return [.. starts];
    }
}
