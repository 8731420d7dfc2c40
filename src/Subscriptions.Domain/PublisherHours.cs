using Subscriptions.Domain.Calendar;

namespace Subscriptions.Domain;

/// <summary>
/// The publisher's day. Every rule that speaks of days means local dates in this zone, applied at that date's hour.
/// </summary>
/// <param name="Zone">The publisher's time zone.</param>
/// <param name="Collect">When renewals and retries are collected.</param>
/// <param name="Send">When a day's notices go out.</param>
/// <param name="End">When subscriptions end.</param>
/// <param name="SendFrom">From then on a notice that is due at once may go at once.</param>
/// <param name="SendUntil">Until then (exclusive).</param>
public sealed record PublisherHours(
    TimeZoneInfo Zone, TimeOnly Collect, TimeOnly Send, TimeOnly End, TimeOnly SendFrom, TimeOnly SendUntil)
{
    /// <summary>Days on which nothing is sent about payment problems and nobody is ended for one.</summary>
    public PublisherCalendar Calendar { get; init; } = PublisherCalendar.AlwaysOpen;

    /// <summary>The local date of an instant.</summary>
    public DateOnly DateOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, Zone).DateTime);

    /// <summary>
    /// The instant of a local date and time, in UTC. A time that the spring change skips moves forward to the first
    /// one that exists; of a time that autumn repeats, the first is meant.
    /// </summary>
    public DateTimeOffset At(DateOnly date, TimeOnly time)
    {
        var local = date.ToDateTime(time, DateTimeKind.Unspecified);
        while (Zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>The first instant, at or after another, at which it is that local time.</summary>
    public DateTimeOffset NextAt(DateTimeOffset after, TimeOnly time)
    {
        var date = DateOf(after);
        return At(date, time) is var sameDay && sameDay >= after ? sameDay : At(date.AddDays(1), time);
    }

    /// <summary>The first moment of a local date, in UTC.</summary>
    public DateTimeOffset StartOf(DateOnly date) => At(date, TimeOnly.MinValue);

    /// <summary>
    /// When a mail about a payment problem may be sent: by day, and on a day on which the publisher is open.
    /// </summary>
    public DateTimeOffset NoticeSendableAt(DateTimeOffset due)
    {
        var at = SendableAt(due);
        return DateOf(at) is var on && Calendar.OpenOn(on) is var open && open > on ? At(open, Send) : at;
    }

    /// <summary>When a mail that became due at an instant may be sent: at once by day, else at the next sending hour.</summary>
    public DateTimeOffset SendableAt(DateTimeOffset due)
    {
        var local = TimeZoneInfo.ConvertTime(due, Zone);
        var time = TimeOnly.FromDateTime(local.DateTime);
        if (time >= SendFrom && time < SendUntil)
        {
            return due;
        }

        var date = DateOnly.FromDateTime(local.DateTime);
        return At(time < SendFrom ? date : date.AddDays(1), Send);
    }
}
