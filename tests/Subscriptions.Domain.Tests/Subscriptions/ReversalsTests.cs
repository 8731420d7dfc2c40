using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;

namespace Subscriptions.Domain.Tests.Subscriptions;

/// <summary>What disputed and reversed payments do to a subscription.</summary>
public sealed class ReversalsTests
{
    private static readonly InvoiceId _lost = new("inv_lost");
    private static readonly BillingPeriod _period = new(new(2026, 3, 2), new(2026, 4, 2));
    private static readonly Active _active = new(
        new(new("sub_1_1"), new("rdr_1"), Given.Monthly.Id, "pm_1", new(3, 2), Given.Utc(2026, 2, 2, 9), 2, 0), _period, null, false, null);

    [Test]
    public void A_reversal_opens_a_case_on_the_track_of_what_only_the_reader_can_put_right_and_her_method_is_not_tried()
    {
        var state = (PastDue)Do(_active, Given.Day(3, 10), Reversed());

        Assert.That((state.Case.Track, state.Invoice.Purpose, state.Invoice.Replaces), Is.EqualTo((DunningTrack.ReaderMustAct, InvoicePurpose.Reversal, (InvoiceId?)_lost)));
        Assert.That(state.Invoice.Id.Value, Is.EqualTo("inv_1_1_v20260302_3"));
        Assert.That(Given.ScheduleOf(state.Case).NextRetryAt(), Is.Null);
        Assert.That(state.Case.UnusableMethodId, Is.EqualTo("pm_1"));
    }

    [Test]
    public void A_method_whose_payment_was_taken_back_is_set_aside_also_where_nothing_is_asked_for_again()
    {
        var keeps = Given.Rules with { Disputes = DisputePolicy.Default with { WhenLost = LostPayment.Keep } };
        var kept = (Active)Do(_active, keeps, Given.Day(3, 10), Reversed() with { PaymentMethodId = "pm_1" });
        var other = (Active)Do(_active, keeps, Given.Day(3, 10), Reversed() with { PaymentMethodId = "pm_0" });
        var undone = (Active)Do(kept, Given.Day(5, 10), new RecordReversalUndone(_lost));
        var anew = (Active)Do(kept, Given.Day(5, 10), new ChangePaymentMethod("pm_2"));

        Assert.That(new[] { kept, other, undone, anew }.Select(s => s.Contract.MethodSetAside), Is.EqualTo(new[] { true, false, false, false }));
    }

    [Test]
    public void A_method_that_was_set_aside_has_no_retries_whatever_its_owner_tried_with_it_herself()
    {
        var owing = (PastDue)Do(_active, Given.Day(3, 10), Reversed() with { PaymentMethodId = "pm_1" });
        var tried = (PastDue)Do(owing, Given.Day(4, 10), new RecordInvoiceDeclined(owing.Invoice.Id, 1, DeclineClass.TimeMayHeal, "card"), new RecordMethodRenewed("pm_1", false));

        Assert.That((tried.Case.Track, Given.ScheduleOf(tried.Case).NextRetryAt()), Is.EqualTo((DunningTrack.ReaderMustAct, (DateTimeOffset?)null)));
    }

