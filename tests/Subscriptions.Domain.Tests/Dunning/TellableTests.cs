using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Tests.Given;

namespace Subscriptions.Domain.Tests.Dunning;

/// <summary>Which dates of a payment problem may be told.</summary>
public sealed class TellableTests
{
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Monthly.Id, "pm_1", new(2, 2), Utc(2026, 2, 2, 9), 1, 0);
    private static readonly OpenInvoice _renewal = new(new("inv_1"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), Declined);

    private static readonly Subscription.PastDue _told = new(
        _contract, _renewal,
        Case(DunningTrack.TimeMayHeal) with { Notices = [new(DunningStage.PaymentFailed, Day(3, 10), Day(3, 10), false)], LastDeclinedAt = Day(3, 6), ToldEndsOn = new(2026, 3, 29) }, null);

    private static readonly Invoice _owed = new(
        _renewal.Id, _contract.ReaderId, _contract.Id, _renewal.Purpose, _renewal.Period, [], Monthly.Price, InvoiceStatus.Open, null, [], false, Declined, null);

    [Test]
    public void The_next_try_and_the_end_are_told_once_the_reader_has_heard_of_the_problem()
    {
        Assert.That(Told(_told, _owed), Is.EqualTo(((DateTimeOffset?)Day(7, 6), (DateTimeOffset?)Day(27, 12))));
        Assert.That(Told(_told with { Case = Case(DunningTrack.TimeMayHeal) }, _owed).End, Is.Null, "the first tries are silent");
    }

    [Test]
    public void While_a_payment_takes_days_no_other_try_and_no_end_is_told() =>
        Assert.That(Told(_told, With(AttemptState.Processing)), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null)));

    [TestCase(EndReason.Canceled)]
    [TestCase(EndReason.NonPayment)]
    [TestCase(EndReason.PayerDeceased)]
    public void Of_a_subscription_on_its_way_out_nothing_is_asked_and_no_date_is_told(EndReason why)
    {
        Assert.That(Told(_told with { Ending = why }, _owed), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null)));
        Assert.That(Tellable.Asks(_told with { Ending = why }, _owed), Is.False);
    }

    [Test]
    public void An_end_that_is_overdue_has_no_date_any_more()
    {
        var last = _told with { Case = _told.Case with { LastDeclinedAt = Day(26, 6) } };

        Assert.That(Tellable.EndAt(last, With(AttemptState.Unknown), Rules, Day(60, 13)), Is.Null.Or.GreaterThan(Day(60, 13)));
    }

    [Test]
    public void What_came_back_is_not_asked_for() => Assert.That(Tellable.Asks(_told, _owed with { Withdrawn = true }), Is.False);

    private static (DateTimeOffset? Retry, DateTimeOffset? End) Told(Subscription.PastDue state, Invoice invoice) =>
        (Tellable.RetryAt(state, invoice, Rules, Day(4, 9)), Tellable.EndAt(state, invoice, Rules, Day(4, 9)));

    private static Invoice With(AttemptState state) => _owed with { Attempts = [new(1, state, "pm_1", AttemptTrigger.Schedule, "system", "pi_1", false, null, Day(3, 6), Day(3, 6), null, null, null, null, null, null)] };
}
