namespace Subscriptions.Domain.Dunning;

/// <summary>A wish to try on the day after a payday, when there is money in more accounts. It moves a retry later, never earlier.</summary>
/// <param name="DaysOfMonth">Days on which wages come, 1 to 31; in a shorter month its last day is meant. On a weekend they come on the Friday before.</param>
/// <param name="WithinDays">How many days a retry may be moved at most, 1 to 7.</param>
public sealed record PaydayPreference(IReadOnlyList<int> DaysOfMonth, int WithinDays)
{
    /// <summary>The first day after a payday between a date and the latest that is allowed; the date itself where there is none.</summary>
    public DateOnly Prefer(DateOnly date, DateOnly latest)
    {
        for (var day = date; day <= latest && day <= date.AddDays(WithinDays); day = day.AddDays(1))
        {
            if (IsPayday(day.AddDays(-1)))
            {
                return day;
            }
        }

        return date;
    }

    // A payday on a Saturday or Sunday is the Friday before, which may lie in the month before.
    private bool IsPayday(DateOnly day) => day.DayOfWeek switch
    {
        DayOfWeek.Saturday or DayOfWeek.Sunday => false,
        DayOfWeek.Friday => Named(day) || Named(day.AddDays(1)) || Named(day.AddDays(2)),
        _ => Named(day),
    };

    private bool Named(DateOnly day) =>
        DaysOfMonth.Any(named => Math.Min(named, DateTime.DaysInMonth(day.Year, day.Month)) == day.Day);
}
