using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>
/// The life of a subscription. Total: every command in every state gives events or a named refusal, and what the
/// gateway reports is never refused. <c>docs/states.md</c> holds the same as a table, kept true by a test.
/// </summary>
public static class SubscriptionDecider
{
    /// <summary>Hours after which a first payment that never came ends the contract (Stripe keeps its keys for 24).</summary>
    public const int IncompleteHours = 23;

    /// <summary>What a command does to a subscription at a moment.</summary>
    public static Outcome<SubscriptionEvent> Decide(Subscription state, SubscriptionCommand command, SubscriptionRules rules, DateTimeOffset now) =>
        (state, command) switch
        {
            (NotStarted, StartSubscription start) => Start(start, rules, now),
            (NotStarted, _) => Refusals.NotStarted,
            (Started, StartSubscription) => Refusals.AlreadyStarted,

            (Started s, RecordInvoicePaid paid) => PaymentOutcomes.Paid(s, paid, rules, now),
            (Started s, RecordInvoiceDeclined declined) => PaymentOutcomes.Declined(s, declined, rules, now),
            (Started s, RecordInvoiceUnderWay underWay) => PaymentOutcomes.UnderWay(s, underWay.InvoiceId, now),
            (Started s, RecordRetryHeldBack held) => PaymentOutcomes.HeldBack(s, held, rules, now),
            (Started s, RecordDisputeOpened opened) => Reversals.Opened(s, opened, rules, now),
            (Started s, RecordDisputeClosed closed) => Reversals.Closed(s, closed, rules, now),
            (Started s, RecordPaymentReversed reversed) => Reversals.Reversed(s, reversed, rules, now),
            (Started s, RecordReversalUndone undone) => Reversals.Undone(s, undone, now),
            (Started s, RecordReplacementWithdrawn withdrawn) => Reversals.Withdrawn(s, withdrawn, rules, now),
            (Started s, AdvanceSubscription advance) => Lifecycle.Advance(s, advance.AttemptLive, rules, now),
            (Started s, PostponeEnd postpone) => Lifecycle.Postpone(s, postpone, now),
            (Started s, RecordNoticeHandedOver handed) => Notices.HandedOver(s, handed, now),
            (Started s, RecordNoticeUndeliverable lost) => Notices.Undeliverable(s, lost, now),

            (Started s, RecordNoticeBounced bounced) => Notices.Bounced(s, bounced, now),
            (Started s, PauseDunning pause) => Pauses.Pause(s, pause, rules, now),
            (Started s, ResumeDunning resume) => Pauses.Resume(s, resume, rules, now),

            (Ended, ChangePaymentMethod or CancelSubscription or KeepSubscription or PauseSubscription or ResumeSubscription) => Refusals.Ended,
            (Ended, CompleteEnd) => Outcome<SubscriptionEvent>.Accept(),
            (Started s, ChangePaymentMethod change) when s.Contract.PaymentMethodId == change.PaymentMethodId => Outcome<SubscriptionEvent>.Accept(),
            (Incomplete { Invoice: null, Ending: null } s, ChangePaymentMethod change) => Outcome<SubscriptionEvent>.Accept(
                new PaymentMethodChanged(change.PaymentMethodId, now), TrialOf(s.Contract with { PaymentMethodId = change.PaymentMethodId }, rules, now)),
            (Started, ChangePaymentMethod change) => Outcome<SubscriptionEvent>.Accept(new PaymentMethodChanged(change.PaymentMethodId, now)),
            (Started s, RecordMethodRenewed renewed) => s is Ended || s.Contract.PaymentMethodId != renewed.PaymentMethodId
                ? Outcome<SubscriptionEvent>.Accept()
                : Outcome<SubscriptionEvent>.Accept(new PaymentMethodRenewed(renewed.PaymentMethodId, renewed.SameNumber, now)),
            (Started s, RecordMethodGone gone) => s is Ended || s.Contract.PaymentMethodId != gone.PaymentMethodId
                ? Outcome<SubscriptionEvent>.Accept()
                : Outcome<SubscriptionEvent>.Accept(new PaymentMethodGone(gone.PaymentMethodId, now)),
            (Started s, WarnOfExpiry warn) => CardExpiry.Warn(s, warn, now),
            (Started s, CancelSubscription) => Lifecycle.Cancel(s, now),
            (Started s, KeepSubscription) => Lifecycle.Keep(s, now),
            (Started s, CompleteEnd) => Lifecycle.CompleteEnd(s, now),

            (Active { Invoice: null, Ending: null, CancelAtPeriodEnd: false } active, PauseSubscription) =>
                Outcome<SubscriptionEvent>.Accept(new SubscriptionPaused(Math.Max(0, active.Period.To.DayNumber - rules.Hours.DateOf(now).DayNumber), now)),
            (Started, PauseSubscription) => Refusals.CannotPause,
            (Paused paused, ResumeSubscription) => Lifecycle.Resume(paused, rules, now),
            (Started, ResumeSubscription) => Refusals.NotPaused,

            _ => throw new InvalidOperationException($"No rule for {command.GetType().Name} in {state.GetType().Name}."),
        };

    private static Outcome<SubscriptionEvent> Start(StartSubscription start, SubscriptionRules rules, DateTimeOffset now)
    {
        var today = rules.Hours.DateOf(now);
        var contract = new Contract(start.Id, start.ReaderId, rules.Plan.Id, start.PaymentMethodId, BillingAnchor.Of(today), now, 0, 0, start.PayFirst);
        if (rules.Plan.TrialDays > 0)
        {
            // Without payment details the free days wait: they are the promise of a payment after them, and given once.
            return Outcome<SubscriptionEvent>.Accept(
                start.PaymentMethodId is null ? new SubscriptionStarted(contract, null, now) : TrialOf(contract, rules, now));
        }

        var period = BillingPeriod.Starting(today, contract.Anchor, rules.Plan);
        return Outcome<SubscriptionEvent>.Accept(new SubscriptionStarted(contract, Lifecycle.NextInvoice(contract, InvoicePurpose.First, period, now), now));
    }

    private static TrialStarted TrialOf(Contract contract, SubscriptionRules rules, DateTimeOffset now)
    {
        var today = rules.Hours.DateOf(now);
        var trial = new BillingPeriod(today, today.AddDays(rules.Plan.TrialDays));
        return new(contract with { Anchor = BillingAnchor.Of(trial.To) }, trial, now);
    }

    /// <summary>Folds one event into the state. Throws at what cannot have happened.</summary>
    public static Subscription Evolve(Subscription state, SubscriptionEvent happened) => SubscriptionEvolution.Evolve(state, happened);
}
