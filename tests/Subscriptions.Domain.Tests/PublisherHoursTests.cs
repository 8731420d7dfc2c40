namespace Subscriptions.Domain.Tests;

public sealed class PublisherHoursTests
{
    [TestCase("Europe/London", "2026-03-28", "06:00", "2026-03-28T06:00:00Z", Description = "winter")]
    [TestCase("Europe/London", "2026-03-29", "06:00", "2026-03-29T05:00:00Z", Description = "the day the clocks go forward")]
    [TestCase("Europe/London", "2026-10-25", "06:00", "2026-10-25T06:00:00Z", Description = "the day they go back")]
    [TestCase("America/New_York", "2026-03-08", "06:00", "2026-03-08T10:00:00Z")]
    [TestCase("America/New_York", "2026-03-07", "06:00", "2026-03-07T11:00:00Z")]
    public void Six_in_the_morning_is_six_on_the_local_clock(string zone, string date, string time, string utc) => Assert.That(
        Given.HoursIn(zone).At(Given.Date(date), Given.Time(time)), Is.EqualTo(Given.Instant(utc)));

    [TestCase("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:00:00Z")]
    [TestCase("America/New_York", "2026-03-08", "02:15", "2026-03-08T07:00:00Z")]
    public void A_time_that_the_spring_change_skips_moves_forward_to_the_first_that_exists(string zone, string date, string time, string utc) => Assert.That(
        Given.HoursIn(zone).At(Given.Date(date), Given.Time(time)), Is.EqualTo(Given.Instant(utc)));

    [TestCase("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30:00Z")]
    [TestCase("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z")]
    public void Of_a_time_that_autumn_repeats_the_first_is_meant(string zone, string date, string time, string utc) => Assert.That(
        Given.HoursIn(zone).At(Given.Date(date), Given.Time(time)), Is.EqualTo(Given.Instant(utc)));

    [TestCase("2026-07-01T22:59:59Z", "2026-07-01")]
    [TestCase("2026-07-01T23:00:00Z", "2026-07-02")]
    [TestCase("2026-01-01T23:59:59Z", "2026-01-01")]
    public void The_date_of_an_instant_is_the_local_one(string instant, string date) => Assert.That(
        Given.London.DateOf(Given.Instant(instant)), Is.EqualTo(Given.Date(date)));

    [TestCase("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", Description = "at eight it may go")]
    [TestCase("2026-03-02T20:59:59Z", "2026-03-02T20:59:59Z", Description = "just before nine it may still go")]
    [TestCase("2026-03-02T21:00:00Z", "2026-03-03T10:00:00Z", Description = "at nine it waits for tomorrow")]
    [TestCase("2026-03-02T07:59:59Z", "2026-03-02T10:00:00Z", Description = "early it waits for today")]
    [TestCase("2026-03-28T22:00:00Z", "2026-03-29T09:00:00Z", Description = "over the spring change")]
    public void A_notice_goes_by_day_or_at_the_next_sending_hour(string due, string sent) => Assert.That(
        Given.London.SendableAt(Given.Instant(due)), Is.EqualTo(Given.Instant(sent)));

    [Test]
    public void A_day_begins_at_its_first_moment_even_where_midnight_does_not_exist() => Assert.That(
        Given.HoursIn("Africa/Cairo").StartOf(new(2026, 4, 24)), Is.EqualTo(Given.Utc(2026, 4, 23, 22)));
}
