namespace Subscriptions.Domain.Calendar;

/// <summary>
/// Days on which the publisher is closed: nothing is sent about payment problems and nobody is ended for one. Collecting goes on.
/// </summary>
/// <param name="Weekends">Closed on Saturdays and Sundays.</param>
/// <param name="Holidays">Closed on the bank holidays of England and Wales.</param>
/// <param name="Yearly">Closed in these days of every year.</param>
/// <param name="Dates">Closed on these single days.</param>
public sealed record PublisherCalendar(bool Weekends, bool Holidays, IReadOnlyList<YearlyRange> Yearly, IReadOnlyList<DateOnly> Dates)
{
    /// <summary>Most days in a row that may be closed; a reader's dates must not wander for months.</summary>
    public const int MostClosedInARow = 31;

    // The weekdays of dates repeat after 28 years.
    private const int FirstYear = 2025;
    private const int Years = 28;

    /// <summary>Never closed.</summary>
    public static PublisherCalendar AlwaysOpen { get; } = new(false, false, [], []);

    /// <summary>Whether a local date is closed.</summary>
    public bool IsClosed(DateOnly date) =>
        (Weekends && BankHolidays.IsWeekend(date)) || (Holidays && BankHolidays.IsBankHoliday(date))
        || Yearly.Any(range => range.Covers(date)) || Dates.Contains(date);

    /// <summary>The date itself, or the first open one after it.</summary>
    public DateOnly OpenOn(DateOnly date)
    {
        while (IsClosed(date))
        {
            date = date.AddDays(1);
        }

        return date;
    }

    /// <summary>True when more than <see cref="MostClosedInARow"/> days in a row are closed in some year.</summary>
    public bool IsClosedForTooLong()
    {
        var (day, run) = (new DateOnly(FirstYear, 1, 1), 0);
        for (; day.Year < FirstYear + Years && run <= MostClosedInARow; day = day.AddDays(1))
        {
            run = IsClosed(day) ? run + 1 : 0;
        }

        return run > MostClosedInARow;
    }
}

/// <summary>Days of every year, both included; it may run over the turn of the year.</summary>
/// <param name="From">Month and day of the first.</param>
/// <param name="To">Month and day of the last.</param>
public readonly record struct YearlyRange((int Month, int Day) From, (int Month, int Day) To)
{
    /// <summary>Whether a date lies in it.</summary>
    public bool Covers(DateOnly date)
    {
        var (day, from, to) = ((date.Month, date.Day), From, To);
        return from.CompareTo(to) <= 0
            ? day.CompareTo(from) >= 0 && day.CompareTo(to) <= 0
            : day.CompareTo(from) >= 0 || day.CompareTo(to) <= 0;
    }
}
