using System.Globalization;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Tests;

/// <summary>A publisher in London with the default policy, and moments in her year.</summary>
internal static class Given
{
    public static PublisherHours London { get; } = HoursIn("Europe/London");

    public static PlanVersion Monthly { get; } = new(
        "digital-monthly@1", "digital-monthly", 1, "Digital, monthly", new Money(999, "GBP"), PlanInterval.Month, 1, 0, ["archive"], "enews", 0);

    public static PlanVersion Trial { get; } = Monthly with { Id = "digital-trial@1", PlanId = "digital-trial", TrialDays = 14 };

    public static DunningPolicy Policy { get; } = new(
        "default@1",
        new([1, 3, 7, 10, 14, 18, 22, 26], 3, 10, 18, 27),
        new([], 0, 4, 10, 17),
        new([1, 3, 7], 1, 4, 7, 10),
        new([], 0, 4, 7, 10));

    public static SubscriptionRules Rules { get; } = new(Monthly, Policy, London);

    public static SubscriptionRules TrialRules { get; } = new(Trial, Policy, London);

    /// <summary>6 am in London on 2 March 2026, when the renewal below is collected and declined.</summary>
    public static DateTimeOffset Declined { get; } = Utc(2026, 3, 2, 6);

    public static DateTimeOffset Utc(int year, int month, int day, int hour = 0, int minute = 0) => new(year, month, day, hour, minute, 0, TimeSpan.Zero);

    public static DateOnly Date(string written) => DateOnly.Parse(written, CultureInfo.InvariantCulture);

    public static TimeOnly Time(string written) => TimeOnly.Parse(written, CultureInfo.InvariantCulture);

    public static DateTimeOffset Instant(string written) => DateTimeOffset.Parse(written, CultureInfo.InvariantCulture);

    public static PublisherHours HoursIn(string zone) => new(
        TimeZoneInfo.FindSystemTimeZoneById(zone), new(6, 0), new(10, 0), new(12, 0), new(8, 0), new(21, 0));

    /// <summary>A case that opened at an instant.</summary>
    public static DunningCase Case(DunningTrack track, DateTimeOffset? openedAt = null, bool afterTrial = false) =>
        new(1, Policy.Id, afterTrial, openedAt ?? Declined, track, openedAt ?? Declined, openedAt ?? Declined, 1, [], null);

    public static DunningSchedule ScheduleOf(DunningCase dunning, PublisherHours? hours = null) => new(dunning, Policy, hours ?? London);

    /// <summary>The instant at which a clock in London shows that, days after <see cref="Declined"/>.</summary>
    public static DateTimeOffset Day(int day, int hour) => London.At(new DateOnly(2026, 3, 2).AddDays(day), new TimeOnly(hour, 0));
}
