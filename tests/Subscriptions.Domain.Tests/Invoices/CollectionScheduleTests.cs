using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Invoices;

public sealed class CollectionScheduleTests
{
    private static readonly BillingPeriod _period = new(new(2026, 3, 2), new(2026, 4, 2));
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Utc(2026, 2, 2, 9), 1, 0);
    private static readonly OpenInvoice _open = new(new("inv_1"), InvoicePurpose.Renewal, _period, Declined);
    private static readonly Subscription.Active _pending = new(_contract, new(new(2026, 2, 2), new(2026, 3, 2)), _open, false, null);
    private static readonly Decline _soft = new("card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal);

    [Test]
    public void A_renewal_is_collected_at_once() => Assert.That(Next(Raised(), _pending), Is.EqualTo(Declined));

    [Test]
    public void A_declined_renewal_waits_for_the_policys_day()
    {
        var declined = Tried(new AttemptOutcome.Declined(_soft, "ch_1"));
        Assert.That(Next(declined, new Subscription.PastDue(_contract, _open, Case(DunningTrack.TimeMayHeal), null)), Is.EqualTo(Day(1, 6)));
    }

    [Test]
    public void A_hard_decline_is_not_retried_until_the_card_changes()
    {
        var declined = Tried(new AttemptOutcome.Declined(_soft with { Class = DeclineClass.Never }, "ch_1"));
        var pastDue = new Subscription.PastDue(_contract, _open, Case(DunningTrack.ReaderMustAct), null);
        Assert.That(Next(declined, pastDue), Is.Null);
        Assert.That(Next(declined, pastDue with { Contract = _contract with { PaymentMethodId = "pm_2" } }), Is.EqualTo(Declined), "a new card is tried at once");
    }

    [Test]
    public void Whoever_walks_away_from_her_banks_question_is_not_charged_behind_her_back()
    {
        var abandoned = Do(Tried(new AttemptOutcome.AwaitingReader("https://bank.example/")), new RecordPaymentIntentCanceled(1));
        var incomplete = new Subscription.Incomplete(_contract, _open, null);
        var pastDue = new Subscription.PastDue(_contract, _open, Case(DunningTrack.ReaderMustAct), null);
        Assert.That(Next(abandoned, incomplete), Is.Null);
        Assert.That(Next(abandoned, pastDue), Is.Null);
        Assert.That(InvoiceDecider.NeedsTheReader(abandoned, "pm_1"), Is.True);
        Assert.That(Next(abandoned, incomplete with { Contract = _contract with { PaymentMethodId = "pm_2" } }), Is.EqualTo(Declined), "a new card is another matter");
    }

    [Test]
    public void The_first_good_card_of_a_case_that_began_without_one_is_tried_at_once()
    {
        var pastDue = new Subscription.PastDue(_contract with { PaymentMethodId = null }, _open, Case(DunningTrack.ReaderMustAct), null);
        Assert.That(Next(Raised(), pastDue), Is.Null);
        Assert.That(Next(Raised(), pastDue with { Contract = _contract }), Is.EqualTo(Declined));
        Assert.That(Next(Raised(), pastDue with { Contract = _contract, Case = pastDue.Case with { UnusableMethodId = "pm_1" } }), Is.Null, "the one that could not be tried is no news");
    }

    [Test]
    public void A_challenge_stays_open_for_an_hour() =>
        Assert.That(Next(Tried(new AttemptOutcome.AwaitingReader(null)), _pending), Is.EqualTo(Declined.AddMinutes(60)));

    [Test]
    public void A_payment_that_takes_days_is_looked_at_daily() =>
        Assert.That(Next(Tried(new AttemptOutcome.Processing()), _pending), Is.EqualTo(Declined.AddDays(1)));

    [Test]
    public void A_daily_look_that_brought_no_answer_is_made_again_soon() => Assert.That(
        CollectionSchedule.NextAt(Tried(new AttemptOutcome.Processing()), _pending, Rules, 1, Declined), Is.EqualTo(Declined.AddMinutes(1)));

    [TestCase(1, 1)]
    [TestCase(2, 2)]
    [TestCase(6, 60)]
    [TestCase(60, 240)]
    public void An_unknown_outcome_is_asked_for_again_at_growing_intervals(int tries, int minutes) => Assert.That(
        CollectionSchedule.NextAt(Tried(new AttemptOutcome.Unknown("timed out")), _pending, Rules, tries, Declined), Is.EqualTo(Declined.AddMinutes(minutes)));

    [Test]
    public void A_try_that_never_arrived_is_made_again_whatever_the_timetable_says() => Assert.That(
        CollectionSchedule.NextAt(
            Tried(new AttemptOutcome.NotReceived("lost")), new Subscription.PastDue(_contract, _open, Case(DunningTrack.TimeMayHeal), null), Rules, 1, Declined),
        Is.EqualTo(Declined.AddMinutes(1)));

    [Test]
    public void Nothing_is_due_on_a_paid_or_a_stopped_invoice()
    {
        Assert.That(Next(Tried(new AttemptOutcome.Succeeded("ch_1")), _pending), Is.Null);
        Assert.That(Next(Do(Raised(), new StopCollecting()), _pending), Is.Null);
    }

    [Test]
    public void Money_that_must_go_back_is_due_even_on_a_closed_invoice()
    {
        var closed = Do(Do(Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1")), Begin("pm_1")), new RecordOutcome(1, new AttemptOutcome.Declined(_soft, "ch_1")));
        closed = Do(Do(closed, new RecordPaymentIntentCanceled(1)), new CloseUnpaid(true));
        Assert.That(Next(closed, _pending), Is.Null);
        Assert.That(Next(Do(closed, new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_2"))), _pending), Is.EqualTo(Declined));
    }

    private static DateTimeOffset? Next(Invoice invoice, Subscription subscription) => CollectionSchedule.NextAt(invoice, subscription, Rules, 0, Declined);

    private static Invoice Raised() => Do(null, new RaiseInvoice(_open.Id, _contract.ReaderId, _contract.Id, _open.Purpose, _period, Monthly));

    private static BeginAttempt Begin(string method) => new(method, AttemptTrigger.Schedule, "system", null, Declined);

    private static Invoice Tried(AttemptOutcome outcome) =>
        Do(Do(Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1")), Begin("pm_1")), new RecordOutcome(1, outcome));

    private static Invoice Do(Invoice? invoice, InvoiceCommand command) =>
        ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(invoice, command, Declined)).Events.Aggregate(invoice, InvoiceDecider.Evolve)!;
}
