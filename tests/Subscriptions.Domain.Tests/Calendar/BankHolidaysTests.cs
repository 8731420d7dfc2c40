using NUnit.Framework;
using Subscriptions.Domain.Calendar;

namespace Subscriptions.Domain.Tests.Calendar;

public sealed class BankHolidaysTests
{
    // As published at gov.uk/bank-holidays.
    [TestCase(2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28")]
    [TestCase(2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28")]
    [TestCase(2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27")]
    [TestCase(2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26")]
    [TestCase(2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26")]
    [TestCase(2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26")]
    [TestCase(2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28")]
    [TestCase(2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28")]
    public void A_years_holidays_are_those_that_were_published(int year, string expected)
    {
        var first = new DateOnly(year, 1, 1);
        var days = Enumerable.Range(0, first.AddYears(1).DayNumber - first.DayNumber).Select(first.AddDays).Where(BankHolidays.IsBankHoliday);
        Assert.That(string.Join(' ', days.Select(day => day.ToString("MM-dd", null))), Is.EqualTo(expected));
    }

    [Test]
    public void Every_year_has_eight_holidays_and_none_of_them_on_a_weekend()
    {
        for (var year = 2024; year <= 2100; year++)
        {
            var first = new DateOnly(year, 1, 1);
            var days = Enumerable.Range(0, 365).Select(first.AddDays).Where(BankHolidays.IsBankHoliday).ToList();
            Assert.That(days, Has.Count.EqualTo(8), $"in {year}");
            Assert.That(days.Any(BankHolidays.IsWeekend), Is.False, $"in {year}");
        }
    }

    [TestCase("2026-12-24", 1, "2026-12-29")]
    [TestCase("2026-12-24", 4, "2027-01-04")]
    [TestCase("2026-11-20", 4, "2026-11-26")]
    [TestCase("2026-11-21", 0, "2026-11-23")]
    [TestCase("2027-03-25", 1, "2027-03-30")]
    public void Working_days_pass_over_weekends_and_holidays(string from, int days, string expected) =>
        Assert.That(BankHolidays.AddWorkingDays(DateOnly.Parse(from, null), days), Is.EqualTo(DateOnly.Parse(expected, null)));
}
