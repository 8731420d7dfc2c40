using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Domain.Tests.Invoices;

/// <summary>Disputes, reversals and warnings of one invoice, in whatever order they are heard of.</summary>
public sealed class ContestsTests
{
    private static readonly DateTimeOffset _now = Given.Day(3, 10);

    [Test]
    public void A_loss_heard_of_first_is_recorded_with_all_that_came_before()
    {
        var (invoice, events) = Do(Paid(), Of("du_1", DisputeStatus.Lost));

        Assert.That(events.Select(e => e.GetType().Name), Is.EqualTo(new[] { nameof(DisputeOpened), nameof(DisputeLost), nameof(PaymentReversed) }));
        Assert.That((invoice.Status, invoice.Reversed, invoice.Contest.ReversedAt), Is.EqualTo((InvoiceStatus.Paid, Given.Monthly.Price, (DateTimeOffset?)_now)));
    }

    [Test]
    public void What_nobody_can_contest_is_lost_at_once()
    {
        var (invoice, _) = Do(Paid(), new RecordDispute(Of("du_1", DisputeStatus.Open).Dispute with { Contestable = false }));

        Assert.That((invoice.Contest.IsOpen, invoice.Reversed), Is.EqualTo((false, Given.Monthly.Price)));
    }

    [Test]
    public void An_inquiry_that_comes_to_nothing_moves_no_money()
    {
        var (invoice, events) = Do(Paid(), Of("du_1", DisputeStatus.Inquiry), Of("du_1", DisputeStatus.InquiryClosed));

        Assert.That(events.OfType<DisputeWon>().Single().Returned.Amount, Is.Zero);
        Assert.That((invoice.Contest.IsOpen, invoice.Reversed.Amount), Is.EqualTo((false, 0L)));
    }

    [TestCase(DisputeStatus.Open, "payment-disputed")]
    [TestCase(DisputeStatus.Inquiry, "payment-disputed")]
    [TestCase(DisputeStatus.Lost, "payment-reversed")]
    [TestCase(DisputeStatus.Won, null)]
    public void What_the_bank_may_give_back_is_not_given_back_by_us(DisputeStatus status, string? code) =>
        Assert.That(InvoiceDecider.RefundObstacle(Do(Paid(), Of("du_1", status)).Invoice)?.Code, Is.EqualTo(code));

    [Test]
    public void A_warning_is_refunded_once_and_not_when_a_dispute_came_before()
    {
        var warning = new RecordFraudWarning(new("issfr_1", "ch_1", "misc", true), true);
        var once = Do(Paid(), warning, warning, warning with { Warning = warning.Warning with { GatewayId = "issfr_2" } }).Events;
        var disputed = Do(Paid(), Of("du_1", DisputeStatus.Open), warning).Events;

        Assert.That(once.OfType<RefundRequested>().Select(e => e.Amount), Is.EqualTo(new[] { Given.Monthly.Price }));
        Assert.That(disputed.OfType<RefundRequested>(), Is.Empty);
    }

    [Test]
    public void A_replacement_paid_before_its_money_came_back_is_refunded_once()
    {
        var (_, events) = Do(Paid(), new WithdrawInvoice(), new WithdrawInvoice());

        Assert.That(events.OfType<RefundRequested>().Select(e => (e.Amount, e.Reason)), Is.EqualTo(new[] { (Given.Monthly.Price, AdjustmentReason.ReversalUndone) }));
    }

