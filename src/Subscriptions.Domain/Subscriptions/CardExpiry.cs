using Subscriptions.Domain.Calendar;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>
/// When a reader is warned that the card of her subscription expires. A card is good until the last day of its month; she is
/// told so many days ahead of that day, or on the last open day before where the publisher is closed: a warning that comes
/// later than it was promised may come too late.
/// </summary>
public static class CardExpiry
{
    /// <summary>Days before the card's last day at which a warning goes, the earliest first.</summary>
    public static IReadOnlyList<int> DaysAhead { get; } = [30, 7];

    /// <summary>The last local date on which a card is good.</summary>
    /// <param name="year">Four digits.</param>
    /// <param name="month">1 to 12.</param>
    public static DateOnly LastDay(int year, int month) => new DateOnly(year, month, 1).AddMonths(1).AddDays(-1);

    /// <summary>
    /// Which warning is the one to give on a day: the nearest to the card's last day whose date has come; null before the first
    /// and when the card has expired. One whose date had passed when the card was laid down is not made up for: its owner has
    /// just read the date off it.
    /// </summary>
    /// <param name="lastDay">The card's last day.</param>
    /// <param name="since">The local date on which the card was laid down.</param>
    /// <param name="today">The local date.</param>
    /// <param name="calendar">The publisher's closed days.</param>
    public static int? StepOn(DateOnly lastDay, DateOnly since, DateOnly today, PublisherCalendar calendar)
    {
        var come = DaysAhead.Where(days => today <= lastDay && WarnOn(lastDay, days, calendar) <= today).Select(days => (int?)days).Min();
        return come is { } step && since <= WarnOn(lastDay, step, calendar) ? step : null;
    }

    /// <summary>The local date of the next warning after a day; null when none follows.</summary>
    public static DateOnly? NextAfter(DateOnly lastDay, DateOnly today, PublisherCalendar calendar) =>
        DaysAhead.Select(days => (DateOnly?)WarnOn(lastDay, days, calendar)).Where(on => on > today).Min();

    /// <summary>Whether a reader is shown in her account that the card expires or has expired: from the day of the first warning on.</summary>
    public static bool IsShown(DateOnly lastDay, DateOnly today, PublisherCalendar calendar) => today >= WarnOn(lastDay, DaysAhead[0], calendar);

    /// <summary>True for a subscription that will be charged by itself again: nothing is owed late, ended, on hold or disputed.</summary>
    public static bool WillRenew(Subscription state) =>
        state is Active { CancelAtPeriodEnd: false, Ending: null } or Trialing { CancelAtPeriodEnd: false, Ending: null }
        && !((Started)state).Contract.Contested.HoldsCharges;

    internal static Outcome<SubscriptionEvent> Warn(Started state, WarnOfExpiry warn, DateTimeOffset now) =>
        WillRenew(state) && state.Contract.PaymentMethodId == warn.PaymentMethodId
            ? Outcome<SubscriptionEvent>.Accept(new CardExpiryWarned(warn.PaymentMethodId, warn.DaysAhead, now))
            : Outcome<SubscriptionEvent>.Accept();

    private static DateOnly WarnOn(DateOnly lastDay, int daysAhead, PublisherCalendar calendar)
    {
        var on = lastDay.AddDays(-daysAhead);
        while (calendar.IsClosed(on))
        {
            on = on.AddDays(-1);
        }

        return on;
    }
}
