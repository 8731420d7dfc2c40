using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Dunning;

/// <summary>The three notices, in the only order in which they may come.</summary>
public enum DunningStage
{
    /// <summary>No notice yet: the tries are silent.</summary>
    Silent,

    /// <summary>"We haven't been able to take payment".</summary>
    PaymentFailed,

    /// <summary>"Act now to keep your subscription".</summary>
    ActNow,

    /// <summary>"Your subscription is due to terminate".</summary>
    DueToTerminate,
}

/// <summary>Which timetable a case runs on: that of its last decline.</summary>
public enum DunningTrack
{
    /// <summary>Another try on another day may succeed.</summary>
    TimeMayHeal,

    /// <summary>Nothing helps until the reader acts.</summary>
    ReaderMustAct,
}

/// <summary>One timetable, in days from the first decline of the invoice.</summary>
/// <param name="RetryDays">Days on which the method is tried again, rising, 1 to 180.</param>
/// <param name="PaymentFailedDay">Day of the first notice.</param>
/// <param name="ActNowDay">Day of the second.</param>
/// <param name="DueToTerminateDay">Day of the third.</param>
/// <param name="EndDay">Day on which the subscription ends.</param>
public sealed record DunningTimetable(
    IReadOnlyList<int> RetryDays, int PaymentFailedDay, int ActNowDay, int DueToTerminateDay, int EndDay)
{
    /// <summary>The policy's day of a stage's notice.</summary>
    public int DayOf(DunningStage stage) => stage switch
    {
        DunningStage.PaymentFailed => PaymentFailedDay,
        DunningStage.ActNow => ActNowDay,
        DunningStage.DueToTerminate => DueToTerminateDay,
        DunningStage.Silent => 0,
    };

    /// <summary>Days that must lie between a stage's notice and the one before it.</summary>
    public int GapBefore(DunningStage stage) => stage <= DunningStage.PaymentFailed ? 0 : DayOf(stage) - DayOf(stage - 1);

    /// <summary>Days that must lie between the third notice and the end.</summary>
    public int GapBeforeEnd => EndDay - DueToTerminateDay;
}

