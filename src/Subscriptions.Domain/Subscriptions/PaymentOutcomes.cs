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
    public static Outcome<SubscriptionEvent> Paid(Started state, RecordInvoicePaid paid, SubscriptionRules rules, DateTimeOffset now)
    {
        var open = OpenInvoiceOf(state);
        if (open is null || open.Id != paid.InvoiceId)
        {
            // Either the outcome was recorded before, or the money came for something that is over: the invoice knows.
            return state is Ended && !paid.WithoutPayment ? Outcome<SubscriptionEvent>.Accept(new LatePaymentReceived(paid.InvoiceId, now)) : Outcome<SubscriptionEvent>.Accept();
        }

        return state switch
        {
            Incomplete s => Activated(s, open, paid.WithoutPayment, rules, now),
            PastDue s => Recovered(s, paid.WithoutPayment, rules, now),
            Trialing { Ending: var ending } => Renewed(open, state.Contract, ending, paid.WithoutPayment, rules, now),
            Active { Ending: var ending } => Renewed(open, state.Contract, ending, paid.WithoutPayment, rules, now),
            _ => throw new InvalidOperationException($"{state.GetType().Name} has no open invoice."),
        };
    }

    public static Outcome<SubscriptionEvent> Declined(Started state, RecordInvoiceDeclined heard, SubscriptionRules rules, DateTimeOffset now)
    {
        // That its owner tried it herself is no leave to try it without her, whatever the bank said to that.
        var declined = OnlyInPerson(state) ? heard with { DeclineClass = WithoutRetries(heard.DeclineClass), MethodUnusable = true, AgainAt = null } : heard;
        return (state, OpenInvoiceOf(state)) switch
        {
            (_, null) => Outcome<SubscriptionEvent>.Accept(),
            (_, { } open) when open.Id != declined.InvoiceId => Outcome<SubscriptionEvent>.Accept(),
            _ when declined.DeclineClass == DeclineClass.PayerDeceased => PayerDeceased(state, now),
            (Incomplete, _) => Outcome<SubscriptionEvent>.Accept(new FirstPaymentDeclined(declined.InvoiceId, declined.Attempt, now)),
            (PastDue pastDue, _) => DeclinedAgain(pastDue, declined, rules, now),
            (_, { } open) => Opened(state, open, declined, rules, now),
        };
    }

    private static Outcome<SubscriptionEvent> Opened(
        Started state, OpenInvoice open, RecordInvoiceDeclined declined, SubscriptionRules rules, DateTimeOffset now)
    {
        var afterTrial = open.Purpose is InvoicePurpose.AfterTrial or InvoicePurpose.First;
        DunningCase Case(RecordInvoiceDeclined d) => new(
            state.Contract.CasesOpened + 1, rules.Policy.Id, afterTrial, now, TrackOf(d), now, now, 1, [], null, d.AgainAt,
            d.MethodUnusable ? state.Contract.PaymentMethodId : null, OverrideFor(d, afterTrial, rules));
        var judged = WithinItsEnd(declined, Case(declined) with { HeldBackUntil = null }, rules, now);
        return Outcome<SubscriptionEvent>.Accept(new DunningCaseOpened(Case(judged), judged.InvoiceId, judged.Attempt, judged.DeclineClass, now));
    }

    /// <summary>True while the method in use is charged only when the reader is present, because a payment was taken back.</summary>
    public static bool OnlyInPerson(Started state) =>
        state.Contract.MethodSetAside || state is PastDue { Standing: not null, Case.UnusableMethodId: { } held } && held == state.Contract.PaymentMethodId;

    private static DeclineClass WithoutRetries(DeclineClass heard) => heard is DeclineClass.Never or DeclineClass.PayerDeceased ? heard : DeclineClass.ReaderMustAct;

    private static DunningTrack TrackOf(RecordInvoiceDeclined declined) =>
        declined.DeclineClass is DeclineClass.TimeMayHeal or DeclineClass.Represent ? DunningTrack.TimeMayHeal : DunningTrack.ReaderMustAct;

    // A debit that could be presented again only after the end is not: a try that is told must be one that is made.
    private static RecordInvoiceDeclined WithinItsEnd(RecordInvoiceDeclined declined, DunningCase dunning, SubscriptionRules rules, DateTimeOffset now) =>
        declined.AgainAt is { } again && rules.Hours.NextAt(again, rules.Hours.Collect) > rules.ScheduleOf(dunning).ProjectedEndAt(now)
            ? declined with { AgainAt = null, DeclineClass = DeclineClass.ReaderMustAct, MethodUnusable = true }
            : declined;

    // She reads from the day on which her first payment is on its way; once one of hers never arrived, only money opens.
    public static Outcome<SubscriptionEvent> UnderWay(Started state, InvoiceId invoice, DateTimeOffset now) =>
        state is Incomplete { Ending: null, Contract.PayFirst: false, Invoice: { } open } && open.Id == invoice
            ? Outcome<SubscriptionEvent>.Accept(new FirstPaymentUnderWay(invoice, now))
            : Outcome<SubscriptionEvent>.Accept();

    // No notice to the dead: the end is carried out without a word, whoever else had asked for one, and staff see to what is left.
    private static Outcome<SubscriptionEvent> PayerDeceased(Started state, DateTimeOffset now) =>
        state is Incomplete { Ending: EndReason.PayerDeceased } or Trialing { Ending: EndReason.PayerDeceased } or Active { Ending: EndReason.PayerDeceased }
            or PastDue { Ending: EndReason.PayerDeceased }
            ? Outcome<SubscriptionEvent>.Accept()
            : Outcome<SubscriptionEvent>.Accept(new EndRequested(EndReason.PayerDeceased, now));

    // Only a case has retries that move. Elsewhere it is recorded for support, and the try is simply made later.
    public static Outcome<SubscriptionEvent> HeldBack(Started state, RecordRetryHeldBack held, SubscriptionRules rules, DateTimeOffset now) => state switch
    {
        _ when OpenInvoiceOf(state)?.Id != held.InvoiceId => Outcome<SubscriptionEvent>.Accept(),

        // No try of it is planned that could be made later.
        PastDue when OnlyInPerson(state) => Outcome<SubscriptionEvent>.Accept(),
        PastDue { Case: { Track: DunningTrack.ReaderMustAct, UnusableMethodId: { } unusable } } s when unusable == s.Contract.PaymentMethodId => Outcome<SubscriptionEvent>.Accept(),
        PastDue pastDue => pastDue.Case.HeldBackUntil == held.Until
            ? Outcome<SubscriptionEvent>.Accept()
            : WithEnd(pastDue, new DunningRetryHeldBack(held.InvoiceId, held.Until, now), rules, now),
        _ => Outcome<SubscriptionEvent>.Accept(new DunningRetryHeldBack(held.InvoiceId, held.Until, now)),
    };

    private static Outcome<SubscriptionEvent> DeclinedAgain(
        PastDue state, RecordInvoiceDeclined declined, SubscriptionRules rules, DateTimeOffset now)
    {
        var judged = WithinItsEnd(declined, state.Case with { HeldBackUntil = null }, rules, now);
        return WithEnd(state, new DunningRetryDeclined(
            judged.InvoiceId, judged.Attempt, judged.DeclineClass, TrackOf(judged), now, OverrideFor(judged, state.Case.AfterTrial, rules), judged.MethodUnusable, judged.AgainAt)
        {
            TookDays = judged.TookDays,
        }, rules, now);
    }

    private static string? OverrideFor(RecordInvoiceDeclined declined, bool afterTrial, SubscriptionRules rules) =>
        rules.Policy.OverrideFor(declined.DeclineClass, declined.MethodKind, rules.Plan.Interval, afterTrial);

    // Another track may bring a later end, and an earlier one must not undo what the page has shown while a notice waited for
    // the mail server or a try was overdue: from the moment that the page shows a date, it is a floor like any other.
    public static Outcome<SubscriptionEvent> WithEnd(PastDue state, SubscriptionEvent again, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state.Case.ToldEndsOn is not { } told)
        {
            return Outcome<SubscriptionEvent>.Accept(again);
        }

        var after = (PastDue)SubscriptionEvolution.Evolve(state, again);
        List<SubscriptionEvent> events = [again];
        if (Later(ProjectedEnd(state.Case, rules, now), ProjectedEnd(after.Case, rules, now)) is var endsOn && endsOn > told)
        {
            events.Add(new DunningEndMoved(state.Case.Number, told, endsOn, now));
        }

        if (state.Case.ToldClosesOn is { } toldClosing && ProjectedClosing(state.Case, rules, now) is { } before && ProjectedClosing(after.Case, rules, now) is { } since
            && Later(before, since) is var closesOn && closesOn > toldClosing)
        {
            events.Add(new DunningClosingMoved(state.Case.Number, toldClosing, closesOn, now));
        }

        return Outcome<SubscriptionEvent>.Accept(events);
    }

    private static DateOnly? ProjectedClosing(DunningCase dunning, SubscriptionRules rules, DateTimeOffset now) =>
        rules.ScheduleOf(dunning).ProjectedClosingAt(now) is { } at ? rules.Hours.DateOf(at) : null;

    private static DateOnly ProjectedEnd(DunningCase dunning, SubscriptionRules rules, DateTimeOffset now) =>
        rules.Hours.DateOf(rules.ScheduleOf(dunning).ProjectedEndAt(now));

    private static DateOnly Later(DateOnly left, DateOnly right) => left > right ? left : right;

    public static OpenInvoice? OpenInvoiceOf(Subscription state) => state switch
    {
        Incomplete s => s.Invoice,
        Trialing s => s.Invoice,
        Active s => s.Invoice,
        PastDue s => s.Invoice,
        _ => null,
    };

    private static Outcome<SubscriptionEvent> Activated(Incomplete state, OpenInvoice open, bool withoutPayment, SubscriptionRules rules, DateTimeOffset now)
    {
        // A payment that took until tomorrow still buys a whole period: it starts on the day of the payment.
        var (period, anchor) = PaidPeriod(open.Period, state.Contract.Anchor, startToday: true, rules, now);
        return WithCancellation(state.Ending, period, now, new SubscriptionActivated(open.Id, period, anchor, now) { WithoutPayment = withoutPayment });
    }

    private static Outcome<SubscriptionEvent> Recovered(PastDue state, bool withoutPayment, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state.Standing is { } stood)
        {
            // What was paid again are days that had been granted before: the period goes on, and is not granted twice.
            var (asItStood, kept) = StandingPeriod(stood, state.Contract.Anchor, rules, now);
            return WithCancellation(state.Ending, asItStood, now, new SubscriptionRecovered(state.Invoice.Id, asItStood, kept, now));
        }

        var over = rules.Hours.DateOf(now) >= state.Invoice.Period.To;
        var (period, anchor) = PaidPeriod(state.Invoice.Period, state.Contract.Anchor, startToday: over, rules, now);
        return WithCancellation(state.Ending, period, now, new SubscriptionRecovered(state.Invoice.Id, period, anchor, now) { WithoutPayment = withoutPayment });
    }

    // An outcome that took longer than the whole period buys the days from now on: nobody pays for a month that is over, and
    // no second renewal is due in the same minute.
    private static Outcome<SubscriptionEvent> Renewed(
        OpenInvoice open, Contract contract, EndReason? ending, bool withoutPayment, SubscriptionRules rules, DateTimeOffset now)
    {
        var over = rules.Hours.DateOf(now) >= open.Period.To;
        var (period, anchor) = PaidPeriod(open.Period, contract.Anchor, startToday: over, rules, now);
        return WithCancellation(ending, period, now, new SubscriptionRenewed(open.Id, period, anchor, now) { WithoutPayment = withoutPayment });
    }

    // The reader asked to cancel while the payment was under way, and the payment won: what was paid is delivered, then it ends.
    public static Outcome<SubscriptionEvent> WithCancellation(EndReason? ending, BillingPeriod period, DateTimeOffset now, SubscriptionEvent happened) =>
        ending == EndReason.Canceled
            ? Outcome<SubscriptionEvent>.Accept(happened, new CancellationScheduled(period.To, now))
            : Outcome<SubscriptionEvent>.Accept(happened);

    // A period that ran out meanwhile is over today: the next one is invoiced from now on, and the days between were grace.
    public static (BillingPeriod Period, BillingAnchor Anchor) StandingPeriod(BillingPeriod stood, BillingAnchor anchor, SubscriptionRules rules, DateTimeOffset now)
    {
        var today = rules.Hours.DateOf(now);
        return today <= stood.To ? (stood, anchor) : (stood with { To = today }, BillingAnchor.Of(today));
    }

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
