using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Domain.Tests.Invoices;

public sealed class NetworkLimitsTests
{
    private static readonly DateTimeOffset _now = Given.Utc(2026, 6, 1, 12);

    [Test]
    public void A_card_below_every_limit_may_be_tried() =>
        Assert.That(NetworkLimits.HeldUntil("visa", Tries(14, hoursApart: 1), _now), Is.Null);

    [Test]
    public void The_fifteenth_try_in_thirty_days_is_a_Visas_last() =>
        Assert.That(NetworkLimits.HeldUntil("visa", Tries(15, hoursApart: 24), _now), Is.EqualTo(_now.AddHours(-15 * 24).AddDays(30)));

    [Test]
    public void A_Mastercard_may_be_tried_more_often_in_a_month_and_less_often_in_a_day()
    {
        Assert.That(NetworkLimits.HeldUntil("mastercard", Tries(15, hoursApart: 24), _now), Is.Null);
        Assert.That(NetworkLimits.HeldUntil("mastercard", Tries(10, hoursApart: 2), _now), Is.EqualTo(_now.AddHours(-20).AddHours(24)));
        Assert.That(NetworkLimits.HeldUntil("Mastercard", Tries(35, hoursApart: 20), _now), Is.EqualTo(_now.AddHours(-700).AddDays(30)));
    }

    [Test]
    public void A_network_without_a_limit_of_its_own_has_the_strictest() =>
        Assert.That(NetworkLimits.HeldUntil("girocard", Tries(15, hoursApart: 1), _now), Is.Not.Null);

    [Test]
    public void Whoever_waits_as_long_as_told_never_breaks_a_limit() => Prop.ForAll(
        Gen.Choose(0, 200).ArrayOf(60).ToArbitrary(), Gen.Elements("visa", "mastercard", "amex").ToArbitrary(), (hours, brand) =>
        {
            List<DateTimeOffset> tries = [];
            var now = _now;
            foreach (var gap in hours)
            {
                now = now.AddHours(gap % 9);
                now = NetworkLimits.HeldUntil(brand, tries, now) ?? now;
                tries.Add(now);
            }

            var limits = NetworkLimits.All.Where(l => l.Brand == brand).DefaultIfEmpty(NetworkLimits.All[^1]);
            return limits.All(l => tries.All(end => tries.Count(at => at <= end && at > end.AddHours(-l.WithinHours)) <= l.Tries));
        }).Check(Config.QuickThrowOnFailure);

    private static DateTimeOffset[] Tries(int count, int hoursApart) => [.. Enumerable.Range(1, count).Select(n => _now.AddHours(-n * hoursApart))];
}
