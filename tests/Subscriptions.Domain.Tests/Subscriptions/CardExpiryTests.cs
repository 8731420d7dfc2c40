using Subscriptions.Domain.Calendar;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Tests.Subscriptions;

/// <summary>When readers are warned that their cards expire.</summary>
public sealed class CardExpiryTests
{
    private static readonly DateOnly _long = new(2020, 1, 1);
    private static readonly PublisherCalendar _christmas = PublisherCalendar.AlwaysOpen with { Yearly = [new((12, 24), (1, 2))] };

    [TestCase(2026, 2, "2026-02-28")]
    [TestCase(2028, 2, "2028-02-29")]
    [TestCase(2026, 12, "2026-12-31")]
    public void A_card_is_good_until_the_last_day_of_its_month(int year, int month, string day) =>
        Assert.That(CardExpiry.LastDay(year, month), Is.EqualTo(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [TestCase(31, null)]
    [TestCase(30, 30)]
    [TestCase(8, 30)]
    [TestCase(7, 7)]
    [TestCase(0, 7)]
    [TestCase(-1, null)]
    public void The_nearer_warning_takes_the_place_of_the_former_and_an_expired_card_has_none(int daysLeft, int? step)
    {
        var last = new DateOnly(2026, 6, 30);
        Assert.That(CardExpiry.StepOn(last, _long, last.AddDays(-daysLeft), PublisherCalendar.AlwaysOpen), Is.EqualTo(step));
    }

    [Test]
    public void Where_the_publisher_is_closed_the_warning_comes_earlier_and_never_later()
    {
        var last = new DateOnly(2026, 12, 31);
        Assert.That(CardExpiry.NextAfter(last, new(2026, 12, 1), _christmas), Is.EqualTo(new DateOnly(2026, 12, 23)));
        Assert.That(CardExpiry.StepOn(last, _long, new(2026, 12, 23), _christmas), Is.EqualTo(7));
    }

    [Test]
    public void A_warning_whose_day_had_passed_when_the_card_was_laid_down_is_not_made_up_for()
    {
        var last = new DateOnly(2026, 6, 30);
        Assert.That(CardExpiry.StepOn(last, last.AddDays(-20), last.AddDays(-20), PublisherCalendar.AlwaysOpen), Is.Null);
        Assert.That(CardExpiry.StepOn(last, last.AddDays(-20), last.AddDays(-7), PublisherCalendar.AlwaysOpen), Is.EqualTo(7));
    }

    [Test]
    public void After_the_last_warning_none_follows() =>
        Assert.That(CardExpiry.NextAfter(new(2026, 6, 30), new(2026, 6, 23), PublisherCalendar.AlwaysOpen), Is.Null);
}
