using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Dunning;

/// <summary>Days that do not count: pauses of one case and freezes of all.</summary>
public sealed class DunningHoldTests
{
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Utc(2026, 2, 2, 9), 2, 1);
    private static readonly OpenInvoice _open = new(new("inv_open"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), Declined);

    [Test]
    public void Everything_that_had_not_come_yet_comes_later_by_the_days_that_did_not_count()
    {
        var soft = ToldOnce() with { LastDeclinedAt = Day(3, 6), Holds = [Hold(5, 9)] };
        var schedule = ScheduleOf(soft);
        Assert.Multiple(() =>
        {
            Assert.That(schedule.NextRetryAt(), Is.EqualTo(Day(11, 6)), "the retry of day 7");
            Assert.That(schedule.NextStage(), Is.EqualTo((DunningStage.ActNow, Day(14, 10))), "the notice of day 10");
            Assert.That(schedule.ProjectedEndAt(Day(9, 9)), Is.EqualTo(Day(31, 12)), "the end of day 27");
        });
    }

    [Test]
    public void The_days_between_two_notices_are_days_that_count()
    {
        // Handed over on day 8 only, because the mail server was slow: the gap of 7 days runs from there.
        var late = ToldOnce() with { Notices = [new(DunningStage.PaymentFailed, Day(3, 10), Day(8, 10), false)], Holds = [Hold(10, 20)] };
        Assert.That(ScheduleOf(late).NextStage(), Is.EqualTo((DunningStage.ActNow, Day(25, 10))));
    }

    [Test]
    public void A_notice_given_up_to_the_page_while_all_is_frozen_brings_no_end_nearer()
    {
        var frozen = Rules with { Freezes = [new(DateOf(4), DateOf(9), null, "freeze_1", Open: true)] };
        var waiting = ToldOnce() with { Notices = [new(DunningStage.PaymentFailed, Day(3, 10), null, false)] };
        var shown = frozen.ScheduleOf(waiting).ProjectedEndAt(Day(8, 9));
        var givenUp = waiting with { Notices = [new(DunningStage.PaymentFailed, Day(3, 10), Day(8, 10), false)] };
        Assert.That(frozen.ScheduleOf(givenUp).ProjectedEndAt(Day(8, 10)), Is.EqualTo(shown));
    }

    [Test]
    public void Days_that_two_holds_share_count_once() =>
        Assert.That(ScheduleOf(ToldOnce() with { Holds = [Hold(5, 9), Hold(6, 10)] }).NextStage(), Is.EqualTo((DunningStage.ActNow, Day(15, 10))));

    [Test]
    public void Retries_go_on_in_a_freeze_that_does_not_concern_them()
    {
        var mail = Hold(5, 9) with { RetriesFrom = null };
        var schedule = ScheduleOf(ToldOnce() with { LastDeclinedAt = Day(3, 6), Holds = [mail] });
        Assert.That((schedule.NextRetryAt(), schedule.NextStage()), Is.EqualTo(((DateTimeOffset?)Day(7, 6), (DunningStage.ActNow, Day(14, 10)))));
    }

    [Test]
    public void A_pause_shows_its_later_end_at_once_and_an_early_resume_does_not_take_it_back()
    {
        var paused = Do(PastDue(ToldOnce()), new SubscriptionCommand.PauseDunning(PauseReason.Hardship, "staff:1", DateOf(15)), Day(5, 9));
        Assert.That(paused.Case.ToldEndsOn, Is.EqualTo(DateOf(37)), "ten days later");

        var resumed = Do(paused, new SubscriptionCommand.ResumeDunning(PauseReason.Hardship), Day(7, 9));
        Assert.Multiple(() =>
        {
            Assert.That(resumed.Case.Holds, Is.EqualTo(new[] { new DunningHold(DateOf(5), DateOf(8), DateOf(6)) }));
            Assert.That(resumed.Case.ToldEndsOn, Is.EqualTo(DateOf(37)), "a date once told is a floor");
        });
    }

    [Test]
    public void A_retry_that_was_made_before_a_freeze_began_does_not_come_again()
    {
        var declined = ToldOnce() with { LastDeclinedAt = Day(7, 6) };
        var frozen = Rules with { Freezes = [DunningHold.Since(Day(7, 9), DateOf(9), true, London) with { FreezeId = "freeze_1" }] };
        Assert.That(frozen.ScheduleOf(declined).NextRetryAt(), Is.EqualTo(Day(11, 6)), "the retry of day 10, for the one day whose retry was held");
    }

    [Test]
    public void A_pause_ends_by_itself_on_its_date()
    {
        var paused = Do(PastDue(ToldOnce()), new SubscriptionCommand.PauseDunning(PauseReason.Complaint, "staff:1", DateOf(15)), Day(5, 9));
        Assert.That(LifecycleSchedule.Next(paused, Rules, Day(6, 9)), Is.EqualTo(new DueStep(LifecycleStep.ResumeDunning, London.StartOf(DateOf(15)))));

        var after = Do(paused, new SubscriptionCommand.AdvanceSubscription(false), London.StartOf(DateOf(15)));
        Assert.That(after.Case.Pauses, Is.Empty);
        Assert.That(LifecycleSchedule.Next(after, Rules, Day(15, 1)), Is.EqualTo(new DueStep(LifecycleStep.Nothing, Day(20, 10))), "the retry of that day comes first");
    }

    [Test]
    public void Two_reasons_stand_beside_each_other_and_neither_ends_the_other()
    {
        var twice = Do(
            Do(PastDue(ToldOnce()), new SubscriptionCommand.PauseDunning(PauseReason.Dispute, "system", DateOf(40)), Day(5, 9)),
            new SubscriptionCommand.PauseDunning(PauseReason.Complaint, "staff:1", DateOf(15)), Day(5, 10));
        var one = Do(twice, new SubscriptionCommand.ResumeDunning(PauseReason.Complaint), Day(6, 9));
        Assert.That(one.Case.Pauses.Select(pause => pause.Reason), Is.EqualTo(new[] { PauseReason.Dispute }));
    }

    [Test]
    public void Nobody_is_told_a_new_end_with_every_day_of_an_open_freeze_but_once_when_it_is_over()
    {
        var told = PastDue(ToldAll());
        var frozen = Rules with { Freezes = [new(DateOf(26), DateOf(28), DateOf(27), "freeze_1", Open: true)] };
        var during = LifecycleSchedule.Next(told, frozen, Day(27, 12))!;
        Assert.That((during.Step, during.At), Is.EqualTo((LifecycleStep.End, Day(29, 12))), "two days were held so far");

        var over = Rules with { Freezes = [new(DateOf(26), DateOf(30), DateOf(27), "freeze_1")] };
        Assert.That(LifecycleSchedule.Next(told, over, Day(29, 14))!.Step, Is.EqualTo(LifecycleStep.CountFreeze));
        var after = Do(told, new SubscriptionCommand.AdvanceSubscription(false), Day(29, 14), over);
        Assert.That((after.Case.ToldEndsOn, after.Case.Holds.Count), Is.EqualTo((DateOf(31), 1)));
        Assert.That(LifecycleSchedule.Next(after, over, Day(29, 14)), Is.EqualTo(new DueStep(LifecycleStep.End, Day(31, 12))));
    }

    private static DateOnly DateOf(int day) => London.DateOf(Day(day, 12));

    private static DunningHold Hold(int from, int until) => new(DateOf(from), DateOf(until), DateOf(from));

    private static DunningCase ToldOnce() => Case(DunningTrack.TimeMayHeal) with
    {
        LastDeclinedAt = Day(3, 6),
        Notices = [new(DunningStage.PaymentFailed, Day(3, 10), Day(3, 10), false)],
        ToldEndsOn = DateOf(27),
    };

    private static DunningCase ToldAll() => ToldOnce() with
    {
        LastDeclinedAt = Day(26, 6),
        Notices =
        [
            new(DunningStage.PaymentFailed, Day(3, 10), Day(3, 10), false),
            new(DunningStage.ActNow, Day(10, 10), Day(10, 10), false),
            new(DunningStage.DueToTerminate, Day(18, 10), Day(18, 10), false),
        ],
    };

    private static Subscription.PastDue PastDue(DunningCase dunning) => new(_contract, _open, dunning, null);

    private static Subscription.PastDue Do(Subscription.PastDue state, SubscriptionCommand command, DateTimeOffset at, SubscriptionRules? rules = null) =>
        (Subscription.PastDue)((Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(state, command, rules ?? Rules, at)).Events
            .Aggregate((Subscription)state, SubscriptionDecider.Evolve);
}
