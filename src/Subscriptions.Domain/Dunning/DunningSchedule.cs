namespace Subscriptions.Domain.Dunning;

/// <summary>
/// When what happens to a case, as a pure reading of case, timetable and hours. Page, mail, API and engine all ask
/// here, so that no reader is told a date which the engine would not honour.
/// </summary>
public sealed class DunningSchedule(DunningCase dunning, DunningPolicy policy, PublisherHours hours)
{
    private readonly DunningTimetable timetable = policy.For(dunning);
    private readonly DateOnly openedOn = hours.DateOf(dunning.OpenedAt);

    /// <summary>The next silent or announced try of the same method; null when none will come.</summary>
    public DateTimeOffset? NextRetryAt()
    {
        if (dunning.HeldBackUntil is { } heldUntil)
        {
            return hours.NextAt(heldUntil, hours.Collect);
        }

        if (dunning.UnusableMethodId is not null)
        {
            // Nothing but the reader helps: a try that is told must be one that can be made.
            return null;
        }

        var last = hours.DateOf(dunning.LastDeclinedAt);
        foreach (var date in policy.RetryDates(timetable, openedOn))
        {
            if (date > last)
            {
                return hours.At(date, hours.Collect);
            }
        }

        return null;
    }

    /// <summary>
    /// The next try as it can be told: one that is overdue, because the gateway does not answer, is being made now.
    /// </summary>
    public DateTimeOffset? ToldRetryAt(DateTimeOffset now) => NextRetryAt() is { } at ? (at > now ? at : now) : null;

    /// <summary>
    /// The next stage and its moment; null after the third, or while the notice before it waits to be handed over,
    /// because the days between two notices count from the hand-over.
    /// </summary>
    public (DunningStage Stage, DateTimeOffset At)? NextStage()
    {
        if (dunning.Stage == DunningStage.DueToTerminate || dunning.Notices is [.., { HandedOverAt: null }])
        {
            return null;
        }

        var stage = dunning.Stage + 1;
        var on = NoticeDate(stage, dunning.Notices is [.., { HandedOverAt: { } handedOver }] ? hours.DateOf(handedOver) : null);

        // What the decline itself made due is shown at once; everything else waits for its day's sending hour.
        var sinceOn = hours.DateOf(dunning.TrackSince);
        return (stage, on <= sinceOn ? dunning.TrackSince : hours.At(hours.Calendar.OpenOn(on), hours.Send));
    }

    /// <summary>When the subscription ends, once all three notices were handed over; null before.</summary>
    public DateTimeOffset? EndAt() =>
        dunning.Notices is [_, _, { HandedOverAt: { } third }] ? hours.At(EndDate(hours.DateOf(third)), hours.End) : null;

    /// <summary>
    /// The end as it looks now: notices that still wait are taken to go out as soon as they may. Never before a date
    /// that was told.
    /// </summary>
    public DateTimeOffset ProjectedEndAt(DateTimeOffset now)
    {
        var today = hours.DateOf(hours.NoticeSendableAt(now));
        DateOnly? before = null;
        for (var stage = DunningStage.PaymentFailed; stage <= DunningStage.DueToTerminate; stage++)
        {
            var notice = dunning.Notices.FirstOrDefault(n => n.Stage == stage);
            before = notice?.HandedOverAt is { } handedOver ? hours.DateOf(handedOver) : Later(hours.Calendar.OpenOn(NoticeDate(stage, before)), today);
        }

        var endAt = hours.At(EndDate(before!.Value), hours.End);

        // Who could not be ended on the day that was told is not ended on a closed one either.
        if (endAt <= now && hours.Calendar.IsClosed(hours.DateOf(now)))
        {
            return hours.At(hours.Calendar.OpenOn(hours.DateOf(now)), hours.End);
        }

        // While a try that was due before the end has no outcome, nobody is ended: the end is tomorrow's at the earliest.
        return endAt <= now && NextRetryAt() is { } retry && retry <= endAt ? hours.At(hours.Calendar.OpenOn(hours.DateOf(now).AddDays(1)), hours.End) : endAt;
    }

    private DateOnly NoticeDate(DunningStage stage, DateOnly? beforeHandedOverOn)
    {
        var policyDay = openedOn.AddDays(timetable.DayOf(stage));
        return beforeHandedOverOn is { } before ? Later(policyDay, before.AddDays(timetable.GapBefore(stage))) : policyDay;
    }

    private DateOnly EndDate(DateOnly thirdHandedOverOn)
    {
        var end = Later(openedOn.AddDays(timetable.EndDay), thirdHandedOverOn.AddDays(timetable.GapBeforeEnd));
        return hours.Calendar.OpenOn(dunning.ToldEndsOn is { } told ? Later(end, told) : end);
    }

    private static DateOnly Later(DateOnly left, DateOnly right) => left > right ? left : right;
}
