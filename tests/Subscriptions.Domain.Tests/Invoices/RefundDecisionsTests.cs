using FsCheck;
using FsCheck.Fluent;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Tests.Life;
using static Subscriptions.Domain.Invoices.InvoiceCommand;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Invoices;

public sealed class RefundDecisionsTests
{
    [Test]
    public void No_more_goes_back_than_was_paid_in_however_many_parts()
    {
        var invoice = Do(Paid(), Wish(400, "a"), Wish(400, "b"));
        Assert.That(Refusal(invoice, Wish(200, "c"))?.Code, Is.EqualTo("refund-above-paid"));
        Assert.That(Do(invoice, Wish(199, "c")).Refundable(), Is.EqualTo(Pounds(0)));
    }

    [Test]
    public void The_same_key_asks_once_and_never_for_something_else()
    {
        var invoice = Do(Paid(), Wish(400, "a"));
        Assert.That(Do(invoice, Wish(400, "a")).Refunds, Has.Count.EqualTo(1));
        Assert.That(Refusal(invoice, Wish(300, "a")), Is.EqualTo(InvoiceRefusals.RequestKeyReused));
    }

    [Test]
    public void A_refund_that_fails_later_is_not_refunded_and_leaves_room_for_another()
    {
        var invoice = Do(Paid(), Wish(999, "a"), Said(1, "re_1", 999, RefundState.Succeeded), Said(1, "re_1", 999, RefundState.Failed));
        Assert.That((invoice.Refunded, invoice.Refundable()), Is.EqualTo((Pounds(0), Pounds(999))));
        Assert.That(Do(invoice, Said(1, "re_1", 999, RefundState.Failed)), Is.EqualTo(invoice), "told twice it came back once");
    }

    [Test]
    public void What_was_refused_and_yet_was_made_counts_all_the_same()
    {
        var invoice = Do(Paid(), Wish(999, "a"), new RecordRefundRefused(1, "timeout"), Said(1, "re_1", 999, RefundState.Succeeded));
        Assert.That((invoice.Refunded, invoice.Refundable()), Is.EqualTo((Pounds(999), Pounds(0))));
    }

    [Test]
    public void A_refund_made_by_hand_takes_the_place_of_one_that_no_longer_fits()
    {
        var invoice = Do(Paid(), Wish(999, "a"), new RecordRefund(null, "re_hand", "pi_1", Pounds(300), RefundState.Succeeded));
        Assert.That(invoice.Refunds.Select(r => (r.Amount.Amount, r.State)), Is.EqualTo(new[] { (999, RefundState.Canceled), (300, RefundState.Succeeded) }));
        Assert.That((invoice.Refunded, invoice.Refundable()), Is.EqualTo((Pounds(300), Pounds(699))));
    }

    [Test]
    public void Nothing_goes_back_of_an_invoice_that_was_never_paid() =>
        Assert.That(Refusal(Raised(), Wish(100, "a")), Is.EqualTo(InvoiceRefusals.NothingPaid));

