using NUnit.Framework;
using Subscriptions.Domain.Calendar;

namespace Subscriptions.Domain.Tests.Calendar;

public sealed class PublisherCalendarTests
{
    private static readonly PublisherCalendar _closed = new(true, true, [new((12, 24), (1, 2))], [Given.Date("2027-06-03")]);

    [TestCase("2026-12-23", "2026-12-23")]
    [TestCase("2026-12-24", "2027-01-04")]
    [TestCase("2027-03-26", "2027-03-30")]
    [TestCase("2027-06-03", "2027-06-04")]
    [TestCase("2027-06-05", "2027-06-07")]
    public void What_falls_on_a_closed_day_moves_to_the_next_open_one(string on, string open) =>
        Assert.That(_closed.OpenOn(Given.Date(on)), Is.EqualTo(Given.Date(open)));

    [Test]
    public void Without_settings_every_day_is_open() =>
        Assert.That(Enumerable.Range(0, 400).Select(new DateOnly(2026, 12, 1).AddDays), Has.None.Matches<DateOnly>(PublisherCalendar.AlwaysOpen.IsClosed));

    [Test]
    public void A_calendar_that_is_closed_for_months_is_found_out()
    {
        Assert.That(_closed.IsClosedForTooLong(), Is.False);
        Assert.That((_closed with { Yearly = [new((11, 25), (1, 2))] }).IsClosedForTooLong(), Is.True);
    }
}
