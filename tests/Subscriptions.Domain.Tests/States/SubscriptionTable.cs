using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;

namespace Subscriptions.Domain.Tests.States;

/// <summary>One canonical example of every state of a subscription, and of every command.</summary>
internal static class SubscriptionTable
{
    private static readonly DateTimeOffset _now = Given.Day(3, 10);
    private static readonly BillingPeriod _paid = new(new(2026, 2, 2), new(2026, 3, 2));
    private static readonly Contract _contract = new(new("sub_1_1"), new("rdr_1"), Given.Monthly.Id, "pm_1", new(2, 2), Given.Utc(2026, 2, 2, 9), 1, 0);
    private static readonly OpenInvoice _open = new(new("inv_open"), InvoicePurpose.Renewal, new(new(2026, 3, 2), new(2026, 4, 2)), Given.Declined);
    private static readonly DunningCase _case = Given.Case(DunningTrack.TimeMayHeal) with
    {
        LastDeclinedAt = Given.Day(3, 6),
        Notices = [new(DunningStage.PaymentFailed, Given.Day(3, 10), null, false)],
        ToldEndsOn = new(2026, 3, 29),
    };

    // A case whose first notice was handed over and whose second is due at the next sending hour.
    private static readonly DunningCase _told = _case with
    {
        LastDeclinedAt = Given.Day(10, 6),
        Notices = [new(DunningStage.PaymentFailed, Given.Day(3, 10), Given.Day(3, 10), false)],
    };

    private static readonly DunningCase _toldAll = _case with
    {
        LastDeclinedAt = Given.Day(26, 6),
        Notices =
        [
            new(DunningStage.PaymentFailed, Given.Day(3, 10), Given.Day(3, 10), false),
            new(DunningStage.ActNow, Given.Day(10, 10), Given.Day(10, 10), false),
            new(DunningStage.DueToTerminate, Given.Day(18, 10), Given.Day(18, 10), false),
        ],
    };

    private static readonly Contract _disputed = _contract with
    {
        Contested = new([new("du_1", new("inv_old"), false)], [], Given.Declined),
    };

    private static readonly Contract _waiting = _contract with
    {
        Contested = new([], [new(new("inv_lost"), _paid, Given.Monthly.Price)], null),
    };

    public static StateTable States => new(
        "Command",
        [
            ("NotStarted", new NotStarted()),
            ("Incomplete", new Incomplete(_contract, _open, null)),
            ("Trialing", new Trialing(_contract, _paid, null, false, null)),
            ("Active", new Active(_contract, _paid, null, false, null)),
            ("PastDue", new PastDue(_contract, _open, _case, null)),
            ("Paused", new Paused(_contract, 9, Given.Declined)),
            ("Ended", new Ended(_contract, EndReason.NonPayment, Given.Declined)),
        ],
        Commands);

    public static StateTable Finer => new(
        "Command",
        [
            ("Incomplete, free days awaiting details", new Incomplete(_contract with { PaymentMethodId = null, InvoicesRaised = 0 }, null, null)),
            ("Incomplete, only money opens", new Incomplete(_contract with { PayFirst = true }, _open, null)),
            ("Active, first payment on its way", new Active(_contract, new(new(2026, 3, 2), new(2026, 3, 2)), _open with { Purpose = InvoicePurpose.First }, false, null)),
            ("Incomplete, end requested", new Incomplete(_contract, _open, EndReason.Canceled)),
            ("Trialing, first invoice open", new Trialing(_contract, _paid, _open, false, null)),
            ("Active, renewal pending", new Active(_contract, _paid, _open, false, null)),
            ("Active, cancelled to its end", new Active(_contract, _paid, null, true, null)),
            ("Active, renewal pending, end requested", new Active(_contract, _paid, _open, false, EndReason.Canceled)),
            ("PastDue, told once", new PastDue(_contract, _open, _told, null)),
            ("PastDue, told three times", new PastDue(_contract, _open, _toldAll, null)),
            ("Active, dispute open", new Active(_disputed, _paid, null, false, null)),
            ("Active, cancelled, reversal waiting", new Active(_waiting, _paid, null, true, null)),
            ("PastDue, dispute open", new PastDue(_disputed, _open, _told, null)),
            ("PastDue, of a reversed payment", new PastDue(_contract, _open with { Id = new("inv_again"), Purpose = InvoicePurpose.Reversal, Replaces = new("inv_lost") }, _told, null) { Standing = _paid }),
            ("PastDue, paused", new PastDue(_contract, _open, _told with { Pauses = [new(PauseReason.Hardship, "staff:1", Given.Day(4, 9), new(2026, 3, 20))] }, null)),
            ("PastDue, end requested", new PastDue(_contract, _open, _toldAll, EndReason.NonPayment)),
        ],
        Commands);

