using System.Globalization;
using Subscriptions.Domain.Calendar;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Publisher:Calendar</c>: the days on which nothing is sent about payment problems and nobody is ended.</summary>
internal static class CalendarSection
{
    private const string Section = "Publisher:Calendar";
    private const string Country = "EnglandAndWales";

    public static PublisherCalendar Read(SettingsReader read)
    {
        var holidays = read.Optional($"{Section}:BankHolidays");
        if (holidays is not (null or Country))
        {
            read.Fail($"{Section}:BankHolidays", $"is {SettingsReader.Shown(holidays)}. Write \"{Country}\", or leave it out.");
        }

        var calendar = new PublisherCalendar(
            read.Flag($"{Section}:ClosedWeekends", false), holidays == Country,
            [.. read.Texts($"{Section}:ClosedRanges").Select(text => Range(read, text)).OfType<YearlyRange>()],
            [.. read.Texts($"{Section}:ClosedDates").Select(text => Date(read, text)).OfType<DateOnly>()]);
        if (calendar.IsClosedForTooLong())
        {
            read.Fail(Section, $"closes more than {PublisherCalendar.MostClosedInARow} days in a row. Write ranges that leave days open between them, or readers' dates would wander for months.");
        }

        return calendar;
    }

    private static YearlyRange? Range(SettingsReader read, string text)
    {
        if (text.Split("..") is [var from, var to] && MonthDay(from) is { } first && MonthDay(to) is { } last)
        {
            return new YearlyRange(first, last);
        }

        read.Fail($"{Section}:ClosedRanges", $"has {SettingsReader.Shown(text)}. Write month and day of the first and the last day, such as \"12-24..01-02\".");
        return null;
    }

    // In a leap year, so that 29 February can be named.
    private static (int Month, int Day)? MonthDay(string text) =>
        DateOnly.TryParseExact($"2024-{text}", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? (date.Month, date.Day) : null;

    private static DateOnly? Date(SettingsReader read, string text)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        read.Fail($"{Section}:ClosedDates", $"has {SettingsReader.Shown(text)}. Write dates such as \"2027-06-01\".");
        return null;
    }
}