    [Test]
    public void A_withdrawn_replacement_that_is_paid_after_all_gives_the_money_back()
    {
        var live = Do(Raised(), new BeginAttempt("pm_1", AttemptTrigger.Reader, "reader", "https://x.example/", _now)).Invoice;
        var (invoice, events) = Do(live, new WithdrawInvoice(), new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1")));

        Assert.That(events.OfType<RefundRequested>().Single().Amount, Is.EqualTo(Given.Monthly.Price));
        Assert.That(invoice.HasRefundToMake, Is.True);
    }

    [Test]
    public void A_payment_made_twice_of_which_the_bank_takes_one_back_is_paid_once_and_nothing_is_owed()
    {
        var (invoice, events) = Do(
            Paid(), new RecordFoundPayment("pi_2", "ch_2", "pm_1", "system", _now, Given.Monthly.Price), Of("du_1", DisputeStatus.Lost, "ch_2", Given.Monthly.Price));

        Assert.That(events.OfType<PaymentReversed>().Single().Owed.Amount, Is.Zero);
        Assert.That(invoice.HasRefundToMake, Is.False, "the bank has sent it back");
        Assert.That(invoice.Paid - invoice.Reversed, Is.EqualTo(Given.Monthly.Price));
    }

    [Test]
    public void What_was_credited_to_the_account_is_owed_again_when_the_bank_takes_the_money()
    {
        var (_, events) = Do(
            Paid(), new IssueCreditNote(Given.Monthly.Price, AdjustmentReason.Goodwill, CreditDestination.Account, "staff", "key"), Of("du_1", DisputeStatus.Lost));

        Assert.That(events.OfType<PaymentReversed>().Single().Owed, Is.EqualTo(Given.Monthly.Price));
    }

    [Test]
    public void What_a_bank_took_of_a_late_payment_and_what_we_sent_back_leave_nothing_to_return()
    {
        var closed = Do(Raised(), new RecordPaymentIntentCanceled(1), new CloseUnpaid(false)).Invoice;
        var (_, events) = Do(
            closed, new RecordFoundPayment("pi_2", "ch_2", "pm_1", "system", _now, Given.Monthly.Price), Of("du_1", DisputeStatus.Lost, "ch_2", new Money(400, "GBP")),
            new RecordRefund(2, "re_1", "pi_2", new Money(599, "GBP"), RefundState.Succeeded));
        var (before, version, toReturn) = (closed, 0, 0L);
        foreach (var e in events)
        {
            toReturn += Postings.For(e, before, ++version)?.Lines.Where(l => l.Account == LedgerAccount.ToReturn).Sum(l => l.Amount) ?? 0;
            before = InvoiceDecider.Evolve(before, e);
        }

        Assert.That(toReturn, Is.Zero);
    }

    // The books as somebody would keep them who only listens: every movement of money is told once, in whatever order it is heard of.
    [Test]
    public void Whatever_the_order_the_money_adds_up_and_one_loss_at_most_is_asked_for_again() => Prop.ForAll(
        Arb.From(Gen.Choose(0, 1 << 20).ArrayOf(40)), numbers =>
    {
        var invoice = Paid();
        List<InvoiceEvent> all = [];
        foreach (var number in numbers)
        {
            var (next, events) = Do(invoice, CommandOf(number));
            invoice = next;
            all.AddRange(events);
        }

        var withdrawn = new Dictionary<string, long>(StringComparer.Ordinal);
        var status = new Dictionary<string, DisputeStatus>(StringComparer.Ordinal);
        foreach (var e in all)
        {
            switch (e)
            {
                case DisputeOpened { Dispute: var d }:
                    (withdrawn[d.GatewayId], status[d.GatewayId]) = (d.Status == DisputeStatus.Open ? d.Amount.Amount : 0, d.Status);
                    break;
                case DisputeUpdated { Dispute: var d } when d.Status == DisputeStatus.Open && status[d.GatewayId] != DisputeStatus.Open:
                    (withdrawn[d.GatewayId], status[d.GatewayId]) = (withdrawn[d.GatewayId] + d.Amount.Amount, DisputeStatus.Open);
                    break;
                case DisputeWon { Dispute: var d, Returned: var back }:
                    (withdrawn[d.GatewayId], status[d.GatewayId]) = (withdrawn[d.GatewayId] - back.Amount, d.Status);
                    break;
                case DisputeLost { Dispute: var d }:
                    status[d.GatewayId] = d.Status;
                    break;
            }
        }

        Assert.That(invoice.Status, Is.EqualTo(InvoiceStatus.Paid));
        foreach (var dispute in invoice.Contest.Disputes)
        {
            var away = dispute.Status is DisputeStatus.Open or DisputeStatus.Lost ? dispute.Amount.Amount : 0;
            Assert.That(withdrawn[dispute.GatewayId], Is.EqualTo(away), dispute.ToString());
        }

        var marked = all.OfType<PaymentReversed>().Sum(e => e.Amount.Amount) - all.OfType<ReversalUndone>().Sum(e => e.Amount.Amount);
        Assert.That(invoice.Reversed.Amount, Is.EqualTo(marked));
        Assert.That(invoice.Contest.ReversedAt is null, Is.EqualTo(marked == 0));
        Assert.That(all.OfType<PaymentReversed>().Count(e => e.Owed.Amount > 0), Is.LessThanOrEqualTo(1));
        Assert.That(all.OfType<PaymentReversed>().Sum(e => e.Owed.Amount) + invoice.Refunded.Amount, Is.LessThanOrEqualTo(2 * invoice.Total.Amount));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static InvoiceCommand CommandOf(int number) => (number % 4, number / 4) switch
    {
        (0, var n) when n % 5 == 0 => new RecordFraudWarning(new($"issfr_{n % 3}", "ch_1", "misc", true), true),
        (1, var n) when n % 5 == 0 => new RecordRefund(null, "re_1", "pi_1", Given.Monthly.Price, RefundState.Succeeded),
        (_, var n) => Of($"du_{n % 2}", (DisputeStatus)(n / 2 % 5)),
    };

    private static RecordDispute Of(string id, DisputeStatus status, string charge, Money amount) => new(new Dispute(id, charge, status, true, "duplicate", amount, null, null));

    private static RecordDispute Of(string id, DisputeStatus status) => new(new Dispute(id, "ch_1", status, true, "fraudulent", Given.Monthly.Price, null, null));

    private static Invoice Raised() => Do(
        null!, new RaiseReplacement(new("inv_2"), new("rdr_1"), new SubscriptionId("sub_1"), new(new(2026, 3, 2), new(2026, 4, 2)), Given.Monthly, new("inv_1"), Given.Monthly.Price),
        new RecordPaymentIntentCreated(1, "pi_1")).Invoice;

    private static Invoice Paid() => Do(
        Raised(), new BeginAttempt("pm_1", AttemptTrigger.Schedule, "system", null, _now), new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1"))).Invoice;

    private static (Invoice Invoice, IReadOnlyList<InvoiceEvent> Events) Do(Invoice invoice, params InvoiceCommand[] commands)
    {
        List<InvoiceEvent> all = [];
        foreach (var command in commands)
        {
            var events = ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(invoice, command, _now)).Events;
            invoice = events.Aggregate(invoice, InvoiceDecider.Evolve);
            all.AddRange(events);
        }

        return (invoice, all);
    }
}
