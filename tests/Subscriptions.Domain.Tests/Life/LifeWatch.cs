using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;

namespace Subscriptions.Domain.Tests.Life;

/// <summary>Watches a life and fails at the first thing that must never be.</summary>
internal sealed class LifeWatch
{
    private readonly Life life;
    private readonly SubscriptionRules rules;

    public LifeWatch(Life life, SubscriptionRules rules)
    {
        this.life = life;
        this.rules = rules;
        life.OnEvent = Watch;
        life.OnInvoiceEvent = Watch;
    }

    /// <summary>How often lives reached what is watched, so that a test can tell that it looked at something.</summary>
    public int EndedForNonPayment { get; private set; }

    public int Recovered { get; private set; }

    public int Paused { get; private set; }

    public int Frozen { get; private set; }

    /// <summary>What must hold between two moves.</summary>
    public void Look()
    {
        foreach (var invoice in life.Invoices.Values)
        {
            var refundsDue = life.InvoiceEvents.Count(e => e.Id == invoice.Id && e.Event is InvoiceEvent.RefundRequested { Reason: AdjustmentReason.LatePayment });
            Must(invoice.Attempts.Count(a => a.State == AttemptState.Succeeded) - refundsDue <= 1, "one success counts per invoice");
            Must(invoice.Attempts.Count(a => a.IsLive) <= 1, "one attempt is live per invoice");
            if (life.State is Ended)
            {
                Must(invoice.Status != InvoiceStatus.Open, "an ended subscription owes nothing");
                Must(invoice.LiveAttempt is null, "an ended subscription has no live attempt");
                Must(invoice.Status == InvoiceStatus.Paid || invoice.PaymentIntent is null or { Canceled: true }, "an ended subscription has no live PaymentIntent");
            }
        }

        if (life.State is PastDue { Ending: null } pastDue)
        {
            Must(life.NextStep?.At < life.Now.AddDays(200), "every past-due subscription has a next step");
            var end = rules.Hours.DateOf(life.Rules.ScheduleOf(pastDue.Case).ProjectedEndAt(life.Now));
            Must(!(end < pastDue.Case.ToldEndsOn), "the end is never nearer than the date that was told");
            var closing = life.Rules.ScheduleOf(pastDue.Case).ProjectedClosingAt(life.Now);
            Must(!(closing is { } at && rules.Hours.DateOf(at) < pastDue.Case.ToldClosesOn), "access closes never nearer than the date that was told");
            Must(closing is null || closing < rules.Hours.At(end, rules.Hours.End), "access closes before the end");
            Must(
                closing is not null == (rules.Policy.ClosesInThirdStage && pastDue.Case.Stage < DunningStage.DueToTerminate),
                "access closes with the third notice, where the policy says so");
        }
    }

    /// <summary>The events alone give the state.</summary>
    public void Replay()
    {
        Must(life.Events.Aggregate((Subscription)new NotStarted(), SubscriptionDecider.Evolve) == life.State, "the events give the subscription");
        foreach (var (id, invoice) in life.Invoices)
        {
            var again = life.InvoiceEvents.Where(e => e.Id == id).Select(e => e.Event).Aggregate((Invoice?)null, InvoiceDecider.Evolve)!;
            Must(
                again.Attempts.SequenceEqual(invoice.Attempts) && again.Refunds.SequenceEqual(invoice.Refunds)
                && again with { Attempts = invoice.Attempts, Refunds = invoice.Refunds } == invoice,
                "the events give the invoice");
        }
    }

