using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What the gateway's word on an invoice does to its subscription. Never refused, whatever the state.</summary>
internal static class PaymentOutcomes
{
    public static Outcome<SubscriptionEvent> Paid(Started state, InvoiceId invoice, SubscriptionRules rules, DateTimeOffset now)
    {
        var open = OpenInvoiceOf(state);
        if (open is null || open.Id != invoice)
        {
            // Either the outcome was recorded before, or the money came for something that is over: the invoice knows.
            return state is Ended ? Outcome<SubscriptionEvent>.Accept(new LatePaymentReceived(invoice, now)) : Outcome<SubscriptionEvent>.Accept();
        }

        return state switch
        {
            Incomplete s => Activated(s, open, rules, now),
            PastDue s => Recovered(s, rules, now),
            Trialing { Ending: var ending } => Renewed(state, open, ending, rules, now),
            Active { Ending: var ending } => Renewed(state, open, ending, rules, now),
            _ => throw new InvalidOperationException($"{state.GetType().Name} has no open invoice."),
        };
    }

    public static Outcome<SubscriptionEvent> Declined(Started state, RecordInvoiceDeclined declined, SubscriptionRules rules, DateTimeOffset now)
    {
        var track = declined.DeclineClass is DeclineClass.TimeMayHeal or DeclineClass.Represent ? DunningTrack.TimeMayHeal : DunningTrack.ReaderMustAct;
        return (state, OpenInvoiceOf(state)) switch
        {
            (_, null) => Outcome<SubscriptionEvent>.Accept(),
            (_, { } open) when open.Id != declined.InvoiceId => Outcome<SubscriptionEvent>.Accept(),
            _ when declined.DeclineClass == DeclineClass.PayerDeceased => PayerDeceased(state, now),
            (Incomplete, _) => Outcome<SubscriptionEvent>.Accept(new FirstPaymentDeclined(declined.InvoiceId, declined.Attempt, now)),
            (PastDue pastDue, _) => DeclinedAgain(pastDue, declined, track, rules, now),
            (_, { } open) => Opened(state, open, declined, track, rules, now),
        };
    }

    private static Outcome<SubscriptionEvent> Opened(
        Started state, OpenInvoice open, RecordInvoiceDeclined declined, DunningTrack track, SubscriptionRules rules, DateTimeOffset now)
    {
        var dunning = new DunningCase(
            state.Contract.CasesOpened + 1, rules.Policy.Id, open.Purpose != InvoicePurpose.Renewal, now, track, now, now, 1, [], null, declined.AgainAt);
        if (BeyondItsEnd(dunning with { HeldBackUntil = null }, declined.AgainAt, rules, now))
        {
            dunning = dunning with { Track = DunningTrack.ReaderMustAct, HeldBackUntil = null };
            declined = declined with { DeclineClass = DeclineClass.ReaderMustAct };
        }

        return Outcome<SubscriptionEvent>.Accept(new DunningCaseOpened(dunning, declined.InvoiceId, declined.Attempt, declined.DeclineClass, now));
    }

    // A debit that could be presented again only after the end is not: a try that is told must be one that is made.
    private static bool BeyondItsEnd(DunningCase dunning, DateTimeOffset? againAt, SubscriptionRules rules, DateTimeOffset now) =>
        againAt is { } again && rules.Hours.NextAt(again, rules.Hours.Collect) > new DunningSchedule(dunning, rules.Policy, rules.Hours).ProjectedEndAt(now);

    // She reads from the day on which her first payment is on its way; once one of hers never arrived, only money opens.
    public static Outcome<SubscriptionEvent> UnderWay(Started state, InvoiceId invoice, DateTimeOffset now) =>
        state is Incomplete { Ending: null, Contract.PayFirst: false, Invoice: { } open } && open.Id == invoice
            ? Outcome<SubscriptionEvent>.Accept(new FirstPaymentUnderWay(invoice, now))
            : Outcome<SubscriptionEvent>.Accept();

    // No notice to the dead: the end is carried out without a word, and staff see to what is left.
    private static Outcome<SubscriptionEvent> PayerDeceased(Started state, DateTimeOffset now) =>
        state is Incomplete { Ending: not null } or Trialing { Ending: not null } or Active { Ending: not null } or PastDue { Ending: not null }
            ? Outcome<SubscriptionEvent>.Accept()
            : Outcome<SubscriptionEvent>.Accept(new EndRequested(EndReason.PayerDeceased, now));

    // Only a case has retries. Elsewhere the try is simply made later.
    public static Outcome<SubscriptionEvent> HeldBack(Started state, RecordRetryHeldBack held, SubscriptionRules rules, DateTimeOffset now) =>
        state is PastDue pastDue && pastDue.Invoice.Id == held.InvoiceId && pastDue.Case.HeldBackUntil != held.Until
            ? WithEnd(pastDue, new DunningRetryHeldBack(held.InvoiceId, held.Until, now), rules, now)
            : Outcome<SubscriptionEvent>.Accept();

