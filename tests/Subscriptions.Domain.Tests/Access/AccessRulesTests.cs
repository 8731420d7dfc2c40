using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Access;

public sealed class AccessRulesTests
{
    private static readonly BillingPeriod _period = new(new(2026, 2, 2), new(2026, 3, 2));
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Utc(2026, 2, 2, 9), 1, 0);
    private static readonly OpenInvoice _renewal = new(new("inv_1"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), Declined);

    private static readonly Invoice _underWay = new(
        _renewal.Id, _contract.ReaderId, _contract.Id, _renewal.Purpose, _renewal.Period, [], Monthly.Price, InvoiceStatus.Open, null,
        [new(1, AttemptState.InFlight, "pm_1", AttemptTrigger.Schedule, "system", "pi_1", false, null, Declined, Declined, null, null, null, null, null, null)], false, Declined, null);

    [Test]
    public void A_paid_period_opens_what_the_plan_names_until_an_event_ends_it()
    {
        var grant = GrantOf(new Subscription.Active(_contract, _period, null, false, null))!;
        Assert.That((grant.Kind, grant.From, grant.Until), Is.EqualTo((GrantKind.Subscription, (DateTimeOffset?)Utc(2026, 2, 2), (DateTimeOffset?)null)));
        Assert.That(grant.Entitlements, Is.EqualTo(new[] { "subscriber", "archive" }));
    }

    [Test]
    public void A_cancelled_period_opens_until_its_last_midnight() => Assert.That(
        GrantOf(new Subscription.Active(_contract, _period, null, true, null))!.Until, Is.EqualTo(Utc(2026, 3, 2)));

    [Test]
    public void A_trial_opens_and_a_cancelled_one_ends_with_its_last_day()
    {
        Assert.That(GrantOf(new Subscription.Trialing(_contract, _period, null, false, null))!, Has.Property("Kind").EqualTo(GrantKind.Trial).And.Property("Until").Null);
        Assert.That(GrantOf(new Subscription.Trialing(_contract, _period, null, true, null))!.Until, Is.EqualTo(Utc(2026, 3, 2)));
    }

    [Test]
    public void A_paid_period_and_a_trial_are_told_by_their_last_day() => Assert.That(
        new[]
        {
            GrantOf(new Subscription.Active(_contract, _period, null, false, null))!.Reason, GrantOf(new Subscription.Active(_contract, _period, null, true, null))!.Reason,
            GrantOf(new Subscription.Trialing(_contract, _period, null, false, null))!.Reason,
        },
        Is.EqualTo(new[] { "Paid to the end of 2026-03-01.", "Cancelled, but paid to the end of 2026-03-01.", "On trial to the end of 2026-03-01." }));

    [Test]
    public void A_renewal_without_an_outcome_keeps_access_however_long_it_takes()
    {
        var pending = new Subscription.Active(_contract, _period, _renewal, false, null);
        var grant = AccessRules.GrantOf(pending, _underWay, Rules, Day(30, 9))!;
        Assert.That((grant.Kind, grant.Until), Is.EqualTo((GrantKind.RenewalPending, (DateTimeOffset?)null)));
    }

    [Test]
    public void Grace_has_no_end_while_the_tries_are_silent() =>
        Assert.That(GrantOf(PastDue(Case(DunningTrack.TimeMayHeal)))!, Has.Property("Kind").EqualTo(GrantKind.Grace).And.Property("Until").Null);

    [Test]
    public void Grace_ends_at_noon_of_the_day_that_was_told() => Assert.That(
        AccessRules.GrantOf(PastDue(Told(1)), null, Rules, Day(4, 9))!.Until, Is.EqualTo(Day(27, 12)));

    [Test]
    public void Grace_goes_on_while_a_payment_is_under_way_at_the_end()
    {
        var told = PastDue(Told(3));
        Assert.That(AccessRules.GrantOf(told, _underWay, Rules, Day(27, 13))!.Until, Is.Null);
        Assert.That(AccessRules.GrantOf(told with { Ending = EndReason.NonPayment }, null, Rules, Day(27, 13))!.Until, Is.Null);
        Assert.That(AccessRules.GrantOf(told, null, Rules, Day(27, 13))!.Until, Is.EqualTo(Day(28, 12)), "while a try is overdue, the end is tomorrow's at the earliest");
        var settled = told with { Case = told.Case with { LastDeclinedAt = Day(26, 6) } };
        Assert.That(AccessRules.GrantOf(settled, null, Rules, Day(27, 13))!.Until, Is.Null, "nobody is refused because the engine is late");
    }

    [Test]
    public void Nothing_opens_before_the_first_payment_on_hold_or_after_the_end()
    {
        Assert.That(GrantOf(new Subscription.Incomplete(_contract, _renewal, null)), Is.Null);
        Assert.That(GrantOf(new Subscription.Paused(_contract, 9, Declined)), Is.Null);
        Assert.That(GrantOf(new Subscription.Ended(_contract, EndReason.NonPayment, Declined)), Is.Null);
    }

    private static AccessGrant? GrantOf(Subscription.Started state) => AccessRules.GrantOf(state, null, Rules, Declined);

    private static Subscription.PastDue PastDue(DunningCase dunning) => new(_contract, _renewal, dunning, null);

    private static DunningCase Told(int notices) => Case(DunningTrack.TimeMayHeal) with
    {
        Notices =
        [
            .. new[] { (DunningStage.PaymentFailed, 3), (DunningStage.ActNow, 10), (DunningStage.DueToTerminate, 18) }
                .Take(notices).Select(n => new DunningNotice(n.Item1, Day(n.Item2, 10), Day(n.Item2, 10), false)),
        ],
        ToldEndsOn = new(2026, 3, 29),
    };
}
