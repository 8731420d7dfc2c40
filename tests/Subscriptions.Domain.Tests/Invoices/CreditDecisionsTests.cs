using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Tests.Given;
using static Subscriptions.Domain.Tests.Invoices.RefundDecisionsTests;

namespace Subscriptions.Domain.Tests.Invoices;

public sealed class CreditDecisionsTests
{
    [TestCase(400, 599, InvoiceStatus.Open, 400, 0)]
    [TestCase(5000, 0, InvoiceStatus.NothingDue, 999, 0)]
    [TestCase(999, 0, InvoiceStatus.NothingDue, 999, 0)]
    [TestCase(980, 0, InvoiceStatus.NothingDue, 980, 19)]
    [TestCase(969, 30, InvoiceStatus.Open, 969, 0)]
    [TestCase(-19, 1018, InvoiceStatus.Open, -19, 0)]
    [TestCase(0, 999, InvoiceStatus.Open, 0, 0)]
    public void A_new_invoice_uses_credit_first_and_leaves_no_amount_that_cannot_be_charged(long balance, long due, InvoiceStatus status, long used, long carried)
    {
        var invoice = Do(Fresh(), new UseCredit(Pounds(balance)));
        Assert.That((invoice.AmountDue, invoice.Status, invoice.CreditUsed, invoice.CarriedOver), Is.EqualTo((Pounds(due), status, Pounds(used), Pounds(carried))));
    }

    [Test]
    public void Credit_is_used_once() =>
        Assert.That(Do(Fresh(), new UseCredit(Pounds(400)), new UseCredit(Pounds(400))).AmountDue, Is.EqualTo(Pounds(599)));

    [Test]
    public void A_credit_note_lowers_what_is_due_and_no_try_begins_before_the_gateway_asks_for_that()
    {
        var invoice = Do(Raised(), Note(300, CreditDestination.Invoice));
        Assert.That(invoice.AmountDue, Is.EqualTo(Pounds(699)));
        Assert.That(Refusal(invoice, Begin()), Is.EqualTo(InvoiceRefusals.PaymentIntentAmountDiffers));
        var changed = Do(invoice, new RecordPaymentIntentAmount(1, Pounds(699)), Begin(), new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1")));
        Assert.That((changed.Paid, changed.Status), Is.EqualTo((Pounds(699), InvoiceStatus.Paid)));
    }

    [Test]
    public void Nothing_is_lowered_while_a_payment_is_under_way()
    {
        var invoice = Do(Raised(), Begin());
        Assert.That(Refusal(invoice, Note(300, CreditDestination.Invoice)), Is.EqualTo(InvoiceRefusals.AttemptLive));
    }

    [Test]
    public void A_credit_note_over_the_whole_waits_until_the_PaymentIntent_is_cancelled()
    {
        Assert.That(Refusal(Raised(), Note(999, CreditDestination.Invoice)), Is.EqualTo(InvoiceRefusals.PaymentIntentLive));
        Assert.That(Refusal(Raised(), Note(980, CreditDestination.Invoice)), Is.EqualTo(InvoiceRefusals.PaymentIntentLive), "what is left cannot be charged");
        var closed = Do(Raised(), new RecordPaymentIntentCanceled(1), Note(980, CreditDestination.Invoice));
        Assert.That((closed.Status, closed.CarriedOver), Is.EqualTo((InvoiceStatus.NothingDue, Pounds(19))));
    }

    [Test]
    public void A_credit_note_above_what_is_owed_is_refused() =>
        Assert.That(Refusal(Raised(), Note(1000, CreditDestination.Invoice))?.Code, Is.EqualTo("credit-above-due"));

    [Test]
    public void What_is_open_only_gets_lower_and_what_is_paid_goes_to_the_account_or_back()
    {
        Assert.That(Refusal(Raised(), Note(100, CreditDestination.Account)), Is.EqualTo(InvoiceRefusals.NotPaidYet));
        Assert.That(Refusal(Paid(), Note(100, CreditDestination.Invoice)), Is.EqualTo(InvoiceRefusals.NotOpen));
        Assert.That(Do(Paid(), Note(100, CreditDestination.Refund)).Refunds.Single().Amount, Is.EqualTo(Pounds(100)));
    }

    [Test]
    public void The_same_key_issues_once()
    {
        var invoice = Do(Paid(), Note(100, CreditDestination.Account, "key"), Note(100, CreditDestination.Account, "key"));
        Assert.That(invoice.CreditNotes, Has.Count.EqualTo(1));
        Assert.That(Refusal(invoice, Note(200, CreditDestination.Account, "key")), Is.EqualTo(InvoiceRefusals.RequestKeyReused));
    }

    [Test]
    public void What_was_never_owed_gives_the_credit_back_that_it_had_used_and_what_is_given_up_does_not()
    {
        var invoice = Do(Fresh(), new UseCredit(Pounds(400)));
        Assert.That(Do(invoice, new CloseUnpaid(false, AdjustmentReason.ChargedInError)).CreditUsed, Is.EqualTo(Pounds(0)));
        Assert.That(Do(invoice, new CloseUnpaid(true, AdjustmentReason.Hardship)).CreditUsed, Is.EqualTo(Pounds(400)));
    }

    [Test]
    public void What_credit_paid_for_can_be_credited_again_and_not_refunded()
    {
        var covered = Do(Fresh(), new UseCredit(Pounds(5000)));
        Assert.That(Refusal(covered, Note(100, CreditDestination.Refund)), Is.EqualTo(InvoiceRefusals.NothingPaid));
        Assert.That(Do(covered, Note(999, CreditDestination.Account)).Creditable(), Is.EqualTo(Pounds(0)));
    }

    private static Invoice Fresh() => Do(
        null, new RaiseInvoice(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1_1"), InvoicePurpose.Renewal, new BillingPeriod(new(2026, 3, 2), new(2026, 4, 2)), Monthly));
}
