using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Subscriptions.Domain.Calendar;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Domain.Tests.Dunning;

/// <summary>Overrides, paydays and closed days, and over random ones the rules that no schedule may break.</summary>
public sealed class ScheduleRulesTests
{
    private static readonly DunningTimetable _patient = new([2, 9, 16, 30], 5, 15, 25, 35);

    private static readonly PublisherCalendar _closed = new(true, true, [new((12, 24), (1, 2))], []);

    [Test]
    public void The_first_override_that_fits_holds_and_without_one_the_four_timetables_do()
    {
        var policy = Given.Policy with
        {
            Overrides =
            [
                new("bacs", null, "bacs_debit", null, null, _patient),
                new("yearly", DeclineClass.TimeMayHeal, null, PlanInterval.Year, false, _patient),
                new("all-bacs-after-trial", null, "bacs_debit", null, true, _patient),
            ],
        };
        Assert.That(policy.OverrideFor(DeclineClass.TimeMayHeal, "bacs_debit", PlanInterval.Year, true), Is.EqualTo("bacs"));
        Assert.That(policy.OverrideFor(DeclineClass.TimeMayHeal, "card", PlanInterval.Year, false), Is.EqualTo("yearly"));
        Assert.That(policy.OverrideFor(DeclineClass.ReaderMustAct, "card", PlanInterval.Year, false), Is.Null);
        Assert.That(policy.OverrideFor(DeclineClass.TimeMayHeal, "card", PlanInterval.Month, false), Is.Null);
    }

    [Test]
    public void A_case_runs_on_the_override_of_its_last_decline()
    {
        var policy = Given.Policy with { Overrides = [new("yearly", DeclineClass.TimeMayHeal, null, PlanInterval.Year, null, _patient)] };
        var rules = Given.Rules with { Policy = policy, Plan = Given.Monthly with { Interval = PlanInterval.Year } };
        var dunning = Given.Case(DunningTrack.TimeMayHeal) with { Timetable = "yearly" };
        Assert.That(new DunningSchedule(dunning, policy, Given.London).NextRetryAt(), Is.EqualTo(Given.Day(2, 6)));

        var pastDue = Open(rules, new(Given.Declined, DeclineClass.TimeMayHeal, "card", false));
        Assert.That(pastDue.Case.Timetable, Is.EqualTo("yearly"));
        var hard = (Subscription.PastDue)After(rules, pastDue, new SubscriptionCommand.RecordInvoiceDeclined(pastDue.Invoice.Id, 2, DeclineClass.ReaderMustAct, "card"), Given.Day(2, 6));
        Assert.That(hard.Case.Timetable, Is.Null);
    }

    [Test]
    public void A_method_that_only_the_reader_may_use_is_promised_no_retry_whatever_the_timetable_says()
    {
        var policy = Given.Policy with { ReaderMustAct = _patient };
        var rules = Given.Rules with { Policy = policy };
        var refused = Open(rules, new(Given.Declined, DeclineClass.ReaderMustAct, "card", true));
        Assert.That(new DunningSchedule(refused.Case, policy, Given.London).NextRetryAt(), Is.Null);
        var expired = Open(rules, new(Given.Declined, DeclineClass.ReaderMustAct, "card", false));
        Assert.That(new DunningSchedule(expired.Case, policy, Given.London).NextRetryAt(), Is.EqualTo(Given.Day(2, 6)));
    }

    // 28 March 2026 is a Saturday: wages of the 28th come on Friday the 27th. The decline is of 2 March, day 22 is the 24th.
    [TestCase("25", 2, "2026-03-26")]
    [TestCase("28", 4, "2026-03-24")]
    [TestCase("", 2, "2026-03-24")]
    public void A_retry_waits_for_the_day_after_a_payday_that_is_near(string payday, int within, string expected)
    {
        var policy = Given.Policy with { Paydays = payday.Length == 0 ? null : new([int.Parse(payday, null)], within) };
        Assert.That(policy.RetryDates(policy.TimeMayHeal, new(2026, 3, 2)).ElementAt(6), Is.EqualTo(Given.Date(expected)));
    }

