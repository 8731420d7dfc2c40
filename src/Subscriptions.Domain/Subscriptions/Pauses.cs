using Subscriptions.Domain.Dunning;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What lets a payment problem stand still, and goes on with it afterwards.</summary>
internal static class Pauses
{
    public static Outcome<SubscriptionEvent> Pause(Started state, PauseDunning pause, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state is not PastDue pastDue)
        {
            return state is Ended ? Refusals.Ended : Refusals.NoPaymentProblem;
        }

        var today = rules.Hours.DateOf(now);
        var standing = pastDue.Case.Pauses.FirstOrDefault(p => p.Reason == pause.Reason);
        var wanted = new DunningPause(pause.Reason, pause.Author, standing?.From ?? now, pause.Until, pause.NoteId);
        return pastDue.Ending is not null ? Refusals.Ending
            : wanted == standing ? Outcome<SubscriptionEvent>.Accept()
            : pause.Until <= today ? Refusals.PauseOver
            : pause.Until > today.AddDays(DunningPause.MostDays) ? Refusals.PauseTooLong
            : PaymentOutcomes.WithEnd(pastDue, new DunningPaused(pastDue.Case.Number, wanted, now), rules, now);
    }

    public static Outcome<SubscriptionEvent> Resume(Started state, ResumeDunning resume, SubscriptionRules rules, DateTimeOffset now) => state switch
    {
        PastDue s when s.Case.Pauses.FirstOrDefault(p => p.Reason == resume.Reason) is { } pause => Over(s, pause, rules, now),
        Ended => Refusals.Ended,
        _ => Refusals.DunningNotPaused,
    };

    public static Outcome<SubscriptionEvent> RunOut(PastDue state, SubscriptionRules rules, DateTimeOffset now) =>
        Over(state, state.Case.Pauses.MinBy(p => p.Until)!, rules, now);

    public static Outcome<SubscriptionEvent> CountFreeze(PastDue state, SubscriptionRules rules, DateTimeOffset now) => PaymentOutcomes.WithEnd(
        state, new DunningFreezeCounted(state.Case.Number, Uncounted(state.Case, rules)!, now), rules, now);

    /// <summary>The next step of a case, with what its pauses and the freezes make of it.</summary>
    public static DueStep Next(DunningCase dunning, SubscriptionRules rules, DateTimeOffset now, DueStep next)
    {
        if (Uncounted(dunning, rules) is not null)
        {
            return new(LifecycleStep.CountFreeze, now);
        }

        var over = dunning.Pauses.Count == 0 ? next.At : rules.Hours.StartOf(dunning.Pauses.Min(p => p.Until));
        return dunning.Pauses.Count > 0 && (over <= now || over <= next.At) ? new(LifecycleStep.ResumeDunning, over) : next;
    }

    // What was resumed today has held all of today: nothing that was put off comes down on a reader within the hour.
    private static Outcome<SubscriptionEvent> Over(PastDue state, DunningPause pause, SubscriptionRules rules, DateTimeOffset now)
    {
        var tomorrow = rules.Hours.DateOf(now).AddDays(1);
        var held = DunningHold.Since(pause.From, pause.Until < tomorrow ? pause.Until : tomorrow, retriesToo: true, rules.Hours);
        return PaymentOutcomes.WithEnd(state, new DunningResumed(state.Case.Number, pause.Reason, held, now), rules, now);
    }

    // One that was over on the day on which the case began moved nothing that was ever told.
    private static DunningHold? Uncounted(DunningCase dunning, SubscriptionRules rules) => rules.Freezes.FirstOrDefault(freeze =>
        !freeze.Open && freeze.Until > rules.Hours.DateOf(dunning.OpenedAt).AddDays(1) && dunning.Holds.All(hold => hold.FreezeId != freeze.FreezeId));
}