    [Test]
    public void What_was_taken_above_the_due_goes_back_by_itself()
    {
        var invoice = Do(Raised(), Begin(), new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1", Pounds(1500))));
        Assert.That((invoice.Status, invoice.Paid, invoice.Refunds.Single().Amount), Is.EqualTo((InvoiceStatus.Paid, Pounds(1500), Pounds(501))));
    }

    [Test]
    public void A_credit_note_to_the_account_and_a_refund_never_give_the_same_money_twice()
    {
        var invoice = Do(Paid(), Note(600, CreditDestination.Account));
        Assert.That(Refusal(invoice, Wish(400, "a"))?.Code, Is.EqualTo("refund-above-paid"));
        Assert.That(Do(invoice, Wish(399, "a")).Creditable(), Is.EqualTo(Pounds(0)));
    }

    [Test]
    public void Whatever_is_asked_and_told_no_more_goes_back_than_was_paid() => Prop.ForAll(
        Arb.From(Gen.Choose(0, 1 << 24).ArrayOf(60), LifeTests.Shorter), numbers =>
        {
            var (invoice, gateway) = (Paid(), new Dictionary<string, (int Number, long Amount, RefundState State)>());
            foreach (var number in numbers)
            {
                var how = number / 6;
                InvoiceCommand? move = (number % 6) switch
                {
                    0 or 1 => Wish(1 + (how % 600), $"key-{how % 9}"),
                    2 => Note(1 + (how % 600), (CreditDestination)(1 + (how % 2))),
                    3 => Made(invoice, gateway, how),
                    4 => Later(gateway, how),
                    _ => invoice.Refunds.FirstOrDefault(r => r.State == RefundState.Requested) is { } r && how % 3 == 0 ? new RecordRefundRefused(r.Number, "refused") : null,
                };
                if (move is not null && InvoiceDecider.Decide(invoice, move, Declined) is Outcome<InvoiceEvent>.Accepted accepted)
                {
                    invoice = accepted.Events.Aggregate(invoice, (state, e) => InvoiceDecider.Evolve(state, e));
                }

                var counting = invoice.Refunds.Where(r => r.Counts).Sum(r => r.Amount.Amount);
                var credited = invoice.CreditNotes.Where(n => n.Destination == CreditDestination.Account).Sum(n => n.Amount.Amount);
                Must(counting + credited <= invoice.Paid.Amount, "no more goes back than was paid");
                Must(invoice.Refunded.Amount == gateway.Values.Where(g => g.State is not RefundState.Failed).Sum(g => g.Amount), "the gateway's books agree");
                Must(invoice.Refunds.Select(r => r.RequestKey).OfType<string>().GroupBy(k => k).All(g => g.Count() == 1), "one refund for each key");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static RecordRefund? Made(Invoice invoice, Dictionary<string, (int Number, long Amount, RefundState State)> gateway, int how)
    {
        if (invoice.Refunds.FirstOrDefault(r => r.State == RefundState.Requested) is not { } refund)
        {
            return null;
        }

        var (id, state) = ($"re_{gateway.Count + 1}", how % 3 == 0 ? RefundState.Pending : RefundState.Succeeded);
        gateway.Add(id, (refund.Number, refund.Amount.Amount, state));
        return Said(refund.Number, id, refund.Amount.Amount, state);
    }

    // Pending ones arrive or fail, made ones come back; what was told before is told again.
    private static RecordRefund? Later(Dictionary<string, (int Number, long Amount, RefundState State)> gateway, int how)
    {
        if (gateway.Count == 0)
        {
            return null;
        }

        var (id, refund) = gateway.ElementAt(how % gateway.Count);
        var state = (refund.State, how / 7 % 3) switch
        {
            (RefundState.Failed, _) => RefundState.Failed,
            (_, 0) => RefundState.Failed,
            _ => RefundState.Succeeded,
        };
        gateway[id] = refund with { State = state };
        return Said(refund.Number, id, refund.Amount, state);
    }

    private static void Must(bool holds, string claim)
    {
        if (!holds)
        {
            throw new BrokenInvariantException(claim);
        }
    }

    internal static Invoice Raised() => Do(
        null,
        new RaiseInvoice(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1_1"), InvoicePurpose.Renewal, new BillingPeriod(new(2026, 3, 2), new(2026, 4, 2)), Monthly),
        new RecordPaymentIntentCreated(1, "pi_1"));

    internal static Invoice Paid() => Do(Raised(), Begin(), new RecordOutcome(1, new AttemptOutcome.Succeeded("ch_1")));

    internal static BeginAttempt Begin() => new("pm_1", AttemptTrigger.Schedule, "system", null, Declined);

    internal static Money Pounds(long pence) => new(pence, "GBP");

    internal static IssueCreditNote Note(long pence, CreditDestination destination, string? key = null) =>
        new(Pounds(pence), AdjustmentReason.Goodwill, destination, "staff:1", key);

    internal static Refusal? Refusal(Invoice invoice, InvoiceCommand command) =>
        (InvoiceDecider.Decide(invoice, command, Declined) as Outcome<InvoiceEvent>.Refused)?.Refusal;

    internal static Invoice Do(Invoice? invoice, params InvoiceCommand[] commands) => commands.Aggregate(
        invoice, (state, command) => ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(state, command, Declined)).Events.Aggregate(state, InvoiceDecider.Evolve))!;

    private static RequestRefund Wish(long pence, string key) => new(Pounds(pence), AdjustmentReason.AskedByReader, "staff:1", key);

    private static RecordRefund Said(int number, string id, long pence, RefundState state) => new(number, id, "pi_1", Pounds(pence), state);
}
