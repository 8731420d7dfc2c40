using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What time and the reader's own wishes do: renewing, stepping through the notices, cancelling, ending.</summary>
internal static class Lifecycle
{
    public static Outcome<SubscriptionEvent> Advance(Started state, bool attemptLive, SubscriptionRules rules, DateTimeOffset now)
    {
        var due = LifecycleSchedule.Next(state, rules, now);
        if (due is null || due.At > now || attemptLive)
        {
            return Outcome<SubscriptionEvent>.Accept();
        }

        return (state, due.Step) switch
        {
            (_, LifecycleStep.Nothing) => Outcome<SubscriptionEvent>.Accept(),
            (Incomplete, LifecycleStep.End) => Outcome<SubscriptionEvent>.Accept(new EndRequested(EndReason.NeverPaid, now)),
            (PastDue, LifecycleStep.End) => Outcome<SubscriptionEvent>.Accept(new EndRequested(EndReason.NonPayment, now)),
            (Started, LifecycleStep.End) => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(EndReason.Canceled, null, now)),
            (PastDue pastDue, LifecycleStep.EnterStage) => EnterStage(pastDue, due.Stage, rules, now),
            (PastDue pastDue, LifecycleStep.ResumeDunning) => Pauses.RunOut(pastDue, rules, now),
            (PastDue pastDue, LifecycleStep.CountFreeze) => Pauses.CountFreeze(pastDue, rules, now),
            (PastDue pastDue, LifecycleStep.TellNewEnd) => TellNewEnd(pastDue, rules, now),
            (Trialing trialing, LifecycleStep.Renew) => Renew(trialing.Contract, InvoicePurpose.AfterTrial, trialing.Trial.To, rules, now),
            (Active active, LifecycleStep.RaiseReplacement) => Outcome<SubscriptionEvent>.Accept(Reversals.Replacement(active, rules, now)),
            (Active active, LifecycleStep.Renew) => Renew(active.Contract, InvoicePurpose.Renewal, active.Period.To, rules, now),
            _ => throw new InvalidOperationException($"{due.Step} is not due in {state.GetType().Name}."),
        };
    }

    public static OpenInvoice NextInvoice(Contract contract, InvoicePurpose purpose, BillingPeriod period, DateTimeOffset now) =>
        new(InvoiceId.For(contract.Id, purpose, period.From, contract.InvoicesRaised + 1), purpose, period, now);

    public static Outcome<SubscriptionEvent> Cancel(Started state, DateTimeOffset now) => state switch
    {
        Active { CancelAtPeriodEnd: true } or Trialing { CancelAtPeriodEnd: true } => Outcome<SubscriptionEvent>.Accept(),
        Active { Ending: not null } or Trialing { Ending: not null } or PastDue { Ending: not null } or Incomplete { Ending: not null } => Refusals.Ending,
        Active { Invoice: null } active => Outcome<SubscriptionEvent>.Accept(new CancellationScheduled(active.Period.To, now)),
        Trialing { Invoice: null } trialing => Outcome<SubscriptionEvent>.Accept(new CancellationScheduled(trialing.Trial.To, now)),

        // An invoice is open: nothing paid is left, so the end comes as soon as that invoice can be closed.
        Active or Trialing or PastDue or Incomplete => Outcome<SubscriptionEvent>.Accept(new EndRequested(EndReason.Canceled, now)),
        Paused => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(EndReason.Canceled, null, now)),
        _ => Refusals.Ended,
    };

    public static Outcome<SubscriptionEvent> Keep(Started state, DateTimeOffset now) => state switch
    {
        Active { CancelAtPeriodEnd: true } or Trialing { CancelAtPeriodEnd: true } => Outcome<SubscriptionEvent>.Accept(new CancellationWithdrawn(now)),
        _ => Refusals.NotCanceling,
    };

    public static Outcome<SubscriptionEvent> CompleteEnd(Started state, DateTimeOffset now) => state switch
    {
        // Whether she turned away or time ran out: what never began was not cancelled, and its free days are still to be had.
        Incomplete { Ending: not null } s => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(
            s.Ending == EndReason.PayerDeceased ? EndReason.PayerDeceased : EndReason.NeverPaid, s.Invoice?.Id, now)),
        PastDue { Ending: { } reason } s => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(reason, s.Invoice.Id, now)),
        Active { Ending: { } reason } s => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(reason, s.Invoice?.Id, now)),
        Trialing { Ending: { } reason } s => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(reason, s.Invoice?.Id, now)),
        _ => Refusals.NoEndRequested,
    };

    public static Outcome<SubscriptionEvent> Resume(Paused paused, SubscriptionRules rules, DateTimeOffset now)
    {
        // The paid days that were left come first; the next renewal then has a new anchor.
        var today = rules.Hours.DateOf(now);
        var period = new BillingPeriod(today, today.AddDays(paused.DaysLeft));
        return Outcome<SubscriptionEvent>.Accept(new SubscriptionResumed(period, BillingAnchor.Of(period.To), now));
    }

    private static Outcome<SubscriptionEvent> Renew(Contract contract, InvoicePurpose purpose, DateOnly from, SubscriptionRules rules, DateTimeOffset now)
    {
        var period = BillingPeriod.Starting(from, contract.Anchor, rules.Plan);
        return Outcome<SubscriptionEvent>.Accept(new RenewalInvoiceRaised(NextInvoice(contract, purpose, period, now), now));
    }

    public static Outcome<SubscriptionEvent> Postpone(Started state, SubscriptionCommand.PostponeEnd postpone, DateTimeOffset now) =>
        state is PastDue { Ending: null, Case: { Stage: DunningStage.DueToTerminate, ToldEndsOn: { } told } dunning } && dunning.Number == postpone.CaseNumber && postpone.EndsOn > told
            ? Outcome<SubscriptionEvent>.Accept(new DunningEndMoved(dunning.Number, told, postpone.EndsOn, now, EndMoveReason.DailyCap))
            : Outcome<SubscriptionEvent>.Accept();

    private static Outcome<SubscriptionEvent> TellNewEnd(PastDue state, SubscriptionRules rules, DateTimeOffset now)
    {
        var endAt = rules.ScheduleOf(state.Case).ProjectedEndAt(now);
        return Outcome<SubscriptionEvent>.Accept(new DunningEndMoved(state.Case.Number, state.Case.ToldEndsOn!.Value, rules.Hours.DateOf(endAt), now));
    }

    private static Outcome<SubscriptionEvent> EnterStage(PastDue state, DunningStage stage, SubscriptionRules rules, DateTimeOffset now)
    {
        var schedule = rules.ScheduleOf(state.Case);
        var endsOn = rules.Hours.DateOf(schedule.ProjectedEndAt(now));
        var closesAt = stage < DunningStage.DueToTerminate ? schedule.ProjectedClosingAt(now) : null;
        return Outcome<SubscriptionEvent>.Accept(new DunningStageEntered(state.Case.Number, stage, endsOn, now)
        {
            ClosesOn = closesAt is { } at ? rules.Hours.DateOf(at) : null,
        });
    }
}