    private void Watch(Subscription before, SubscriptionEvent e, Subscription after)
    {
        Recovered += e is SubscriptionEvent.SubscriptionRecovered ? 1 : 0;
        if (e is SubscriptionEvent.EndRequested { Reason: EndReason.NonPayment })
        {
            EndedForNonPayment++;
            AssertTold(((PastDue)before).Case);
            AssertNotHeld(((PastDue)before).Case);
        }

        if (before is PastDue was && after is PastDue now)
        {
            Must(now.Case.Stage >= was.Case.Stage, "stages only go forward");
            Must(now.Case.Number == was.Case.Number, "one case at a time");
            Must(was.Case.ToldEndsOn is null || now.Case.ToldEndsOn >= was.Case.ToldEndsOn, "a told date never comes nearer");
            Must(was.Case.ToldClosesOn is null || now.Case.ToldClosesOn >= was.Case.ToldClosesOn, "a told closing never comes nearer");
        }

        if (e is SubscriptionEvent.DunningStageEntered)
        {
            AssertNotHeld(((PastDue)before).Case);
            Must(
                e is not SubscriptionEvent.DunningStageEntered { Stage: DunningStage.DueToTerminate } third
                || !rules.Policy.ClosesInThirdStage || rules.Hours.DateOf(third.At) >= ((PastDue)before).Case.ToldClosesOn,
                "access closes on a day that was told, or later");
            Must(
                e is not SubscriptionEvent.DunningStageEntered { Stage: DunningStage.DueToTerminate } last || !rules.Policy.ClosesInThirdStage
                || ((PastDue)before).Case.CollectionFailedAt is not { } failed || rules.Hours.DateOf(last.At) >= rules.Hours.DateOf(failed).AddDays(DunningPolicy.FewestDaysBetweenNotices),
                "whoever was told that there is nothing to do has days to do something before access closes");
        }

        Paused += e is SubscriptionEvent.DunningResumed ? 1 : 0;
        Frozen += e is SubscriptionEvent.DunningFreezeCounted ? 1 : 0;
        if (e is SubscriptionEvent.DunningStageEntered { Stage: > DunningStage.PaymentFailed } entered)
        {
            AssertGap((PastDue)before, entered);
        }
    }

    private void AssertNotHeld(DunningCase dunning)
    {
        var today = rules.Hours.DateOf(life.Now);
        Must(life.FrozenSince is null, "nothing moves while everything is frozen");
        Must(dunning.Pauses.All(pause => today >= pause.Until), "nothing moves while the case is paused");
    }

    private void Watch(Invoice? before, InvoiceEvent e)
    {
        if (e is InvoiceEvent.PaymentAttemptStarted { Attempt: var attempt })
        {
            Must(
                !before!.Attempts.Any(a => a.PaymentMethodId == attempt.PaymentMethodId && a.Decline?.Class == DeclineClass.Never),
                "a method that was refused for good is not tried again");
            Must(!before.CollectingStopped, "no attempt begins once an end was requested");
        }
    }

    private void AssertTold(DunningCase dunning)
    {
        var today = rules.Hours.DateOf(life.Now);
        var table = rules.Policy.For(dunning.Track, dunning.AfterTrial);
        Must(
            dunning.Notices.Select(n => n.Stage).SequenceEqual([DunningStage.PaymentFailed, DunningStage.ActNow, DunningStage.DueToTerminate])
            && dunning.Notices.All(n => n.HandedOverAt is not null),
            "nobody is ended who was not told three times");
        Must(today >= rules.Hours.DateOf(dunning.Notices[2].HandedOverAt!.Value).AddDays(table.GapBeforeEnd), "the end keeps the policy's days after the third notice");
        Must(today >= dunning.ToldEndsOn, "the end keeps the date that was told");
        Must(today >= rules.Hours.DateOf(dunning.OpenedAt).AddDays(table.EndDay), "the end keeps the policy's day");
    }

    private void AssertGap(PastDue before, SubscriptionEvent.DunningStageEntered entered)
    {
        var last = before.Case.Notices[^1];
        var table = rules.Policy.For(before.Case.Track, before.Case.AfterTrial);
        Must(last.HandedOverAt is not null, "a notice waits for the one before it");
        Must(
            rules.Hours.DateOf(entered.At) >= rules.Hours.DateOf(last.HandedOverAt!.Value).AddDays(table.GapBefore(entered.Stage)),
            "notices keep the policy's days between them");
    }

    // Not NUnit's own: a life that breaks is lived again many times while it is made shorter.
    private static void Must(bool holds, string claim)
    {
        if (!holds)
        {
            throw new BrokenInvariantException(claim);
        }
    }
}

internal sealed class BrokenInvariantException(string claim) : Exception($"Not true: {claim}.");
