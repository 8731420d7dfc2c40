using System.Text.Json;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Tests.Features.Support;

internal sealed class TimelineTests
{
    private const string NoWords = "no words for";

    private static readonly DateTimeOffset _at = new(2027, 5, 3, 6, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly _day = new(2027, 5, 3);
    private static readonly BillingPeriod _period = new(_day, _day.AddMonths(1));
    private static readonly InvoiceId _invoice = new("inv_1_r20270503_2");
    private static readonly Money _amount = new(999, "GBP");
    private static readonly OpenInvoice _open = new(_invoice, InvoicePurpose.Renewal, _period, _at);
    private static readonly Contract _contract = new(new("sub_1"), new("rdr_1"), "digital-monthly@1", "pm_1", BillingAnchor.Of(_day), _at, 1, 1);
    private static readonly Decline _decline = new("card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal);
    private static readonly DunningCase _case = new(1, "default@1", false, _at, DunningTrack.TimeMayHeal, _at, _at, 1, [], null);

    private static readonly PaymentAttempt _attempt = new(
        2, AttemptState.InFlight, "pm_1", AttemptTrigger.Staff, "staff:acc_1", "pi_1", false, null, _at, _at, null, null, null, null, null, null);

    private static readonly OwedReversal _owed = new(_invoice, _period, new Money(999, "GBP"));
    private static readonly Dispute _dispute = new("du_1", "ch_1", DisputeStatus.Open, true, "fraudulent", new Money(999, "GBP"), new Money(2000, "GBP"), _at);

    private static readonly SubscriptionEvent[] _ofSubscriptions =
    [
        new SubscriptionEvent.SubscriptionStarted(_contract, _open, _at),
        new SubscriptionEvent.SubscriptionStarted(_contract, null, _at),
        new SubscriptionEvent.TrialStarted(_contract, _period, _at),
        new SubscriptionEvent.SubscriptionActivated(_invoice, _period, BillingAnchor.Of(_day), _at),
        new SubscriptionEvent.FirstPaymentUnderWay(_invoice, _at),
        new SubscriptionEvent.RenewalInvoiceRaised(_open, _at),
        new SubscriptionEvent.SubscriptionRenewed(_invoice, _period, BillingAnchor.Of(_day), _at),
        new SubscriptionEvent.FirstPaymentDeclined(_invoice, 1, _at),
        new SubscriptionEvent.DunningCaseOpened(_case, _invoice, 0, DeclineClass.ReaderMustAct, _at),
        new SubscriptionEvent.DunningRetryDeclined(_invoice, 2, DeclineClass.Never, DunningTrack.ReaderMustAct, _at),
        new SubscriptionEvent.DunningRetryHeldBack(_invoice, _at.AddDays(5), _at),
        new SubscriptionEvent.DunningStageEntered(1, DunningStage.ActNow, _day, _at),
        new SubscriptionEvent.DunningNoticeHandedOver(1, DunningStage.PaymentFailed, _day, _at),
        new SubscriptionEvent.DunningNoticeUndeliverable(1, DunningStage.DueToTerminate, _at),
        new SubscriptionEvent.DunningNoticeBounced(1, DunningStage.ActNow, _at),
        new SubscriptionEvent.DunningPaused(1, new(PauseReason.Hardship, "staff:acc_1", _at, _day), _at),
        new SubscriptionEvent.DunningResumed(1, PauseReason.Hardship, new(_day, _day.AddDays(1), _day), _at),
        new SubscriptionEvent.DunningFreezeCounted(1, new(_day, _day.AddDays(2), null, "freeze_1"), _at),
        new SubscriptionEvent.DunningEndMoved(1, _day, _day.AddDays(1), _at),
        new SubscriptionEvent.DunningEndMoved(1, _day, _day.AddDays(1), _at, EndMoveReason.DailyCap),
        new SubscriptionEvent.DunningClosingMoved(1, _day, _day.AddDays(1), _at),
        new SubscriptionEvent.SubscriptionRecovered(_invoice, _period, BillingAnchor.Of(_day), _at),
        new SubscriptionEvent.PaymentMethodChanged("pm_2", _at),
        new SubscriptionEvent.PaymentMethodRenewed("pm_1", false, _at),
        new SubscriptionEvent.CardExpiryWarned("pm_1", 30, _at),
        new SubscriptionEvent.CancellationScheduled(_day, _at),
        new SubscriptionEvent.CancellationWithdrawn(_at),
        new SubscriptionEvent.EndRequested(EndReason.NonPayment, _at),
        new SubscriptionEvent.SubscriptionEnded(EndReason.Canceled, null, _at),
        new SubscriptionEvent.LatePaymentReceived(_invoice, _at),
        new SubscriptionEvent.ChargesHeld(new("du_1", _invoice, false), _at),
        new SubscriptionEvent.ChargesReleased("du_1", 4, _at),
        new SubscriptionEvent.PaymentMethodGone("pm_1", _at),
        new SubscriptionEvent.PaymentMethodSetAside("pm_1", _invoice, _at),
        new SubscriptionEvent.ReversalRecorded(_owed, _at),
        new SubscriptionEvent.ReversalDropped(_invoice, _at),
        new SubscriptionEvent.ReplacementInvoiceRaised(_open with { Id = new("inv_1_v20270503_3"), Replaces = _invoice }, new Money(999, "GBP"), _at),
        new SubscriptionEvent.ReplacementWithdrawn(_invoice, _period, BillingAnchor.Of(_day), _at),
        new SubscriptionEvent.SubscriptionPaused(1, _at),
        new SubscriptionEvent.SubscriptionResumed(_period, BillingAnchor.Of(_day), _at),
    ];

    private static readonly InvoiceEvent[] _ofInvoices =
    [
        new InvoiceEvent.InvoiceRaised(_invoice, new("rdr_1"), new("sub_1"), InvoicePurpose.Renewal, _period, [], new Money(999, "GBP"), _at),
        new InvoiceEvent.PaymentIntentCreated(1, "pi_1", _amount, _at),
        new InvoiceEvent.PaymentIntentAmountChanged(1, _amount, _at),
        new InvoiceEvent.PaymentAttemptStarted(_attempt, _at),
        new InvoiceEvent.PaymentAttemptSucceeded(2, "ch_1", _amount, _at),
        new InvoiceEvent.PaymentAttemptDeclined(2, _decline, "ch_1", _at),
        new InvoiceEvent.PaymentAttemptNeedsAuthentication(2, _decline with { Code = "authentication_required", DeclineCode = null }, null, _at),
        new InvoiceEvent.PaymentAttemptAwaitsReader(2, null, _at),
        new InvoiceEvent.PaymentAttemptProcessing(2, _at),
        new InvoiceEvent.PaymentIntentKindChanged(1, MethodKind.BacsMandate, _at),
        new InvoiceEvent.PaymentAttemptUnknown(2, "The gateway answered 500.", _at),
        new InvoiceEvent.PaymentAttemptRefusedByGateway(2, "parameter_invalid: No.", _at),
        new InvoiceEvent.PaymentAttemptNotReceived(2, "Connection refused.", _at),
        new InvoiceEvent.PaymentAttemptAbandoned(2, _at),
        new InvoiceEvent.CollectingStopped(_at),
        new InvoiceEvent.FormerCardSetAside("pm_1", false, _at),
        new InvoiceEvent.PaymentIntentCanceled(1, _at),
        new InvoiceEvent.DisputeOpened(_dispute, _at),
        new InvoiceEvent.DisputeUpdated(_dispute, _at),
        new InvoiceEvent.DisputeWon(_dispute with { Status = DisputeStatus.Won }, new Money(999, "GBP"), _at),
        new InvoiceEvent.DisputeLost(_dispute with { Status = DisputeStatus.Lost }, _at),
        new InvoiceEvent.PaymentReversed("du_1", new Money(999, "GBP"), new Money(999, "GBP"), _at),
        new InvoiceEvent.ReversalUndone("du_1", new Money(999, "GBP"), _at),
        new InvoiceEvent.FraudWarningReceived(new("issfr_1", "ch_1", "made_with_lost_card", true), _at),
        new InvoiceEvent.InvoiceWithdrawn(_at),
        new InvoiceEvent.PaymentFound(_attempt, _at),
        new InvoiceEvent.InvoiceVoided(_amount, AdjustmentReason.ChargedInError, _at),
        new InvoiceEvent.InvoiceWrittenOff(_amount, null, _at),
        new InvoiceEvent.InvoiceCameToNothing(_at),
        new InvoiceEvent.CreditTaken(_amount, _at),
        new InvoiceEvent.CreditTaken(_amount with { Amount = -19 }, _at),
        new InvoiceEvent.CreditPutBack(_amount, _at),
        new InvoiceEvent.RemainderCarriedOver(_amount, _at),
        new InvoiceEvent.CreditNoteIssued(1, _amount, AdjustmentReason.Goodwill, CreditDestination.Account, "staff:acc_1", null, _at),
        new InvoiceEvent.RefundRequested(1, _amount, AdjustmentReason.AskedByReader, "staff:acc_1", "key", "pi_1", _at),
        new InvoiceEvent.RefundRequested(2, _amount, AdjustmentReason.LatePayment, "system", "late:1", "pi_1", _at),
        new InvoiceEvent.RefundRequested(3, _amount, AdjustmentReason.MadeAtGateway, "gateway", null, "pi_1", _at),
        new InvoiceEvent.PaymentRefunded(1, "re_1", _amount, false, _at),
        new InvoiceEvent.PaymentRefunded(1, "re_1", _amount, true, _at),
        new InvoiceEvent.RefundCompleted(1, _amount, _at),
        new InvoiceEvent.PaymentRefundFailed(1, "re_1", _amount, true, false, "failed-later", _at),
        new InvoiceEvent.PaymentRefundFailed(1, null, _amount, false, false, "charge_disputed", _at),
        new InvoiceEvent.PaymentRefundFailed(1, null, _amount, false, true, "made-at-gateway", _at),
    ];

    [Test]
    public void Every_event_type_has_a_sentence_of_its_own()
    {
        EventRow[] rows = [.. _ofSubscriptions.Select(e => Row("sub_1", e)), .. _ofInvoices.Select(e => Row(_invoice.Value, e)), Row("ses_1", "SessionRevoked", "{}")];
        var sentences = rows.Select(Timeline.Tell).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(_ofSubscriptions.Select(e => e.GetType()).Distinct(), Is.EquivalentTo(TypesOf(typeof(SubscriptionEvent))));
            Assert.That(_ofInvoices.Select(e => e.GetType()).Distinct(), Is.EquivalentTo(TypesOf(typeof(InvoiceEvent))));
            Assert.That(sentences, Has.None.Contains(NoWords));
            Assert.That(sentences, Has.All.Match("^[A-Z£].*[.)]$"));
            Assert.That(sentences, Is.Unique);
        });
    }