    private static IEnumerable<(string Name, Func<object, string> Cell)> Commands =>
    [
        ("StartSubscription", Cell(_ => new StartSubscription(_contract.Id, _contract.ReaderId, "pm_1"))),
        ("StartSubscription, of a plan with a trial", Cell(_ => new StartSubscription(_contract.Id, _contract.ReaderId, "pm_1"), Given.TrialRules)),
        ("StartSubscription, of a plan with a trial, without payment details", Cell(_ => new StartSubscription(_contract.Id, _contract.ReaderId, null), Given.TrialRules)),
        ("AdvanceSubscription, before anything is due", Cell(_ => new AdvanceSubscription(false), at: (_, _) => Given.Utc(2026, 2, 2, 9))),
        ("AdvanceSubscription, at the due moment", Cell(_ => new AdvanceSubscription(false), at: DueAt)),
        ("AdvanceSubscription, at the due moment, an attempt live", Cell(_ => new AdvanceSubscription(true), at: DueAt)),
        ("RecordInvoicePaid, of the open invoice", Cell(_ => new RecordInvoicePaid(_open.Id))),
        ("RecordInvoicePaid, of the open invoice, without a payment", Cell(_ => new RecordInvoicePaid(_open.Id, WithoutPayment: true))),
        ("RecordInvoicePaid, of another invoice", Cell(_ => new RecordInvoicePaid(new("inv_other")))),
        ("RecordInvoiceDeclined, of the open invoice", Cell(_ => new RecordInvoiceDeclined(_open.Id, 1, DeclineClass.TimeMayHeal))),
        ("RecordInvoiceDeclined, because the payer has died", Cell(_ => new RecordInvoiceDeclined(_open.Id, 1, DeclineClass.PayerDeceased))),
        ("RecordInvoiceUnderWay, of the open invoice", Cell(_ => new RecordInvoiceUnderWay(_open.Id))),
        ("RecordInvoiceUnderWay, of another invoice", Cell(_ => new RecordInvoiceUnderWay(new("inv_other")))),
        ("RecordInvoiceDeclined, of another invoice", Cell(_ => new RecordInvoiceDeclined(new("inv_other"), 1, DeclineClass.TimeMayHeal))),
        ("RecordRetryHeldBack, of the open invoice", Cell(_ => new RecordRetryHeldBack(_open.Id, _now.AddDays(5)))),
        ("RecordRetryHeldBack, of another invoice", Cell(_ => new RecordRetryHeldBack(new("inv_other"), _now.AddDays(5)))),
        ("PostponeEnd, to a later day", Cell(_ => new PostponeEnd(1, new(2026, 4, 9)))),
        ("RecordDisputeOpened", Cell(_ => new RecordDisputeOpened("du_2", new("inv_old")))),
        ("RecordDisputeOpened, again", Cell(_ => new RecordDisputeOpened("du_1", new("inv_old")))),
        ("RecordDisputeClosed", Cell(_ => new RecordDisputeClosed("du_1"))),
        ("RecordPaymentReversed, to be asked for again", Cell(_ => new RecordPaymentReversed(new("inv_lost"), _paid, Given.Monthly.Price))),
        ("RecordPaymentReversed, to end by setting", Cell(_ => new RecordPaymentReversed(new("inv_lost"), _paid, Given.Monthly.Price), EndsWhenLost)),
        ("RecordPaymentReversed, to be left by setting", Cell(_ => new RecordPaymentReversed(new("inv_lost"), _paid, Given.Monthly.Price), KeepsWhenLost)),
        ("RecordPaymentReversed, of the method in use, to be left by setting", Cell(_ => new RecordPaymentReversed(new("inv_lost"), _paid, Given.Monthly.Price) { PaymentMethodId = "pm_1" }, KeepsWhenLost)),
        ("RecordReversalUndone", Cell(_ => new RecordReversalUndone(new("inv_lost")))),
        ("RecordReplacementWithdrawn", Cell(_ => new RecordReplacementWithdrawn(new("inv_again")))),
        ("RecordNoticeHandedOver, of the first notice", Cell(_ => new RecordNoticeHandedOver(1, DunningStage.PaymentFailed, new(2026, 3, 29)))),
        ("RecordNoticeHandedOver, of an earlier case", Cell(_ => new RecordNoticeHandedOver(0, DunningStage.PaymentFailed, new(2026, 3, 29)))),
        ("RecordNoticeUndeliverable, of the first notice", Cell(_ => new RecordNoticeUndeliverable(1, DunningStage.PaymentFailed))),
        ("RecordNoticeBounced, of the first notice", Cell(_ => new RecordNoticeBounced(1, DunningStage.PaymentFailed))),
        ("PauseDunning", Cell(_ => new PauseDunning(PauseReason.Complaint, "staff:1", new(2026, 3, 20)))),
        ("PauseDunning, for the reason and until the date that stand", Cell(_ => new PauseDunning(PauseReason.Hardship, "staff:1", new(2026, 3, 20)))),
        ("PauseDunning, until today", Cell(_ => new PauseDunning(PauseReason.Complaint, "staff:1", new(2026, 3, 5)))),
        ("PauseDunning, for longer than is allowed", Cell(_ => new PauseDunning(PauseReason.Complaint, "staff:1", new(2026, 12, 5)))),
        ("ResumeDunning", Cell(_ => new ResumeDunning(PauseReason.Hardship))),
        ("ChangePaymentMethod", Cell(_ => new ChangePaymentMethod("pm_2"))),
        ("RecordMethodRenewed", Cell(_ => new RecordMethodRenewed("pm_1", false))),
        ("RecordMethodRenewed, of another than it has", Cell(_ => new RecordMethodRenewed("pm_2", false))),
        ("ChangePaymentMethod, to the one it has", Cell(_ => new ChangePaymentMethod("pm_1"))),
        ("RecordMethodGone", Cell(_ => new RecordMethodGone("pm_1"))),
        ("RecordMethodGone, of another than it has", Cell(_ => new RecordMethodGone("pm_2"))),
        ("WarnOfExpiry", Cell(_ => new WarnOfExpiry("pm_1", 30))),
        ("WarnOfExpiry, of another than it has", Cell(_ => new WarnOfExpiry("pm_2", 30))),
        ("CancelSubscription", Cell(_ => new CancelSubscription())),
        ("KeepSubscription", Cell(_ => new KeepSubscription())),
        ("CompleteEnd", Cell(_ => new CompleteEnd())),
        ("PauseSubscription", Cell(_ => new PauseSubscription())),
        ("ResumeSubscription", Cell(_ => new ResumeSubscription())),
    ];

    private static SubscriptionRules EndsWhenLost => Given.Rules with { Disputes = DisputePolicy.Default with { WhenLost = LostPayment.End } };

    private static SubscriptionRules KeepsWhenLost => Given.Rules with { Disputes = DisputePolicy.Default with { WhenLost = LostPayment.Keep } };

    private static Func<object, string> Cell(
        Func<Subscription, SubscriptionCommand> command, SubscriptionRules? rules = null, Func<Subscription, SubscriptionRules, DateTimeOffset>? at = null) => given =>
    {
        var state = (Subscription)given;
        var under = rules ?? Given.Rules;
        return StateTable.Cell(SubscriptionDecider.Decide(state, command(state), under, at?.Invoke(state, under) ?? _now));
    };

    private static DateTimeOffset DueAt(Subscription state, SubscriptionRules rules) => LifecycleSchedule.Next(state, rules, _now)?.At ?? _now;
}
