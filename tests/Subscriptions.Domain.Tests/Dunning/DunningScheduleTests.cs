using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Dunning.DunningStage;
using static Subscriptions.Domain.Dunning.DunningTrack;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Dunning;

public sealed class DunningScheduleTests
{
    [TestCase(TimeMayHeal, false, new[] { 1, 3, 7, 10, 14, 18, 22, 26 })]
    [TestCase(ReaderMustAct, false, new int[0])]
    [TestCase(TimeMayHeal, true, new[] { 1, 3, 7 })]
    [TestCase(ReaderMustAct, true, new int[0])]
    public void Retries_come_on_the_policys_days_at_six(DunningTrack track, bool afterTrial, int[] days)
    {
        var dunning = Case(track, afterTrial: afterTrial);
        foreach (var day in days)
        {
            Assert.That(ScheduleOf(dunning).NextRetryAt(), Is.EqualTo(Day(day, 6)));
            dunning = dunning with { LastDeclinedAt = Day(day, 6), Declines = dunning.Declines + 1 };
        }

        Assert.That(ScheduleOf(dunning).NextRetryAt(), Is.Null);
    }

    [TestCase(TimeMayHeal, false, 3, 10, 18, 27)]
    [TestCase(ReaderMustAct, false, 0, 4, 10, 17)]
    [TestCase(TimeMayHeal, true, 1, 4, 7, 10)]
    [TestCase(ReaderMustAct, true, 0, 4, 7, 10)]
    public void Notices_go_at_ten_on_the_policys_days_and_the_end_comes_at_noon(DunningTrack track, bool afterTrial, int first, int second, int third, int end)
    {
        var dunning = Case(track, afterTrial: afterTrial);
        foreach (var (stage, day) in new[] { (PaymentFailed, first), (ActNow, second), (DueToTerminate, third) })
        {
            Assert.That(ScheduleOf(dunning).NextStage(), Is.EqualTo((stage, day == 0 ? Declined : Day(day, 10))));
            Assert.That(ScheduleOf(dunning).EndAt(), Is.Null);
            dunning = Told(dunning, stage, Day(day, 10), Day(day, 10));
        }

        Assert.That(ScheduleOf(dunning).NextStage(), Is.Null);
        Assert.That(ScheduleOf(dunning).EndAt(), Is.EqualTo(Day(end, 12)));
    }

