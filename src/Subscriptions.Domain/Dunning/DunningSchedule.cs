namespace Subscriptions.Domain.Dunning;

/// <summary>
/// When what happens to a case, as a pure reading of case, timetable and hours. Page, mail, API and engine all ask
/// here, so that no reader is told a date which the engine would not honour.
/// </summary>
public sealed class DunningSchedule(
    DunningCase dunning, DunningPolicy policy, PublisherHours hours, IReadOnlyList<DunningHold>? freezes = null)
{
    private readonly DunningTimetable timetable = policy.For(dunning);
    private readonly DateOnly openedOn = hours.DateOf(dunning.OpenedAt);
    private readonly HeldDays held = new(HoldsOf(dunning, hours, freezes ?? []));
    private readonly HeldDays heldRetries = new(
        [.. HoldsOf(dunning, hours, freezes ?? []).Where(hold => hold.RetriesFrom is not null).Select(hold => hold with { From = hold.RetriesFrom!.Value })]);

    /// <summary>The next silent or announced try of the same method; null when none will come.</summary>
    public DateTimeOffset? NextRetryAt()
    {
        if (dunning.HeldBackUntil is { } heldUntil)
        {
            var next = hours.NextAt(heldUntil, hours.Collect);
            return RetryOn(hours.DateOf(next)) is var free && free > hours.DateOf(next) ? hours.At(free, hours.Collect) : next;
        }

        if (dunning.UnusableMethodId is not null)
        {
            // Nothing but the reader helps: a try that is told must be one that can be made.
            return null;
        }

        var last = hours.DateOf(dunning.LastDeclinedAt).AddDays(dunning.DelaySinceDecline);
        foreach (var planned in policy.RetryDates(timetable, openedOn.AddDays(dunning.DelayDays)))
        {
            var date = heldRetries.Add(openedOn, planned.DayNumber - openedOn.DayNumber);
            if (date > last)
            {
                return hours.At(RetryOn(date), hours.Collect);
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
        var on = NotStanding(NoticeDate(stage, dunning.Notices is [.., { HandedOverAt: { } handedOver }] ? CountsFrom(handedOver) : null));

        // What the decline itself made due is shown at once; everything else waits for its day's sending hour.
        var sinceOn = hours.DateOf(dunning.TrackSince);
        return (stage, on <= sinceOn ? dunning.TrackSince : hours.At(OpenOn(on), hours.Send));
    }

    /// <summary>When the subscription ends, once all three notices were handed over; null before.</summary>
    public DateTimeOffset? EndAt() =>
        dunning.Notices is [_, _, { HandedOverAt: { } third }] ? hours.At(EndDate(CountsFrom(third)), hours.End) : null;

    /// <summary>
    /// The end as it looks now: notices that still wait are taken to go out as soon as they may. Never before a date
    /// that was told.
    /// </summary>
    public DateTimeOffset ProjectedEndAt(DateTimeOffset now)
    {
        var endAt = hours.At(EndDate(ProjectedThird(now)), hours.End);

        // Who could not be ended on the day that was told is not ended on a closed one either.
        if (endAt <= now && OpenOn(hours.DateOf(now)) is var open && open > hours.DateOf(now))
        {
            return hours.At(open, hours.End);
        }

        // While a try that was due before the end has no outcome, nobody is ended: the end is tomorrow's at the earliest.
        return endAt <= now && NextRetryAt() is { } retry && retry <= endAt ? hours.At(OpenOn(hours.DateOf(now).AddDays(1)), hours.End) : endAt;
    }

    /// <summary>
    /// When what is for subscribers closes, as it looks now: with the third notice. Null where it does not close before the end, or has closed. Never before
    /// a date that was told.
    /// </summary>
    public DateTimeOffset? ProjectedClosingAt(DateTimeOffset now) =>
        policy.ClosesInThirdStage && dunning.Stage < DunningStage.DueToTerminate ? hours.At(ProjectedThird(now), hours.Send) : null;

    private DateOnly ProjectedThird(DateTimeOffset now)
    {
        var today = OpenOn(hours.DateOf(hours.NoticeSendableAt(now)));
        DateOnly? before = null;
        for (var stage = DunningStage.PaymentFailed; stage <= DunningStage.DueToTerminate; stage++)
        {
            var notice = dunning.Notices.FirstOrDefault(n => n.Stage == stage);
            before = notice?.HandedOverAt is { } handedOver ? CountsFrom(handedOver) : Later(OpenOn(NoticeDate(stage, before)), today);
        }

        return before!.Value;
    }

    // Given up to the page on a day that is held, a notice counts as of the day on which it was expected to go: none was to go before.
    private DateOnly CountsFrom(DateTimeOffset handedOver) => hours.DateOf(handedOver) is var on && held.FreeOn(on) == on ? on : FreeAndOpenOn(on);

    private DateOnly NoticeDate(DunningStage stage, DateOnly? beforeHandedOverOn)
    {
        var policyDay = held.Add(openedOn, timetable.DayOf(stage) + dunning.DelayDays);
        if (stage == DunningStage.DueToTerminate && policy.ClosesInThirdStage)
        {
            policyDay = Later(policyDay, ClosesNotBefore());
        }

        return beforeHandedOverOn is { } before ? Later(policyDay, held.Add(before, timetable.GapBefore(stage))) : policyDay;
    }

    // Who was told that there is nothing to do has days to do something once there is.
    private DateOnly ActsNotBefore() => dunning.CollectionFailedAt is { } failed ? held.Add(hours.DateOf(failed), DunningPolicy.FewestDaysBetweenNotices) : openedOn;

    private DateOnly ClosesNotBefore() => dunning.ToldClosesOn is { } told ? Later(told, ActsNotBefore()) : ActsNotBefore();

    private DateOnly EndDate(DateOnly thirdHandedOverOn)
    {
        var end = Later(held.Add(openedOn, timetable.EndDay + dunning.DelayDays), held.Add(thirdHandedOverOn, timetable.GapBeforeEnd));
        end = Later(end, ActsNotBefore());
        return OpenOn(dunning.ToldEndsOn is { } told ? Later(end, told) : end);
    }

    private DateOnly RetryOn(DateOnly date) => heldRetries.FreeOn(NotStanding(date, retries: true));

    // What was due before a pause or a freeze began and was not done in time waits with the rest until it is over.
    private DateOnly NotStanding(DateOnly date, bool retries = false) => dunning.Pauses.Select(pause => pause.Until)
        .Concat((freezes ?? []).Where(freeze => freeze.Open && (freeze.RetriesFrom is not null || !retries)).Select(freeze => freeze.Until))
        .Prepend(date).Max();

    // Neither closed by the publisher's calendar nor held.
    private DateOnly OpenOn(DateOnly date) => FreeAndOpenOn(NotStanding(date));

    private DateOnly FreeAndOpenOn(DateOnly date)
    {
        while (hours.Calendar.OpenOn(held.FreeOn(date)) is var open && open != date)
        {
            date = open;
        }

        return date;
    }

    // A freeze that the case has taken into its own record already would do no harm here: days that overlap count once.
    private static IReadOnlyList<DunningHold> HoldsOf(DunningCase dunning, PublisherHours hours, IReadOnlyList<DunningHold> freezes) =>
    [
        .. dunning.Holds,
        .. dunning.Pauses.Select(pause => DunningHold.Since(pause.From, pause.Until, retriesToo: true, hours)),
        .. freezes.Where(freeze => freeze.Until > hours.DateOf(dunning.OpenedAt)),
    ];

    private static DateOnly Later(DateOnly left, DateOnly right) => left > right ? left : right;
}
