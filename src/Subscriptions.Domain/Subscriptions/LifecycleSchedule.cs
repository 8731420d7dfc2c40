using Subscriptions.Domain.Dunning;
using static Subscriptions.Domain.Subscriptions.Subscription;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What time will do to a subscription next.</summary>
public enum LifecycleStep
{
    /// <summary>Only look again: something else must happen first.</summary>
    Nothing,

    /// <summary>Raise the next invoice.</summary>
    Renew,

    /// <summary>Ask again for a payment that was taken back.</summary>
    RaiseReplacement,

    /// <summary>Show the next notice.</summary>
    EnterStage,

    /// <summary>A pause of the payment problem has reached its date.</summary>
    ResumeDunning,

    /// <summary>Take a freeze that is over into the case's own record.</summary>
    CountFreeze,

    /// <summary>Tell that an end which was told in all three notices has moved to a later day.</summary>
    TellNewEnd,

    /// <summary>End.</summary>
    End,
}

/// <summary>A step and its moment.</summary>
/// <param name="Step">What.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Stage">Which notice, for <see cref="LifecycleStep.EnterStage"/>.</param>
public sealed record DueStep(LifecycleStep Step, DateTimeOffset At, DunningStage Stage = DunningStage.Silent);

/// <summary>Reads from a state when time acts on it next. The same answer drives the engine and what readers are told.</summary>
public static class LifecycleSchedule
{
    /// <summary>The next step, or null where time changes nothing by itself.</summary>
    public static DueStep? Next(Subscription state, SubscriptionRules rules, DateTimeOffset now) => state switch
    {
        Incomplete { Ending: not null } or Trialing { Ending: not null } or Active { Ending: not null } or PastDue { Ending: not null } => null,
        Incomplete s => new(LifecycleStep.End, s.Contract.StartedAt.AddHours(SubscriptionDecider.IncompleteHours)),
        Trialing { Invoice: not null } or Active { Invoice: not null } => null,
        Trialing { CancelAtPeriodEnd: true } s => new(LifecycleStep.End, rules.Hours.StartOf(s.Trial.To)),
        Trialing { Contract.Contested.HoldsCharges: false } s => new(LifecycleStep.Renew, rules.Hours.At(s.Trial.To, rules.Hours.Collect)),
        Active { CancelAtPeriodEnd: true } s => new(LifecycleStep.End, rules.Hours.StartOf(s.Period.To)),
        Active { Contract.Contested.Waiting.Count: > 0 } => new(LifecycleStep.RaiseReplacement, now),

        // Nothing is charged by itself while a payment is disputed; the word that it is decided sets the next date.
        Trialing { Contract.Contested.HoldsCharges: true } or Active { Contract.Contested.HoldsCharges: true } => null,
        Active s => new(LifecycleStep.Renew, rules.Hours.At(s.Period.To, rules.Hours.Collect)),
        PastDue { Contract.Contested.HoldsCharges: true } => new(LifecycleStep.Nothing, rules.Hours.At(rules.Hours.DateOf(now).AddDays(1), rules.Hours.Send)),
        PastDue s => Pauses.Next(s.Case, rules, now, Next(s.Case, rules, now)),
        Paused or Ended or NotStarted => null,
        _ => throw new InvalidOperationException($"No schedule for {state.GetType().Name}."),
    };

    private static DueStep Next(DunningCase dunning, SubscriptionRules rules, DateTimeOffset now)
    {
        var schedule = rules.ScheduleOf(dunning);
        // While a freeze is open the end moves with every day, and is told once it is known.
        if (rules.Freezes.All(freeze => !freeze.Open) && schedule.EndAt() is { } moved && (rules.Hours.DateOf(moved) > dunning.ToldEndsOn || (moved <= now && rules.Hours.Calendar.IsClosed(rules.Hours.DateOf(now)))))
        {
            return new(LifecycleStep.TellNewEnd, now);
        }

        DueStep? step = schedule.EndAt() is { } endAt ? new(LifecycleStep.End, endAt)
            : schedule.NextStage() is { } next ? new(LifecycleStep.EnterStage, next.Stage == DunningStage.DueToTerminate ? NotBefore(schedule.ProjectedClosingAt(now), next.At) : next.At, next.Stage)
            : null;

        // A notice or an end waits until the retry before it is settled: its words must be true when they are read, and
        // nobody is ended for a try that a broken gateway never made.
        if (step is not null && schedule.NextRetryAt() is { } retry && retry <= step.At)
        {
            return new(LifecycleStep.Nothing, Later(step.At, now.AddMinutes(15)));
        }

        // A case always has a next look, even while a notice waits for the mail server.
        return step ?? new(LifecycleStep.Nothing, rules.Hours.At(rules.Hours.DateOf(now).AddDays(1), rules.Hours.Send));
    }

    // Where access closes with the third notice, that comes at the hour which pages tell, even if a decline has made it due since the morning.
    private static DateTimeOffset NotBefore(DateTimeOffset? closing, DateTimeOffset at) => closing is { } told ? Later(told, at) : at;

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
}