    [TestCase("Overrides (x)")]
    public void An_override_that_breaks_a_rule_is_named(string named)
    {
        var early = Given.Policy with { Overrides = [new("x", DeclineClass.Never, null, null, null, _patient with { EndDay = 26 })] };
        Assert.That(early.BrokenRules(), Has.Some.StartsWith(named).And.Contains("EndDay"));
        Assert.That(early.BrokenRules(), Has.Some.Contains("never tried again"));
        Assert.That((Given.Policy with { Overrides = [new("y", null, null, null, null, _patient)] }).BrokenRules(), Has.Some.Contains("no condition"));
    }

    [Test]
    public void Nothing_is_sent_or_ended_on_a_closed_day_and_the_told_end_says_so()
    {
        // First declined on 26 November 2026: day 27 is 23 December; the third notice of day 18 is due on Monday 14 December.
        var opened = Given.Utc(2026, 11, 27, 6);
        var hours = Given.London with { Calendar = _closed };
        var dunning = Given.Case(DunningTrack.TimeMayHeal, opened);
        var schedule = new DunningSchedule(dunning, Given.Policy, hours);
        Assert.That(hours.DateOf(schedule.ProjectedEndAt(opened)), Is.EqualTo(new DateOnly(2027, 1, 4)));
        Assert.That(hours.DateOf(schedule.NextStage()!.Value.At), Is.EqualTo(new DateOnly(2026, 11, 30)));
        Assert.That(hours.DateOf(hours.NoticeSendableAt(Given.Utc(2026, 12, 24, 9))), Is.EqualTo(new DateOnly(2027, 1, 4)));
    }

    [Test]
    public void An_end_that_was_missed_waits_for_an_open_day_and_is_told_anew()
    {
        var hours = Given.London with { Calendar = _closed };
        var opened = Given.Utc(2026, 3, 2, 6);
        DunningNotice Told(DunningStage stage, int day) => new(stage, opened.AddDays(day), opened.AddDays(day), false);
        var dunning = Given.Case(DunningTrack.ReaderMustAct, opened) with
        {
            Notices = [Told(DunningStage.PaymentFailed, 0), Told(DunningStage.ActNow, 4), Told(DunningStage.DueToTerminate, 10)],
            ToldEndsOn = new(2026, 3, 20),
        };
        var saturday = Given.Utc(2026, 3, 21, 13);
        var rules = Given.Rules with { Hours = hours };
        var state = Open(rules, new(opened, DeclineClass.ReaderMustAct, "card", false)) with { Case = dunning };
        Assert.That(LifecycleSchedule.Next(state, rules, saturday)!.Step, Is.EqualTo(LifecycleStep.TellNewEnd));
        var moved = (Subscription.PastDue)After(rules, state, new SubscriptionCommand.AdvanceSubscription(false), saturday);
        Assert.That(moved.Case.ToldEndsOn, Is.EqualTo(new DateOnly(2026, 3, 23)));
        Assert.That(LifecycleSchedule.Next(moved, rules, saturday), Is.EqualTo(new DueStep(LifecycleStep.End, Given.Utc(2026, 3, 23, 12))));
    }

