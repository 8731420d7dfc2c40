namespace Subscriptions.Domain.Calendar;

/// <summary>
/// The bank holidays of England and Wales, computed by the rules of the Banking and Financial Dealings Act 1971 and
/// corrected by what was proclaimed for single years (gov.uk/bank-holidays, read in November 2026). Sound from 2012 on.
/// </summary>
public static class BankHolidays
{
    /// <summary>
    /// The last year whose list was compared with the published one. Later years follow the rules, and a proclamation
    /// of a further or moved holiday has to be added to <see cref="Proclaimed"/>.
    /// </summary>
    public const int ComparedUntilYear = 2027;

    // A proclamation adds a day (On) or moves one of the rules' days away (NotOn).
    private static readonly (DateOnly? NotOn, DateOnly On)[] Proclaimed =
    [
        (new(2012, 5, 28), new(2012, 6, 4)), // Spring, moved beside the Diamond Jubilee
        (null, new(2012, 6, 5)),             // Diamond Jubilee
        (new(2020, 5, 4), new(2020, 5, 8)),  // Early May, moved to the anniversary of VE Day
        (new(2022, 5, 30), new(2022, 6, 2)), // Spring, moved beside the Platinum Jubilee
        (null, new(2022, 6, 3)),             // Platinum Jubilee
        (null, new(2022, 9, 19)),            // State funeral
        (null, new(2023, 5, 8)),             // Coronation
    ];

    /// <summary>Whether a local date is a bank holiday in England and Wales, substitute days included.</summary>
    public static bool IsBankHoliday(DateOnly date) =>
        Proclaimed.Any(change => change.On == date) || (ByRule(date) && Proclaimed.All(change => change.NotOn != date));

    /// <summary>Whether banks work on a local date: Monday to Friday, and no bank holiday.</summary>
    public static bool IsWorkingDay(DateOnly date) => !IsWeekend(date) && !IsBankHoliday(date);

    /// <summary>The date that lies so many working days after another; 0 gives the date itself or the next working day.</summary>
    /// <param name="from">Counting begins on the day after it.</param>
    /// <param name="days">Working days, 0 or more.</param>
    public static DateOnly AddWorkingDays(DateOnly from, int days)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        var date = from;
        for (var left = days; left > 0; left--)
        {
            date = OnOrAfter(date.AddDays(1));
        }

        return OnOrAfter(date);
    }

    /// <summary>Saturday or Sunday.</summary>
    public static bool IsWeekend(DateOnly date) => date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    /// <summary>Easter Sunday of a year of the Gregorian calendar (the method printed anonymously in Nature, 1876).</summary>
    public static DateOnly EasterSunday(int year)
    {
        var (golden, century, ofCentury) = (year % 19, year / 100, year % 100);
        var epact = ((19 * golden) + century - (century / 4) - ((century - ((century + 8) / 25) + 1) / 3) + 15) % 30;
        var weekday = (32 + (2 * (century % 4)) + (2 * (ofCentury / 4)) - epact - (ofCentury % 4)) % 7;
        var correction = (golden + (11 * epact) + (22 * weekday)) / 451;
        var march = epact + weekday - (7 * correction) + 114;
        return new DateOnly(year, march / 31, (march % 31) + 1);
    }

    private static DateOnly OnOrAfter(DateOnly date)
    {
        while (!IsWorkingDay(date))
        {
            date = date.AddDays(1);
        }

        return date;
    }

    private static bool ByRule(DateOnly date) => (date.Month, date.Day, date.DayOfWeek) switch
    {
        // A holiday on a weekend moves to the next weekday that is none itself.
        (1, 1, not (DayOfWeek.Saturday or DayOfWeek.Sunday)) => true,
        (1, 2 or 3, DayOfWeek.Monday) => true,
        (5, <= 7, DayOfWeek.Monday) => true,
        (5, >= 25, DayOfWeek.Monday) => true,
        (8, >= 25, DayOfWeek.Monday) => true,
        (12, 25 or 26, not (DayOfWeek.Saturday or DayOfWeek.Sunday)) => true,
        (12, 27 or 28, DayOfWeek.Monday or DayOfWeek.Tuesday) => true,
        (3 or 4, _, DayOfWeek.Friday) => date.AddDays(2) == EasterSunday(date.Year),
        (3 or 4, _, DayOfWeek.Monday) => date.AddDays(-1) == EasterSunday(date.Year),
        _ => false,
    };
}