/// <summary>How a publisher retries, tells and ends. Immutable once a case points at it.</summary>
/// <param name="Id">Name and version, such as <c>default@1</c>.</param>
/// <param name="TimeMayHeal">Timetable after a soft decline.</param>
/// <param name="ReaderMustAct">Timetable after a hard one.</param>
/// <param name="AfterTrialTimeMayHeal">The same for the first full payment after a trial.</param>
/// <param name="AfterTrialReaderMustAct">The same for the first full payment after a trial.</param>
/// <param name="Overrides">Timetables for declines of one kind, in the order in which they are asked; null: none.</param>
/// <param name="Paydays">Moves retries to the day after a payday; null: none is moved.</param>
public sealed record DunningPolicy(
    string Id, DunningTimetable TimeMayHeal, DunningTimetable ReaderMustAct,
    DunningTimetable AfterTrialTimeMayHeal, DunningTimetable AfterTrialReaderMustAct,
    IReadOnlyList<DunningOverride>? Overrides = null, PaydayPreference? Paydays = null)
{
    /// <summary>
    /// Whether what is for subscribers closes with the third notice, until it is paid or ended. Else a reader reads on through all three stages.
    /// </summary>
    public bool ClosesInThirdStage { get; init; }

    /// <summary>Most tries of one card in 30 days that we plan for (Visa's stricter limit, before 19 May 2025; facts of the networks).</summary>
    public const int NetworkTriesIn30Days = 15;

    /// <summary>Days between two notices, between the last and the end, and between word of a failed collection and the end, at the least.</summary>
    public const int FewestDaysBetweenNotices = 2;

    /// <summary>The timetable of a track.</summary>
    public DunningTimetable For(DunningTrack track, bool afterTrial) => (track, afterTrial) switch
    {
        (DunningTrack.TimeMayHeal, false) => TimeMayHeal,
        (DunningTrack.ReaderMustAct, false) => ReaderMustAct,
        (DunningTrack.TimeMayHeal, true) => AfterTrialTimeMayHeal,
        (DunningTrack.ReaderMustAct, true) => AfterTrialReaderMustAct,
    };

    /// <summary>The timetable that a case runs on. Throws when the case names an override that this policy does not have.</summary>
    public DunningTimetable For(DunningCase dunning) => dunning.Timetable is { } name
        ? (Overrides ?? []).Single(o => o.Name == name).Timetable
        : For(dunning.Track, dunning.AfterTrial);

    /// <summary>The name of the override that a decline puts a case on; null where one of the four timetables holds.</summary>
    public string? OverrideFor(DeclineClass declineClass, string? methodKind, PlanInterval interval, bool afterTrial) =>
        (Overrides ?? []).FirstOrDefault(o => o.Fits(declineClass, methodKind, interval, afterTrial))?.Name;

    /// <summary>
    /// The dates of a timetable's retries. Paydays move them later, but never to or past the next one, past the notice before
    /// which they have to come, or to the end.
    /// </summary>
    public IEnumerable<DateOnly> RetryDates(DunningTimetable table, DateOnly openedOn)
    {
        for (var i = 0; i < table.RetryDays.Count; i++)
        {
            var day = table.RetryDays[i];
            var notice = new[] { table.PaymentFailedDay, table.ActNowDay, table.DueToTerminateDay }.FirstOrDefault(n => n >= day, table.EndDay - 1);
            var latest = i + 1 < table.RetryDays.Count ? Math.Min(notice, table.RetryDays[i + 1] - 1) : notice;
            yield return Paydays is { } paydays ? paydays.Prefer(openedOn.AddDays(day), openedOn.AddDays(latest)) : openedOn.AddDays(day);
        }
    }

    /// <summary>The rules that this policy breaks, each in words that name the timetable; none when it is sound.</summary>
    public IEnumerable<string> BrokenRules() =>
        BrokenRules(nameof(TimeMayHeal), TimeMayHeal)
            .Concat(BrokenRules(nameof(ReaderMustAct), ReaderMustAct))
            .Concat(BrokenRules(nameof(AfterTrialTimeMayHeal), AfterTrialTimeMayHeal))
            .Concat(BrokenRules(nameof(AfterTrialReaderMustAct), AfterTrialReaderMustAct))
            .Concat((Overrides ?? []).SelectMany(BrokenRules))
            .Concat((Overrides ?? []).GroupBy(o => o.Name, StringComparer.Ordinal).Where(same => same.Count() > 1)
                .Select(same => $"Overrides: the name {same.Key} is given twice."));

    private IEnumerable<string> BrokenRules(DunningOverride one)
    {
        var name = $"Overrides ({one.Name})";
        if (one is { DeclineClass: null, MethodKind: null, Interval: null, AfterTrial: null })
        {
            yield return $"{name}: it has no condition, so those after it and the four timetables would never hold.";
        }

        if (one is { DeclineClass: DeclineClass.Never, Timetable.RetryDays.Count: > 0 })
        {
            yield return $"{name}: RetryDays must be empty, because a method that was refused for good is never tried again.";
        }

        foreach (var broken in BrokenRules(name, one.Timetable))
        {
            yield return broken;
        }
    }

    private IEnumerable<string> BrokenRules(string name, DunningTimetable table)
    {
        if (table.PaymentFailedDay < 0 || table.EndDay > 180)
        {
            yield return $"{name}: days run from 0 to 180.";
        }

        if (table.ActNowDay - table.PaymentFailedDay < FewestDaysBetweenNotices
            || table.DueToTerminateDay - table.ActNowDay < FewestDaysBetweenNotices)
        {
            yield return $"{name}: PaymentFailedDay, ActNowDay and DueToTerminateDay must come in this order, at least two days apart.";
        }

        if (table.EndDay - table.DueToTerminateDay < FewestDaysBetweenNotices)
        {
            yield return $"{name}: EndDay must be at least two days after DueToTerminateDay.";
        }

        if (table.RetryDays.Any(day => day < 1 || day >= table.EndDay) || !table.RetryDays.SequenceEqual(table.RetryDays.Order().Distinct()))
        {
            yield return $"{name}: RetryDays must rise from 1 and stay before EndDay.";
        }

        // A payday may bring two retries nearer together by as many days as it may move one.
        var window = 30 + (Paydays?.WithinDays ?? 0);
        if (table.RetryDays.Prepend(0).Any(from => table.RetryDays.Prepend(0).Count(day => day >= from && day < from + window) > NetworkTriesIn30Days))
        {
            yield return $"{name}: RetryDays tries a card more than {NetworkTriesIn30Days} times in 30 days, which the card networks forbid.";
        }
    }
}