    [Test]
    public void Sentences_name_amounts_dates_and_the_decline_in_plain_words()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Tell(_ofInvoices[0]), Is.EqualTo("£9.99 became due on invoice inv_1_r20270503_2, for 3 May 2027 to 2 June 2027."));
            Assert.That(Tell(_ofInvoices[5]), Is.EqualTo(
                "Try 2 for invoice inv_1_r20270503_2 was declined. There was not enough money in the account. A later try may succeed. (insufficient_funds)"));
            Assert.That(Tell(_ofInvoices[3]), Does.Contain("at the wish of staff"));
        });
    }

    [TestCase("SomethingOfTomorrow", "{}")]
    [TestCase("SubscriptionEnded", "{}")]
    [TestCase("SubscriptionEnded", "not json")]
    [TestCase("PaymentAttemptDeclined", "{\"$type\":\"Nothing\"}")]
    [TestCase("PaymentAttemptDeclined", "{\"$type\":\"PaymentAttemptDeclined\"}")]
    [TestCase("PaymentAttemptDeclined", "null")]
    [TestCase("", "")]
    public void A_row_that_cannot_be_read_still_tells_something(string type, string data) =>
        Assert.That(Timeline.Tell(Row("sub_1", type, data)), Does.Contain(NoWords).And.Contain(type));

    private static string Tell(InvoiceEvent e) => Timeline.Tell(Row(_invoice.Value, e));

    private static EventRow Row(string stream, SubscriptionEvent e) => Row(stream, e.GetType().Name, JsonSerializer.Serialize(e, DomainJson.Options));

    private static EventRow Row(string stream, InvoiceEvent e) => Row(stream, e.GetType().Name, JsonSerializer.Serialize(e, DomainJson.Options));

    private static EventRow Row(string stream, string type, string data) =>
        new() { Stream = stream, ReaderId = new("rdr_1"), Type = type, Data = data, Actor = "system" };

    private static IEnumerable<Type> TypesOf(Type family) => family.GetNestedTypes().Where(type => type.IsAssignableTo(family));
}
