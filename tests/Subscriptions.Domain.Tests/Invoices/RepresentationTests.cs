using NUnit.Framework;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Invoices.InvoiceCommand;

namespace Subscriptions.Domain.Tests.Invoices;

/// <summary>Bank debits: when their result is due, and how often one may be presented again.</summary>
internal sealed class RepresentationTests
{
    private static readonly Decline _referred = new("payment_method_bank_debit_refused", "refer_to_payer", null, DeclineClass.Represent);

    // 2 April 2026 is the Thursday before Easter: Good Friday and Easter Monday are bank holidays.
    [TestCase(MethodKind.BacsMandate, true, "2026-03-02", "2026-03-06")]
    [TestCase(MethodKind.BacsMandate, false, "2026-03-02", "2026-03-11")]
    [TestCase(MethodKind.BacsMandate, true, "2026-04-02", "2026-04-10")]
    [TestCase(MethodKind.BacsMandate, true, "2026-03-07", "2026-03-12")]
    [TestCase(MethodKind.PayPal, true, "2026-03-02", "2026-03-09")]
    public void The_result_of_a_collection_is_due_in_the_working_days_of_banks(MethodKind kind, bool established, string begun, string due) =>
        Assert.That(MethodKinds.ResultDueOn(kind, established, Given.Date(begun)), Is.EqualTo(Given.Date(due)));

    [Test]
    public void Nothing_is_promised_of_a_cards_result() => Assert.That(MethodKinds.ResultDueOn(MethodKind.Card, true, Given.Date("2026-03-02")), Is.Null);

    [Test]
    public void Every_kind_has_a_name_of_its_own() =>
        Assert.That(Enum.GetValues<MethodKind>().Select(kind => MethodKinds.Find(MethodKinds.NameOf(kind))), Is.EqualTo(Enum.GetValues<MethodKind>().Cast<MethodKind?>()));

    [Test]
    public void A_debit_is_presented_again_twice_and_five_working_days_apart()
    {
        var (invoice, now) = (Open(), Given.Declined);
        List<DateOnly?> again = [];
        for (var time = 0; time < 3; time++)
        {
            invoice = Do(invoice, now, Begin("pm_bacs"), new RecordOutcome(invoice.Attempts.Count + 1, new AttemptOutcome.Declined(_referred, null)));
            again.Add(Representation.NextOn(invoice, "pm_bacs", Given.London));
            now = again[^1] is { } on ? Given.London.At(on, new(6, 0)) : now;
        }

        Assert.That(again, Is.EqualTo(new DateOnly?[] { Given.Date("2026-03-09"), Given.Date("2026-03-16"), null }));
        Assert.That(Representation.UsedUp(invoice, "pm_bacs"), Is.True);
        Assert.That(InvoiceDecider.Decide(invoice, Begin("pm_bacs"), now), Is.EqualTo(new Outcome<InvoiceEvent>.Refused(InvoiceRefusals.PresentedOftenEnough)));
        Assert.That(InvoiceDecider.Decide(invoice, Begin("pm_card"), now), Is.InstanceOf<Outcome<InvoiceEvent>.Accepted>());
    }

    [Test]
    public void The_case_waits_for_the_day_on_which_the_debit_may_be_presented_again()
    {
        var again = Given.London.StartOf(Given.Date("2026-03-09"));
        var state = Declined(new SubscriptionCommand.RecordInvoiceDeclined(new("inv_open"), 1, DeclineClass.Represent, AgainAt: again));

        var schedule = new DunningSchedule(state.Case, Given.Policy, Given.London);
        Assert.That(state.Case.Track, Is.EqualTo(DunningTrack.TimeMayHeal));
        Assert.That(schedule.NextRetryAt(), Is.EqualTo(Given.Day(7, 6)));
    }

    [Test]
    public void A_first_payment_that_was_on_its_way_and_failed_runs_on_the_timetable_after_a_trial()
    {
        var contract = new Contract(new("sub_1_1"), new("rdr_1"), Given.Monthly.Id, "pm_1", new(3, 2), Given.Declined, 1, 0);
        var open = new OpenInvoice(new("inv_open"), InvoicePurpose.First, new(new(2026, 3, 2), new(2026, 4, 2)), Given.Declined);
        var reading = SubscriptionDecider.Evolve(new Subscription.Incomplete(contract, open, null), new SubscriptionEvent.FirstPaymentUnderWay(open.Id, Given.Declined));

        var failed = After(reading, new SubscriptionCommand.RecordInvoiceDeclined(open.Id, 1, DeclineClass.Never), Given.Day(9, 6));

        Assert.That(reading, Is.InstanceOf<Subscription.Active>());
        Assert.That(failed, Is.InstanceOf<Subscription.PastDue>());
        Assert.That(((Subscription.PastDue)failed).Case.AfterTrial, Is.True);
        Assert.That(After(failed, new SubscriptionCommand.RecordInvoicePaid(open.Id), Given.Day(12, 9)), Is.InstanceOf<Subscription.Active>());
    }

    private static Subscription.PastDue Declined(SubscriptionCommand.RecordInvoiceDeclined declined)
    {
        var contract = new Contract(new("sub_1_1"), new("rdr_1"), Given.Monthly.Id, "pm_1", new(2, 2), Given.Utc(2026, 2, 2, 9), 1, 0);
        var open = new OpenInvoice(declined.InvoiceId, InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), Given.Declined);
        return (Subscription.PastDue)After(new Subscription.Active(contract, new(new(2026, 2, 2), new(2026, 3, 2)), open, false, null), declined, Given.Declined);
    }

    private static Subscription After(Subscription state, SubscriptionCommand command, DateTimeOffset now) =>
        ((Outcome<SubscriptionEvent>.Accepted)SubscriptionDecider.Decide(state, command, Given.Rules, now)).Events.Aggregate(state, SubscriptionDecider.Evolve);

    private static Invoice Open() => Do(
        null, Given.Declined,
        new RaiseInvoice(new("inv_1"), new("rdr_1"), new SubscriptionId("sub_1_1"), InvoicePurpose.Renewal, new BillingPeriod(new(2026, 3, 2), new(2026, 4, 2)), Given.Monthly),
        new RecordPaymentIntentCreated(1, "pi_1", Kind: MethodKind.BacsMandate));

    private static BeginAttempt Begin(string method) => new(method, AttemptTrigger.Schedule, "system", null, Given.Declined);

    private static Invoice Do(Invoice? invoice, DateTimeOffset now, params InvoiceCommand[] commands) => commands.Aggregate(
        invoice, (state, command) => ((Outcome<InvoiceEvent>.Accepted)InvoiceDecider.Decide(state, command, now)).Events.Aggregate(state, InvoiceDecider.Evolve))!;
}
