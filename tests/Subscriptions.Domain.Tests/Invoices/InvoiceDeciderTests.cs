using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Invoices;

public sealed class InvoiceDeciderTests
{
    private static readonly Decline _soft = new("card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal);

    [Test]
    public void An_outcome_of_an_attempt_that_does_not_exist_is_refused_by_name() =>
        Assert.That(Refusal(Raised(), new RecordOutcome(9, new AttemptOutcome.Processing())), Is.EqualTo(InvoiceRefusals.NoSuchAttempt));

    [Test]
    public void One_PaymentIntent_counts_as_one_success_under_whichever_attempt_it_is_found()
    {
        var invoice = Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1"), Begin(), new RecordOutcome(1, new AttemptOutcome.Declined(_soft, "ch_1")),
            Begin(), new RecordOutcome(2, new AttemptOutcome.Succeeded("ch_2")));
        Assert.That(InvoiceDecider.Decide(invoice, new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_2")), Declined), Is.EqualTo(Nothing).Using<object>(Same));
        Assert.That(invoice.Refunds, Is.Empty);
    }

    [Test]
    public void A_success_after_the_invoice_was_closed_goes_back()
    {
        var invoice = Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1"), Begin(), new RecordOutcome(1, new AttemptOutcome.Declined(_soft, "ch_1")),
            new RecordPaymentIntentCanceled(1), new CloseUnpaid(true), new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_2")));
        Assert.That((invoice.Status, invoice.Refunds.Single().Amount, invoice.HasRefundToMake), Is.EqualTo((InvoiceStatus.Uncollectible, Monthly.Price, true)));
    }

    [Test]
    public void An_earlier_PaymentIntent_that_is_heard_of_late_does_not_take_the_place_of_a_later_one()
    {
        var invoice = Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1"), new RecordPaymentIntentCanceled(1), new RecordPaymentIntentCreated(2, "pi_2"));
        Assert.That(Refusal(invoice, new RecordPaymentIntentCreated(1, "pi_1")), Is.EqualTo(InvoiceRefusals.PaymentIntentReplaced));
    }

    [Test]
    public void A_second_PaymentIntent_waits_until_the_first_is_cancelled() => Assert.That(
        Refusal(Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1")), new RecordPaymentIntentCreated(2, "pi_2")), Is.EqualTo(InvoiceRefusals.PaymentIntentLive));

    [Test]
    public void Staff_cannot_hammer_a_card_that_was_declined_a_moment_ago()
    {
        var declined = Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1"), Begin(), new RecordOutcome(1, new AttemptOutcome.Declined(_soft, "ch_1")));
        var again = Begin() with { Trigger = AttemptTrigger.Staff };
        Assert.That(Refusal(declined, again), Is.EqualTo(InvoiceRefusals.DeclinedJustNow));
        Assert.That(Refusal(declined, again, Declined.AddMinutes(InvoiceDecider.StaffPauseMinutes)), Is.Null);
        Assert.That(Refusal(declined, again with { PaymentMethodId = "pm_another" }), Is.Null);
    }

    [Test]
    public void A_method_that_wants_the_reader_is_not_tried_without_her()
    {
        var refused = Do(Raised(), new RecordPaymentIntentCreated(1, "pi_1"), Begin(),
            new RecordOutcome(1, new AttemptOutcome.NeedsAuthentication(new("authentication_required", null, null, DeclineClass.ReaderMustAct), null)));
        Assert.That(Refusal(refused, Begin()), Is.EqualTo(InvoiceRefusals.MethodNeedsReader));
        Assert.That(Do(refused, Begin() with { ReturnUrl = "https://courier.example/return" }).LiveAttempt!.OnSession, Is.True);
    }

    private static Outcome<InvoiceEvent> Nothing => Outcome<InvoiceEvent>.Accept();

    private static bool Same(object left, object right) =>
        (left, right) is (Outcome<InvoiceEvent>.Accepted a, Outcome<InvoiceEvent>.Accepted b) && a.Events.SequenceEqual(b.Events);

    private static Invoice Raised() => Do(
        null, new RaiseInvoice(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1_1"), InvoicePurpose.Renewal, new BillingPeriod(new(2026, 3, 2), new(2026, 4, 2)), Monthly));

    private static BeginAttempt Begin() => new("pm_1", AttemptTrigger.Schedule, "system", null, Declined);

    private static Refusal? Refusal(Invoice invoice, InvoiceCommand command, DateTimeOffset? now = null) =>
        (InvoiceDecider.Decide(invoice, command, now ?? Declined) as Outcome<InvoiceEvent>.Refused)?.Refusal;

    private static Invoice Do(Invoice? invoice, params InvoiceCommand[] commands) => commands.Aggregate(
        invoice, (state, command) => ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(state, command, Declined)).Events.Aggregate(state, InvoiceDecider.Evolve))!;
}
