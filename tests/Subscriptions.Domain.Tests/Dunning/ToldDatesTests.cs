using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Dunning.DunningStage;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Dunning;

/// <summary>What a reader was told, on whichever page, is what the engine keeps.</summary>
public sealed class ToldDatesTests
{
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Utc(2026, 2, 2, 9), 1, 1);
    private static readonly OpenInvoice _open = new(new("inv_1"), InvoicePurpose.Renewal, new(Date("2026-03-02"), Date("2026-04-02")), Declined);

    [Test]
    public void An_end_that_the_page_showed_while_a_notice_waited_does_not_come_nearer_with_another_track()
    {
        var waiting = Case(DunningTrack.TimeMayHeal) with
        {
            Notices = [new(PaymentFailed, Day(3, 10), Day(3, 10), false), new(ActNow, Day(10, 10), null, false)],
            ToldEndsOn = London.DateOf(Day(27, 12)),
            LastDeclinedAt = Day(18, 6),
        };
        var shown = ScheduleOf(waiting).ProjectedEndAt(Day(22, 6));

        var after = Declare(PastDue(waiting), new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 5, DeclineClass.Never), Day(22, 6));

        Assert.That(shown, Is.GreaterThan(Day(27, 12)), "the mail server has kept the notice waiting");
        Assert.That(ScheduleOf(after.Case).ProjectedEndAt(Day(22, 6)), Is.GreaterThanOrEqualTo(shown));
    }

    [Test]
    public void A_moved_end_remembers_what_had_been_told()
    {
        var told = ToldAll(DunningTrack.ReaderMustAct, 0, 4, 10) with { ToldEndsOn = London.DateOf(Day(17, 12)) };
        var outcome = (Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(
            PastDue(told), new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 2, DeclineClass.TimeMayHeal), Rules, Day(12, 15));
        Assert.That(outcome.Events.OfType<SubscriptionEvent.DunningEndMoved>().Single(),
            Is.EqualTo(new SubscriptionEvent.DunningEndMoved(1, London.DateOf(Day(17, 12)), London.DateOf(Day(27, 12)), Day(12, 15))));
    }

    [Test]
    public void Nobody_is_ended_in_the_minute_in_which_a_try_that_was_overdue_is_declined()
    {
        // The gateway was silent from day 26 to the night of day 30; the end had been told for day 27.
        var told = ToldAll(DunningTrack.TimeMayHeal, 3, 10, 18) with { ToldEndsOn = London.DateOf(Day(27, 12)), LastDeclinedAt = Day(22, 6) };
        Assert.That(ScheduleOf(told).ProjectedEndAt(Day(30, 2)), Is.EqualTo(Day(31, 12)), "while it is overdue the page tells tomorrow");
        Assert.That(ScheduleOf(told).ToldRetryAt(Day(30, 2)), Is.EqualTo(Day(30, 2)), "and no try in the past");

        var declined = Declare(PastDue(told), new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 9, DeclineClass.TimeMayHeal), Day(30, 3));
        var next = LifecycleSchedule.Next(declined, Rules, Day(30, 3));

        Assert.That(next, Is.EqualTo(new DueStep(LifecycleStep.End, Day(31, 12))));
        Assert.That(declined.Case.ToldEndsOn, Is.EqualTo(London.DateOf(Day(31, 12))), "and it is told");
    }

    [Test]
    public void A_payment_that_the_reader_began_before_the_end_and_that_fails_after_it_puts_no_end_off()
    {
        var told = ToldAll(DunningTrack.TimeMayHeal, 3, 10, 18) with { ToldEndsOn = London.DateOf(Day(27, 12)), LastDeclinedAt = Day(26, 6) };

        var declined = Declare(PastDue(told), new SubscriptionCommand.RecordInvoiceDeclined(_open.Id, 10, DeclineClass.TimeMayHeal), Day(27, 13));

        Assert.That(LifecycleSchedule.Next(declined, Rules, Day(27, 13)), Is.EqualTo(new DueStep(LifecycleStep.End, Day(27, 12))));
    }

    [Test]
    public void A_renewal_whose_outcome_took_longer_than_its_period_pays_for_the_days_to_come()
    {
        var pending = new Subscription.Active(_contract, new(Date("2026-02-02"), Date("2026-03-02")), _open, false, null);
        var paid = (Subscription.Active)Decided(pending, new SubscriptionCommand.RecordInvoicePaid(_open.Id), Utc(2026, 5, 20, 9));

        Assert.That(paid.Period, Is.EqualTo(new BillingPeriod(Date("2026-05-20"), Date("2026-06-20"))));
        Assert.That(LifecycleSchedule.Next(paid, Rules, Utc(2026, 5, 20, 9))!.At, Is.EqualTo(London.At(Date("2026-06-20"), London.Collect)), "the next renewal is a month away");
    }

    private static DunningCase ToldAll(DunningTrack track, int first, int second, int third) => Case(track) with
    {
        Notices = [new(PaymentFailed, Day(first, 10), Day(first, 10), false), new(ActNow, Day(second, 10), Day(second, 10), false), new(DueToTerminate, Day(third, 10), Day(third, 10), false)],
    };

    private static Subscription.PastDue PastDue(DunningCase dunning) => new(_contract, _open, dunning, null);

    private static Subscription.PastDue Declare(Subscription state, SubscriptionCommand command, DateTimeOffset now) => (Subscription.PastDue)Decided(state, command, now);

    private static Subscription Decided(Subscription state, SubscriptionCommand command, DateTimeOffset now) =>
        ((Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(state, command, Rules, now)).Events.Aggregate(state, SubscriptionDecider.Evolve);
}