    [Test]
    public void A_try_that_a_network_limit_holds_back_comes_at_the_next_collecting_hour_after_it_and_holds_no_notice_up()
    {
        var held = Case(TimeMayHeal) with { HeldBackUntil = Day(20, 7) };
        var next = LifecycleSchedule.Next(new Subscription.PastDue(
            new(new("sub_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Declined, 1, 1),
            new(new("inv_1"), InvoicePurpose.Renewal, new(Date("2026-03-02"), Date("2026-04-02")), Declined), held, null), Rules, Day(4, 6));
        Assert.That(ScheduleOf(held).NextRetryAt(), Is.EqualTo(Day(21, 6)));
        Assert.That(next, Is.EqualTo(new DueStep(LifecycleStep.EnterStage, Day(3, 10), PaymentFailed)));
    }

    [Test]
    public void After_a_collection_that_took_days_and_failed_two_days_are_left_to_do_something()
    {
        var told = new[] { (PaymentFailed, 3), (ActNow, 10), (DueToTerminate, 18) }
            .Aggregate(Case(TimeMayHeal), (dunning, notice) => Told(dunning, notice.Item1, Day(notice.Item2, 10), Day(notice.Item2, 10)));

        Assert.That(ScheduleOf(told with { CollectionFailedAt = Day(20, 8) }).EndAt(), Is.EqualTo(Day(27, 12)), "more than two are left");
        Assert.That(ScheduleOf(told with { CollectionFailedAt = Day(40, 8) }).EndAt(), Is.EqualTo(Day(42, 12)));
        Assert.That(ScheduleOf(told with { CollectionFailedAt = Day(40, 8) }).ProjectedEndAt(Day(40, 9)), Is.EqualTo(Day(42, 12)));
    }

    [Test]
    public void The_dates_hold_across_the_spring_change() =>
        Assert.That(ScheduleOf(Case(TimeMayHeal, Utc(2026, 3, 26, 6))).NextStage(), Is.EqualTo((PaymentFailed, Utc(2026, 3, 29, 9))));

    [Test]
    public void No_stage_comes_while_the_notice_before_it_waits_to_be_handed_over() =>
        Assert.That(ScheduleOf(Told(Case(TimeMayHeal), PaymentFailed, Day(3, 10), null)).NextStage(), Is.Null);

    [Test]
    public void A_late_hand_over_pushes_the_next_notice_and_the_end_by_the_policys_days()
    {
        var dunning = Told(Case(TimeMayHeal), PaymentFailed, Day(3, 10), Day(6, 9));
        Assert.That(ScheduleOf(dunning).NextStage(), Is.EqualTo((ActNow, Day(13, 10))));

        dunning = Told(dunning, ActNow, Day(13, 10), Day(13, 10));
        Assert.That(ScheduleOf(dunning).NextStage(), Is.EqualTo((DueToTerminate, Day(21, 10))));

        dunning = Told(dunning, DueToTerminate, Day(21, 10), Day(23, 14));
        Assert.That(ScheduleOf(dunning).EndAt(), Is.EqualTo(Day(32, 12)));
    }

    [Test]
    public void A_hard_decline_moves_the_next_notice_to_the_harder_track_at_once()
    {
        var dunning = Case(TimeMayHeal) with { Track = ReaderMustAct, TrackSince = Day(1, 6), LastDeclinedAt = Day(1, 6), Declines = 2 };
        Assert.That(ScheduleOf(dunning).NextStage(), Is.EqualTo((PaymentFailed, Day(1, 6))));
        Assert.That(ScheduleOf(dunning).NextRetryAt(), Is.Null);
        Assert.That(ScheduleOf(dunning).ProjectedEndAt(Day(1, 6)), Is.EqualTo(Day(18, 12)), "counted from the notice that goes out on day 1");
    }

    [Test]
    public void A_date_once_told_comes_no_nearer_when_the_track_hardens()
    {
        var soft = Told(Case(TimeMayHeal), PaymentFailed, Day(3, 10), Day(3, 10)) with { ToldEndsOn = new(2026, 3, 29) };
        var hard = soft with { Track = ReaderMustAct, TrackSince = Day(7, 6), LastDeclinedAt = Day(7, 6) };
        Assert.That(ScheduleOf(soft).ProjectedEndAt(Day(4, 9)), Is.EqualTo(Day(27, 12)));
        Assert.That(ScheduleOf(hard).ProjectedEndAt(Day(7, 6)), Is.EqualTo(Day(27, 12)));

        var told = Told(Told(hard, ActNow, Day(7, 10), Day(7, 10)), DueToTerminate, Day(13, 10), Day(13, 10));
        Assert.That(ScheduleOf(told).EndAt(), Is.EqualTo(Day(27, 12)));
    }

    [Test]
    public void A_softer_track_may_move_a_told_date_later()
    {
        var hard = Told(Case(ReaderMustAct), PaymentFailed, Declined, Day(0, 10)) with { ToldEndsOn = new(2026, 3, 19) };
        var soft = hard with { Track = TimeMayHeal, TrackSince = Day(2, 9), LastDeclinedAt = Day(2, 9) };
        Assert.That(ScheduleOf(hard).ProjectedEndAt(Day(1, 9)), Is.EqualTo(Day(17, 12)));
        Assert.That(ScheduleOf(soft).ProjectedEndAt(Day(2, 9)), Is.EqualTo(Day(27, 12)));
        Assert.That(ScheduleOf(soft).NextRetryAt(), Is.EqualTo(Day(3, 6)));
    }

    [Test]
    public void The_end_that_is_told_reckons_with_a_mail_that_still_waits()
    {
        var waiting = Told(Case(TimeMayHeal), PaymentFailed, Day(3, 10), null);
        Assert.That(ScheduleOf(waiting).ProjectedEndAt(Day(9, 12)), Is.EqualTo(Day(33, 12)));
    }

    private static DunningCase Told(DunningCase dunning, DunningStage stage, DateTimeOffset enteredAt, DateTimeOffset? handedOverAt) => dunning with
    {
        Notices = [.. dunning.Notices.Where(n => n.Stage != stage), new(stage, enteredAt, handedOverAt, false)],
    };
}
