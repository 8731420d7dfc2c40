using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Dunning.DunningStage;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Dunning;

/// <summary>A publisher whose subscriber articles close in the third stage: from when, for whom, and what is told of it.</summary>
public sealed class ClosingTests
{
    private static readonly SubscriptionRules _closing = Rules with { Policy = Policy with { ClosesInThirdStage = true } };
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Utc(2026, 2, 2, 9), 1, 1);
    private static readonly OpenInvoice _open = new(new("inv_1"), InvoicePurpose.Renewal, new(Date("2026-03-02"), Date("2026-04-02")), Declined);

    private static readonly Invoice _owed = new(
        _open.Id, _contract.ReaderId, _contract.Id, _open.Purpose, _open.Period, [], Monthly.Price, InvoiceStatus.Open, null, [], false, Declined, null);

    [Test]
    public void A_reader_reads_on_through_the_third_stage_unless_the_publisher_says_otherwise()
    {
        Assert.That(AccessRules.GrantOf(Told(3), _owed, Rules, Day(19, 9))!.Kind, Is.EqualTo(GrantKind.Grace));
        Assert.That(AccessRules.GrantOf(Told(3), _owed, _closing, Day(19, 9)), Is.Null);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Before_the_third_notice_nothing_is_closed_and_the_clock_closes_nothing(int notices) =>
        Assert.That(AccessRules.GrantOf(Told(notices), _owed, _closing, Day(40, 9)), Has.Property("Kind").EqualTo(GrantKind.Grace).And.Property("Until").Null);

    [TestCase(AttemptState.Processing)]
    [TestCase(AttemptState.Unknown)]
    public void Nobody_is_locked_out_who_may_have_paid(AttemptState state) =>
        Assert.That(AccessRules.GrantOf(Told(3), With(state), _closing, Day(19, 9)), Has.Property("Kind").EqualTo(GrantKind.Grace).And.Property("Until").Null);

    [TestCase(AttemptState.AwaitingReader)]
    [TestCase(AttemptState.InFlight)]
    public void A_payment_that_was_only_begun_opens_nothing(AttemptState state) =>
        Assert.That(AccessRules.GrantOf(Told(3), With(state), _closing, Day(19, 9)), Is.Null);

    [Test]
    public void Money_that_came_back_opens_again() => Assert.That(AccessRules.GrantOf(Told(3), _owed with { Withdrawn = true }, _closing, Day(19, 9)), Is.Not.Null);

    [Test]
    public void The_first_two_notices_tell_the_day_on_which_it_closes_and_the_third_none()
    {
        Assert.That(ToldOf(Told(1), Day(4, 9)), Is.EqualTo(((DateTimeOffset?)Day(18, 10), (DateTimeOffset?)Day(27, 12))));
        Assert.That(ToldOf(Told(2), Day(11, 9)), Is.EqualTo(((DateTimeOffset?)Day(18, 10), (DateTimeOffset?)Day(27, 12))));
        Assert.That(ToldOf(Told(3), Day(19, 9)), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)Day(27, 12))));
        Assert.That(ToldOf(Told(0), Day(2, 9)), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null)), "the first tries are silent");
    }

    [Test]
    public void An_end_of_the_subscription_is_not_told_as_the_end_of_access()
    {
        Assert.That(Tellable.AccessEndsAt(Told(2), _owed, _closing, Day(11, 9)), Is.EqualTo(Day(18, 10)));
        Assert.That(Tellable.AccessEndsAt(Told(3), _owed, _closing, Day(19, 9)), Is.Null);
        Assert.That(Tellable.AccessEndsAt(Told(2), _owed, Rules, Day(11, 9)), Is.EqualTo(Day(27, 12)));
    }

    [Test]
    public void A_closing_that_is_overdue_is_told_as_now_and_not_as_the_end() =>
        Assert.That(Tellable.AccessEndsAt(Told(2), _owed, _closing, Day(18, 15)), Is.EqualTo(Day(18, 15)));

    [Test]
    public void A_stage_writes_down_the_day_that_it_tells()
    {
        var entered = Decide(Told(0), new SubscriptionCommand.AdvanceSubscription(false), Day(3, 10)).OfType<SubscriptionEvent.DunningStageEntered>().Single();

        Assert.That((entered.Stage, entered.ClosesOn), Is.EqualTo((PaymentFailed, (DateOnly?)London.DateOf(Day(18, 0)))));
        Assert.That(((Subscription.PastDue)SubscriptionDecider.Evolve(Told(0), entered)).Case.ToldClosesOn, Is.EqualTo(entered.ClosesOn));
    }

    [Test]
    public void A_day_that_was_told_does_not_come_nearer_with_another_track()
    {
        // On the track of a refused card the third notice would be due on day 10.
        var told = Told(1) with { Case = Told(1).Case with { ToldClosesOn = London.DateOf(Day(18, 0)) } };
        var after = (Subscription.PastDue)Evolved(told, new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 3, DeclineClass.Never), Day(7, 6));
        var second = after with { Case = after.Case with { Notices = [.. after.Case.Notices, new(ActNow, Day(7, 10), Day(7, 10), false)] } };

        Assert.That(Rules.ScheduleOf(second.Case with { ToldClosesOn = null }).NextStage(), Is.EqualTo((DueToTerminate, Day(13, 10))), "six days after the second, were nothing told");
        Assert.That(_closing.ScheduleOf(second.Case).NextStage(), Is.EqualTo((DueToTerminate, Day(18, 10))));
        Assert.That(_closing.ScheduleOf(second.Case).ProjectedClosingAt(Day(8, 9)), Is.EqualTo(Day(18, 10)));
    }

    [Test]
    public void A_third_notice_that_a_decline_makes_due_in_the_morning_waits_for_the_hour_that_pages_tell()
    {
        var overdue = Told(2) with { Case = Told(2).Case with { LastDeclinedAt = Day(14, 6) } };
        Assert.That(Tellable.AccessEndsAt(overdue, _owed, _closing, Day(18, 7)), Is.EqualTo(Day(18, 10)));

        var declined = (Subscription.PastDue)Evolved(overdue, new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 7, DeclineClass.Never), Day(18, 7));

        Assert.That(LifecycleSchedule.Next(declined, Rules, Day(18, 8)), Is.EqualTo(new DueStep(LifecycleStep.EnterStage, Day(18, 7), DueToTerminate)), "where it closes nothing, it is shown at once");
        Assert.That(LifecycleSchedule.Next(declined, _closing, Day(18, 8)), Is.EqualTo(new DueStep(LifecycleStep.EnterStage, Day(18, 10), DueToTerminate)));
        Assert.That(LifecycleSchedule.Next(declined, _closing, Day(20, 11)), Is.EqualTo(new DueStep(LifecycleStep.EnterStage, Day(20, 10), DueToTerminate)), "an engine that was late is not late for ever");
    }

    [Test]
    public void Whoever_was_told_that_there_is_nothing_to_do_has_two_days_before_access_closes()
    {
        // Told for day 18; the collection that was on its way since day 16 fails on the afternoon of day 21.
        var told = Told(2) with { Case = Told(2).Case with { ToldClosesOn = London.DateOf(Day(18, 0)), ToldEndsOn = London.DateOf(Day(27, 0)) } };
        var failed = (Subscription.PastDue)Evolved(told, new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 6, DeclineClass.ReaderMustAct) { TookDays = true }, Day(21, 14));

        Assert.That(LifecycleSchedule.Next(failed, _closing, Day(21, 14)), Is.EqualTo(new DueStep(LifecycleStep.EnterStage, Day(23, 10), DueToTerminate)));
        Assert.That(Tellable.AccessEndsAt(failed, _owed, _closing, Day(21, 14)), Is.EqualTo(Day(23, 10)));
        Assert.That(failed.Case.ToldClosesOn, Is.EqualTo(London.DateOf(Day(23, 0))), "and it is told");
    }

    [Test]
    public void A_day_that_a_pause_moved_later_stays_there_when_the_pause_ends_sooner()
    {
        var told = Told(2) with { Case = Told(2).Case with { ToldClosesOn = London.DateOf(Day(18, 0)), ToldEndsOn = London.DateOf(Day(27, 0)) } };
        var paused = Evolved(told, new SubscriptionCommand.PauseDunning(PauseReason.Hardship, "staff:1", London.DateOf(Day(21, 0))), Day(11, 9));
        Assert.That(((Subscription.PastDue)paused).Case.ToldClosesOn, Is.EqualTo(London.DateOf(Day(28, 0))), "ten days");

        var resumed = (Subscription.PastDue)Evolved(paused, new SubscriptionCommand.ResumeDunning(PauseReason.Hardship), Day(13, 9));
        Assert.That(_closing.ScheduleOf(resumed.Case).ProjectedClosingAt(Day(13, 10)), Is.EqualTo(Day(28, 10)));
    }

    private static (DateTimeOffset? Closes, DateTimeOffset? Ends) ToldOf(Subscription.PastDue state, DateTimeOffset now) =>
        (Tellable.ClosesAt(state, _owed, _closing, now), Tellable.EndAt(state, _owed, _closing, now));

    private static Subscription.PastDue Told(int notices) => new(_contract, _open, Case(DunningTrack.TimeMayHeal) with
    {
        LastDeclinedAt = Day(notices switch { 0 => 3, 1 => 3, 2 => 10, _ => 18 }, 6),
        Notices =
        [
            .. new[] { (PaymentFailed, 3), (ActNow, 10), (DueToTerminate, 18) }.Take(notices).Select(n => new DunningNotice(n.Item1, Day(n.Item2, 10), Day(n.Item2, 10), false)),
        ],
    }, null);

    private static Invoice With(AttemptState state) => _owed with { Attempts = [new(1, state, "pm_1", AttemptTrigger.Schedule, "system", "pi_1", false, null, Day(3, 6), Day(3, 6), null, null, null, null, null, null)] };

    private static IReadOnlyList<SubscriptionEvent> Decide(Subscription state, SubscriptionCommand command, DateTimeOffset now) =>
        ((Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(state, command, _closing, now)).Events;

    private static Subscription Evolved(Subscription state, SubscriptionCommand command, DateTimeOffset now) => Decide(state, command, now).Aggregate(state, SubscriptionDecider.Evolve);
}
