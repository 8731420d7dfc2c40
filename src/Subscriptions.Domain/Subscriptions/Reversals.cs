using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionCommand;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>What disputed and reversed payments do to a subscription. Never refused: the bank has done it already.</summary>
internal static class Reversals
{
    public static Outcome<SubscriptionEvent> Opened(Started state, RecordDisputeOpened opened, SubscriptionRules rules, DateTimeOffset now) =>
        state is Ended || state.Contract.Contested.Open.Any(dispute => dispute.DisputeId == opened.DisputeId)
            ? Outcome<SubscriptionEvent>.Accept()
            : Outcome<SubscriptionEvent>.Accept(new ChargesHeld(new(opened.DisputeId, opened.InvoiceId, rules.Disputes.WhileOpen == DisputedAccess.Suspend), now));

    public static Outcome<SubscriptionEvent> Closed(Started state, RecordDisputeClosed closed, SubscriptionRules rules, DateTimeOffset now)
    {
        var contested = state.Contract.Contested;
        if (state is Ended || contested.Open.All(dispute => dispute.DisputeId != closed.DisputeId))
        {
            return Outcome<SubscriptionEvent>.Accept();
        }

        if (contested.Open.Count > 1 || state is not PastDue pastDue)
        {
            return Outcome<SubscriptionEvent>.Accept(new ChargesReleased(closed.DisputeId, 0, now));
        }

        // The case stood still: its days begin again where they stopped, so everything that was told moves by as many.
        var since = contested.HeldSince > pastDue.Case.OpenedAt ? contested.HeldSince.Value : pastDue.Case.OpenedAt;
        var days = Math.Max(0, rules.Hours.DateOf(now).DayNumber - rules.Hours.DateOf(since).DayNumber);
        return PaymentOutcomes.WithEnd(pastDue, new ChargesReleased(closed.DisputeId, days, now), rules, now);
    }

    public static Outcome<SubscriptionEvent> Reversed(Started state, RecordPaymentReversed reversed, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state is Ended || reversed.PaymentMethodId is not { } method || method != state.Contract.PaymentMethodId || IsSetAside(state, reversed.InvoiceId))
        {
            return AskedAgain(state, reversed, rules, now);
        }

        // Whether or not it is asked for again: what its owner has taken back is not charged behind her back once more.
        var aside = new PaymentMethodSetAside(method, reversed.InvoiceId, now);
        return AskedAgain((Started)SubscriptionEvolution.Evolve(state, aside), reversed, rules, now) is Outcome<SubscriptionEvent>.Accepted asked
            ? Outcome<SubscriptionEvent>.Accept([aside, .. asked.Events])
            : throw new InvalidOperationException("A reversal is never refused.");
    }

    private static bool IsSetAside(Started state, InvoiceId over) => state.Contract.Contested.SetAside.Any(aside => aside.InvoiceId == over);

    private static Outcome<SubscriptionEvent> AskedAgain(Started state, RecordPaymentReversed reversed, SubscriptionRules rules, DateTimeOffset now)
    {
        var known = state.Contract.Contested.Waiting.Any(owed => owed.Replaces == reversed.InvoiceId) || PaymentOutcomes.OpenInvoiceOf(state)?.Replaces == reversed.InvoiceId;
        if (state is Ended || known || reversed.Owed.Amount <= 0)
        {
            return Outcome<SubscriptionEvent>.Accept();
        }

        var waits = new ReversalRecorded(new(reversed.InvoiceId, reversed.Period, reversed.Owed), now);
        return (rules.Disputes.WhenLost, state) switch
        {
            (LostPayment.Keep, _) => Outcome<SubscriptionEvent>.Accept(),
            (LostPayment.End, Paused) => Outcome<SubscriptionEvent>.Accept(new SubscriptionEnded(EndReason.PaymentReversed, null, now)),
            (LostPayment.End, Incomplete { Ending: not null } or Trialing { Ending: not null } or Active { Ending: not null } or PastDue { Ending: not null }) =>
                Outcome<SubscriptionEvent>.Accept(),
            (LostPayment.End, _) => Outcome<SubscriptionEvent>.Accept(new EndRequested(EndReason.PaymentReversed, now)),
            (LostPayment.RaiseReplacement, _) when MinimumCharges.IsTooSmall(reversed.Owed) => Outcome<SubscriptionEvent>.Accept(),
            (LostPayment.RaiseReplacement, Active active) when MayRaise(active) =>
                Outcome<SubscriptionEvent>.Accept([waits, .. Replacement((Active)SubscriptionEvolution.Evolve(active, waits), rules, now)]),
            (LostPayment.RaiseReplacement, _) => Outcome<SubscriptionEvent>.Accept(waits),
        };
    }

    public static Outcome<SubscriptionEvent> Undone(Started state, RecordReversalUndone undone, DateTimeOffset now) =>
        state is not Ended && (state.Contract.Contested.Waiting.Any(owed => owed.Replaces == undone.InvoiceId) || IsSetAside(state, undone.InvoiceId))
            ? Outcome<SubscriptionEvent>.Accept(new ReversalDropped(undone.InvoiceId, now))
            : Outcome<SubscriptionEvent>.Accept();

    public static Outcome<SubscriptionEvent> Withdrawn(Started state, RecordReplacementWithdrawn withdrawn, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state is not PastDue { Standing: { } stood } pastDue || pastDue.Invoice.Id != withdrawn.InvoiceId)
        {
            return Outcome<SubscriptionEvent>.Accept();
        }

        var (period, anchor) = PaymentOutcomes.StandingPeriod(stood, pastDue.Contract.Anchor, rules, now);
        return PaymentOutcomes.WithCancellation(pastDue.Ending, period, now, new ReplacementWithdrawn(withdrawn.InvoiceId, period, anchor, now));
    }

    /// <summary>True when nothing else is owed or on its way out, so that what was taken back can be asked for.</summary>
    public static bool MayRaise(Active state) => state is { Invoice: null, Ending: null, CancelAtPeriodEnd: false };

    /// <summary>The replacement of the oldest reversal that waits, and the case that it opens: only the reader can put it right.</summary>
    public static IReadOnlyList<SubscriptionEvent> Replacement(Active state, SubscriptionRules rules, DateTimeOffset now)
    {
        var owed = state.Contract.Contested.Waiting[0];
        var invoice = Lifecycle.NextInvoice(state.Contract, InvoicePurpose.Reversal, owed.Period, now) with { Replaces = owed.Replaces };
        return
        [
            new ReplacementInvoiceRaised(invoice, owed.Amount, now),
            new DunningCaseOpened(
                new DunningCase(state.Contract.CasesOpened + 1, rules.Policy.Id, false, now, DunningTrack.ReaderMustAct, now, now, 1, [], null),
                invoice.Id, 0, DeclineClass.ReaderMustAct, now),
        ];
    }
}