    [Test]
    public void A_renewal_that_was_not_tried_with_a_method_set_aside_is_tried_with_it_once_its_payment_came_back()
    {
        var open = new OpenInvoice(new("inv_open"), InvoicePurpose.Renewal, _period, Given.Declined);
        var owing = new PastDue(_active.Contract, open, Given.Case(DunningTrack.ReaderMustAct) with { UnusableMethodId = "pm_1" }, null);
        var aside = Do(owing, Given.Day(3, 10), Reversed() with { PaymentMethodId = "pm_1" });
        var won = Do(aside, Given.Day(5, 10), new RecordReversalUndone(_lost));
        var invoice = new Invoice(
            open.Id, _active.Contract.ReaderId, _active.Contract.Id, open.Purpose, _period, [], Given.Monthly.Price, InvoiceStatus.Open, null, [], false, Given.Declined, null);

        DateTimeOffset? Next(Subscription state) => CollectionSchedule.NextAt(invoice, state, Given.Rules, 0, Given.Day(5, 10));
        Assert.That((Next(aside), Next(won)), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)Given.Day(5, 10))));
    }

    [Test]
    public void That_a_card_is_used_up_promises_no_try_of_a_method_that_only_its_owner_may_use()
    {
        var open = new OpenInvoice(new("inv_open"), InvoicePurpose.Renewal, _period, Given.Declined);
        var owing = new PastDue(_active.Contract, open, Given.Case(DunningTrack.ReaderMustAct) with { UnusableMethodId = "pm_1" }, null);
        var held = (PastDue)Do(owing, Given.Day(3, 10), new RecordRetryHeldBack(open.Id, Given.Day(4, 10)));

        Assert.That(Given.ScheduleOf(held.Case).NextRetryAt(), Is.Null);
    }

    [Test]
    public void A_period_whose_payment_came_back_goes_on_as_it_stood_and_is_not_granted_twice()
    {
        var owing = Do(_active, Given.Day(3, 10), Reversed());
        var active = (Active)Do(owing, Given.Day(9, 10), new RecordInvoicePaid(((PastDue)owing).Invoice.Id));

        Assert.That((active.Period, active.Contract.Anchor), Is.EqualTo((_period, new BillingAnchor(3, 2))));
    }

    [Test]
    public void Recovered_after_its_period_the_next_one_begins_on_the_day_of_recovery()
    {
        var owing = Do(_active, Given.Day(28, 10), Reversed());
        var active = (Active)Do(owing, Given.Day(35, 10), new RecordInvoicePaid(((PastDue)owing).Invoice.Id));
        var renewed = (Active)Do(active, Given.Day(35, 11), new AdvanceSubscription(false));

        Assert.That((active.Period.To, renewed.Invoice!.Period.From), Is.EqualTo((new DateOnly(2026, 4, 6), new DateOnly(2026, 4, 6))));
    }

    [Test]
    public void While_something_else_is_owed_a_reversal_waits_and_is_raised_after_it()
    {
        var open = new OpenInvoice(new("inv_open"), InvoicePurpose.Renewal, _period, Given.Declined);
        var waiting = Do(new PastDue(_active.Contract, open, Given.Case(DunningTrack.TimeMayHeal), null), Given.Day(3, 10), Reversed(), Reversed());
        var recovered = Do(waiting, Given.Day(4, 10), new RecordInvoicePaid(open.Id));

        Assert.That(((PastDue)waiting).Contract.Contested.Waiting, Has.Count.EqualTo(1));
        Assert.That(LifecycleSchedule.Next(recovered, Given.Rules, Given.Day(4, 10))!.Step, Is.EqualTo(LifecycleStep.RaiseReplacement));
        Assert.That(((PastDue)Do(recovered, Given.Day(4, 10), new AdvanceSubscription(false))).Invoice.Replaces, Is.EqualTo(_lost));
    }

    [Test]
    public void No_renewal_is_raised_while_a_payment_is_disputed()
    {
        var held = Do(_active, Given.Day(3, 10), new RecordDisputeOpened("du_1", _lost));
        var later = Do(held, Given.Day(40, 10), new AdvanceSubscription(false));
        var free = Do(later, Given.Day(41, 10), new RecordDisputeClosed("du_1"), new AdvanceSubscription(false));

        Assert.That((((Active)later).Invoice, ((Active)free).Invoice is not null), Is.EqualTo(((OpenInvoice?)null, true)));
    }

    [Test]
    public void A_case_stands_still_while_a_payment_is_disputed_and_all_of_it_comes_that_much_later()
    {
        var owing = Do(_active, Given.Day(0, 10), Reversed(), new AdvanceSubscription(false), new RecordNoticeHandedOver(1, DunningStage.PaymentFailed, new(2026, 3, 19)));
        var still = Do(owing, Given.Day(2, 10), new RecordDisputeOpened("du_2", new("inv_other")));
        var after = Do(still, Given.Day(30, 12), new AdvanceSubscription(false), new RecordDisputeClosed("du_2"));
        var schedule = Given.ScheduleOf(((PastDue)after).Case);

        Assert.That(((PastDue)after).Case.Stage, Is.EqualTo(DunningStage.PaymentFailed));
        Assert.That(schedule.NextStage(), Is.EqualTo((DunningStage.ActNow, Given.Day(32, 10))));
        Assert.That(((PastDue)after).Case.ToldEndsOn, Is.EqualTo(new DateOnly(2026, 3, 2).AddDays(45)));
        Assert.That(AccessRules.GrantOf((PastDue)still, null, Given.Rules, Given.Day(20, 10))!.Until, Is.Null);
    }

    [Test]
    public void Retries_made_before_a_dispute_do_not_come_again_after_it()
    {
        var open = new OpenInvoice(new("inv_open"), InvoicePurpose.Renewal, _period, Given.Declined);
        var owing = new PastDue(_active.Contract, open, Given.Case(DunningTrack.TimeMayHeal) with { LastDeclinedAt = Given.Day(3, 6) }, null);
        var after = (PastDue)Do(Do(owing, Given.Day(4, 10), new RecordDisputeOpened("du_2", _lost)), Given.Day(24, 10), new RecordDisputeClosed("du_2"));

        Assert.That(Given.ScheduleOf(after.Case).NextRetryAt(), Is.EqualTo(Given.Day(27, 6)));
    }

    [Test]
    public void Access_is_suspended_only_by_setting_and_only_while_the_dispute_is_open()
    {
        var suspends = Given.Rules with { Disputes = DisputePolicy.Default with { WhileOpen = DisputedAccess.Suspend } };
        var kept = (Started)Do(_active, Given.Day(3, 10), new RecordDisputeOpened("du_1", _lost));
        var shut = (Started)Do(_active, suspends, Given.Day(3, 10), new RecordDisputeOpened("du_1", _lost));
        var open = (Started)Do(shut, suspends, Given.Day(9, 10), new RecordDisputeClosed("du_1"));

        Assert.That(new[] { kept, shut, open }.Select(s => AccessRules.GrantOf(s, null, Given.Rules, Given.Day(10, 10)) is not null), Is.EqualTo(new[] { true, false, true }));
    }

    [Test]
    public void A_withdrawn_replacement_ends_the_case_and_the_period_goes_on()
    {
        var owing = (PastDue)Do(_active, Given.Day(3, 10), Reversed());

        Assert.That(Do(owing, Given.Day(5, 10), new RecordReplacementWithdrawn(owing.Invoice.Id)), Is.InstanceOf<Active>().With.Property("Period").EqualTo(_period));
    }

    [TestCase(29, nameof(Active))]
    [TestCase(30, nameof(PastDue))]
    public void What_is_too_little_to_be_charged_is_not_asked_for_again(long left, string state) => Assert.That(
        Do(_active, Given.Day(3, 10), Reversed() with { Owed = Given.Monthly.Price with { Amount = left } }).GetType().Name, Is.EqualTo(state));

    [Test]
    public void By_setting_a_loss_ends_the_subscription_however_little_of_it_was_left() => Assert.That(
        Do(_active, Given.Rules with { Disputes = DisputePolicy.Default with { WhenLost = LostPayment.End } }, Given.Day(3, 10), Reversed() with { Owed = Given.Monthly.Price with { Amount = 29 } }),
        Is.InstanceOf<Active>().With.Property("Ending").EqualTo(EndReason.PaymentReversed));

    [Test]
    public void Word_of_a_payers_death_counts_also_where_an_end_was_asked_for_before()
    {
        var owing = (PastDue)Do(_active, Given.Day(3, 10), Reversed());
        var cancelled = Do(owing, Given.Day(4, 10), new CancelSubscription());

        Assert.That(Do(cancelled, Given.Day(5, 10), new RecordInvoiceDeclined(owing.Invoice.Id, 1, DeclineClass.PayerDeceased)), Is.InstanceOf<PastDue>().With.Property("Ending").EqualTo(EndReason.PayerDeceased));
    }

    [Test]
    public void A_card_of_which_two_payments_were_taken_back_is_set_aside_until_both_have_come_back()
    {
        var card = _active.Contract.PaymentMethodId;
        var kept = Given.Rules with { Disputes = DisputePolicy.Default with { WhenLost = LostPayment.Keep } };
        var both = Do(_active, kept, Given.Day(3, 10), Reversed() with { PaymentMethodId = card }, Reversed() with { InvoiceId = new("inv_other"), PaymentMethodId = card });
        var one = Do(both, kept, Given.Day(5, 10), new RecordReversalUndone(_lost));
        var none = Do(one, kept, Given.Day(6, 10), new RecordReversalUndone(new("inv_other")));

        Assert.That(new[] { both, one, none }.Select(s => ((Started)s).Contract.MethodSetAside), Is.EqualTo(new[] { true, true, false }));
    }

    private static RecordPaymentReversed Reversed() => new(_lost, _period, Given.Monthly.Price);

    private static Subscription Do(Subscription state, DateTimeOffset now, params SubscriptionCommand[] commands) => Do(state, Given.Rules, now, commands);

    private static Subscription Do(Subscription state, SubscriptionRules rules, DateTimeOffset now, params SubscriptionCommand[] commands) => commands.Aggregate(
        state, (s, command) => ((Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(s, command, rules, now)).Events.Aggregate(s, SubscriptionDecider.Evolve));
}