    [Test]
    public void Every_sound_policy_keeps_order_limits_and_floors_whatever_the_paydays_and_closed_days() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 1 << 24).ArrayOf(24)), Holds).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    private static void Holds(int[] numbers)
    {
        var next = 0;
        int Draw(int most) => numbers[next++ % numbers.Length] % (most + 1);
        var (first, second, third) = (Draw(10), 2 + Draw(10), 2 + Draw(10));
        var table = new DunningTimetable(
            [.. Enumerable.Range(0, Draw(12)).Select(_ => 1 + Draw(30)).Distinct().Order()], first, first + second, first + second + third, first + second + third + 2 + Draw(20));
        var policy = Given.Policy with { TimeMayHeal = table, Paydays = Draw(3) == 0 ? null : new([1 + Draw(30), 1 + Draw(30)], 1 + Draw(6)) };
        if (policy.BrokenRules().Any())
        {
            return;
        }

        var opened = Given.Utc(2026, 1, 1, 6).AddDays(Draw(1500));
        var hours = Given.London with { Calendar = new(Draw(1) == 0, Draw(1) == 0, Draw(1) == 0 ? [new((12, 24), (1, 2))] : [], []) };
        Retries(policy, table, hours.DateOf(opened));
        Dates(policy, hours, opened, Draw);
    }

    private static void Retries(DunningPolicy policy, DunningTimetable table, DateOnly openedOn)
    {
        DateOnly[] dates = [.. policy.RetryDates(table, openedOn)];
        Assert.That(dates, Is.Ordered.And.Unique);
        for (var i = 0; i < dates.Length; i++)
        {
            var (meant, date) = (openedOn.AddDays(table.RetryDays[i]), dates[i]);
            Assert.That(date, Is.InRange(meant, meant.AddDays(policy.Paydays?.WithinDays ?? 0)));
            Assert.That(date, Is.LessThan(openedOn.AddDays(table.EndDay)));
            foreach (var notice in new[] { table.PaymentFailedDay, table.ActNowDay, table.DueToTerminateDay }.Where(n => n >= table.RetryDays[i]))
            {
                Assert.That(date, Is.LessThanOrEqualTo(openedOn.AddDays(notice)), "each retry comes before that day's notice");
            }

            Assert.That(dates.Prepend(openedOn).Count(d => d >= date && d < date.AddDays(30)), Is.LessThanOrEqualTo(DunningPolicy.NetworkTriesIn30Days));
        }
    }

    private static void Dates(DunningPolicy policy, PublisherHours hours, DateTimeOffset opened, Func<int, int> draw)
    {
        var dunning = Given.Case(DunningTrack.TimeMayHeal, opened);
        var (now, told) = (opened, DateOnly.MinValue);
        while (new DunningSchedule(dunning, policy, hours).NextStage() is { } step)
        {
            now = step.At > now ? step.At : now;
            var handedOver = hours.NoticeSendableAt(now.AddMinutes(draw(4) == 0 ? draw(6 * 24 * 60) : 0));
            Assert.That(hours.Calendar.IsClosed(hours.DateOf(handedOver)), Is.False, "nothing is sent on a closed day");
            var endsOn = hours.DateOf(new DunningSchedule(dunning, policy, hours).ProjectedEndAt(handedOver));
            Assert.That(endsOn, Is.GreaterThanOrEqualTo(told), "a told date never comes nearer");
            told = endsOn;
            dunning = dunning with { Notices = [.. dunning.Notices, new(step.Stage, now, handedOver, false)], ToldEndsOn = told };
            now = handedOver;
        }

        var end = new DunningSchedule(dunning, policy, hours).EndAt()!.Value;
        Assert.That(dunning.Notices, Has.Count.EqualTo(3));
        Assert.That(hours.DateOf(end), Is.GreaterThanOrEqualTo(told));
        Assert.That(hours.Calendar.IsClosed(hours.DateOf(end)), Is.False, "nobody is ended on a closed day");
        Assert.That(hours.DateOf(end).DayNumber - hours.DateOf(dunning.Notices[2].HandedOverAt!.Value).DayNumber, Is.GreaterThanOrEqualTo(policy.TimeMayHeal.GapBeforeEnd));
    }

    private sealed record FirstDecline(DateTimeOffset At, DeclineClass Class, string Kind, bool Unusable);

    private static Subscription.PastDue Open(SubscriptionRules rules, FirstDecline decline)
    {
        var invoice = new OpenInvoice(new InvoiceId("inv_1"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), decline.At);
        var contract = new Contract(new("sub_1_1"), new("rdr_1"), rules.Plan.Id, "pm_1", new(3, 2), decline.At.AddYears(-1), 2, 0);
        var active = new Subscription.Active(contract, new(new(2026, 2, 2), new(2026, 3, 2)), invoice, false, null);
        return (Subscription.PastDue)After(rules, active, new SubscriptionCommand.RecordInvoiceDeclined(invoice.Id, 1, decline.Class, decline.Kind, decline.Unusable), decline.At);
    }

    private static Subscription After(SubscriptionRules rules, Subscription state, SubscriptionCommand command, DateTimeOffset now) =>
        ((Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(state, command, rules, now)).Events.Aggregate(state, SubscriptionDecider.Evolve);
}
