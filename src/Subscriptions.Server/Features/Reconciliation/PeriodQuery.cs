using System.Globalization;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>The days that a report is about, as <c>from</c> and <c>to</c> (the last day) in a query or on a command line.</summary>
/// <param name="From">First day.</param>
/// <param name="To">The day after the last.</param>
public sealed record PeriodQuery(DateOnly From, DateOnly To)
{
    /// <summary>What to write.</summary>
    public const string Hint = "Write two days such as 2026-03-01, the first not after the last, at most 400 days apart.";

    /// <summary>Reads it; without a word the current month so far. Null when it cannot be used.</summary>
    public static PeriodQuery? Read(string? from, string? to, PublisherHours hours, BillingClock clock)
    {
        var today = hours.DateOf(clock.Now);
        var first = Day(from, new DateOnly(today.Year, today.Month, 1));
        var last = Day(to, today);
        return first is { } f && last is { } l && f <= l && l.DayNumber - f.DayNumber <= FinanceReportQuery.MaxDays ? new(f, l.AddDays(1)) : null;
    }

    private static DateOnly? Day(string? text, DateOnly fallback) => string.IsNullOrWhiteSpace(text) ? fallback
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 2000 and < 9000 ? day : null;
}