    private static Outcome<SubscriptionEvent> DeclinedAgain(
        PastDue state, RecordInvoiceDeclined declined, DunningTrack track, SubscriptionRules rules, DateTimeOffset now)
    {
        if (BeyondItsEnd(state.Case with { HeldBackUntil = null }, declined.AgainAt, rules, now))
        {
            (declined, track) = (declined with { AgainAt = null, DeclineClass = DeclineClass.ReaderMustAct }, DunningTrack.ReaderMustAct);
        }

        return WithEnd(state, new DunningRetryDeclined(declined.InvoiceId, declined.Attempt, declined.DeclineClass, track, now, declined.AgainAt), rules, now);
    }

    // Another track may bring a later end, and an earlier one must not undo what the page has shown while a notice waited for
    // the mail server or a try was overdue: from the moment that the page shows a date, it is a floor like any other.
    private static Outcome<SubscriptionEvent> WithEnd(PastDue state, SubscriptionEvent again, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state.Case.ToldEndsOn is not { } told)
        {
            return Outcome<SubscriptionEvent>.Accept(again);
        }

        var after = (PastDue)SubscriptionEvolution.Evolve(state, again);
        var endsOn = Later(ProjectedEnd(state.Case, rules, now), ProjectedEnd(after.Case, rules, now));
        return endsOn > told
            ? Outcome<SubscriptionEvent>.Accept(again, new DunningEndMoved(state.Case.Number, told, endsOn, now))
            : Outcome<SubscriptionEvent>.Accept(again);
    }

    private static DateOnly ProjectedEnd(DunningCase dunning, SubscriptionRules rules, DateTimeOffset now) =>
        rules.Hours.DateOf(new DunningSchedule(dunning, rules.Policy, rules.Hours).ProjectedEndAt(now));

    private static DateOnly Later(DateOnly left, DateOnly right) => left > right ? left : right;

    public static OpenInvoice? OpenInvoiceOf(Subscription state) => state switch
    {
        Incomplete s => s.Invoice,
        Trialing s => s.Invoice,
        Active s => s.Invoice,
        PastDue s => s.Invoice,
        _ => null,
    };

    private static Outcome<SubscriptionEvent> Activated(Incomplete state, OpenInvoice open, SubscriptionRules rules, DateTimeOffset now)
    {
        // A payment that took until tomorrow still buys a whole period: it starts on the day of the payment.
        var (period, anchor) = PaidPeriod(open.Period, state.Contract.Anchor, startToday: true, rules, now);
        return WithCancellation(state.Ending, period, now, new SubscriptionActivated(open.Id, period, anchor, now));
    }

    private static Outcome<SubscriptionEvent> Recovered(PastDue state, SubscriptionRules rules, DateTimeOffset now)
    {
        var over = rules.Hours.DateOf(now) >= state.Invoice.Period.To;
        var (period, anchor) = PaidPeriod(state.Invoice.Period, state.Contract.Anchor, startToday: over, rules, now);
        return WithCancellation(state.Ending, period, now, new SubscriptionRecovered(state.Invoice.Id, period, anchor, now));
    }

    // An outcome that took longer than the whole period buys the days from now on: nobody pays for a month that is over, and
    // no second renewal is due in the same minute.
    private static Outcome<SubscriptionEvent> Renewed(Started state, OpenInvoice open, EndReason? ending, SubscriptionRules rules, DateTimeOffset now)
    {
        var over = rules.Hours.DateOf(now) >= open.Period.To;
        var (period, anchor) = PaidPeriod(open.Period, state.Contract.Anchor, startToday: over, rules, now);
        return WithCancellation(ending, period, now, new SubscriptionRenewed(open.Id, period, anchor, now));
    }

    // The reader asked to cancel while the payment was under way, and the payment won: what was paid is delivered, then it ends.
    private static Outcome<SubscriptionEvent> WithCancellation(EndReason? ending, BillingPeriod period, DateTimeOffset now, SubscriptionEvent happened) =>
        ending == EndReason.Canceled
            ? Outcome<SubscriptionEvent>.Accept(happened, new CancellationScheduled(period.To, now))
            : Outcome<SubscriptionEvent>.Accept(happened);

    private static (BillingPeriod Period, BillingAnchor Anchor) PaidPeriod(
        BillingPeriod invoiced, BillingAnchor anchor, bool startToday, SubscriptionRules rules, DateTimeOffset now)
    {
        var today = rules.Hours.DateOf(now);
        if (!startToday || today == invoiced.From)
        {
            return (invoiced, anchor);
        }

        var moved = BillingAnchor.Of(today);
        return (BillingPeriod.Starting(today, moved, rules.Plan), moved);
    }
}
