using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>Folds events about disputed and reversed payments into states; null for an event that is about something else.</summary>
internal static class ContestEvolution
{
    public static Subscription? Evolve(Subscription state, SubscriptionEvent happened) => (state, happened) switch
    {
        (Started and not Ended, ChargesHeld e) => With((Started)state, c => c with { Open = [.. c.Open, e.Dispute], HeldSince = c.HeldSince ?? e.At }),
        (PastDue s, ChargesReleased e) => Released(s with { Case = s.Case with { DelayDays = s.Case.DelayDays + e.DelayDays, DelaySinceDecline = s.Case.DelaySinceDecline + e.DelayDays } }, e),
        (Started and not Ended, ChargesReleased e) => Released((Started)state, e),
        (Started and not Ended, PaymentMethodSetAside e) => With((Started)state, c => c with { SetAside = [.. c.SetAside, new(e.PaymentMethodId, e.InvoiceId)] }),
        (Started and not Ended, ReversalRecorded e) => With((Started)state, c => c with { Waiting = [.. c.Waiting, e.Owed] }),
        (Started and not Ended, ReversalDropped e) => Dropped((Started)state, e),
        (Active { Invoice: null } s, ReplacementInvoiceRaised e) => (Active)With(
            s with { Invoice = e.Invoice, Contract = s.Contract with { InvoicesRaised = s.Contract.InvoicesRaised + 1 } },
            c => c with { Waiting = [.. c.Waiting.Where(owed => owed.Replaces != e.Invoice.Replaces)] }),
        (PastDue { Standing: not null } s, ReplacementWithdrawn e) when s.Invoice.Id == e.InvoiceId =>
            new Active(s.Contract with { Anchor = e.Anchor }, e.Period, null, false, null),
        _ => null,
    };

    private static Started Released(Started state, ChargesReleased released) => With(state, contested =>
    {
        var left = contested.Open.Where(dispute => dispute.DisputeId != released.DisputeId).ToArray();
        return contested with { Open = left, HeldSince = left.Length == 0 ? null : contested.HeldSince };
    });

    private static Started Dropped(Started state, ReversalDropped dropped)
    {
        var after = With(state, c => c with
        {
            Waiting = [.. c.Waiting.Where(owed => owed.Replaces != dropped.Replaces)],
            SetAside = [.. c.SetAside.Where(aside => aside.InvoiceId != dropped.Replaces)],
        });

        // What was not tried with the method while it was set aside may be tried: she won, and must not be ended for it.
        return state.Contract.MethodSetAside && after is PastDue { Standing: null, Contract: { MethodSetAside: false, PaymentMethodId: var method } } owing && owing.Case.UnusableMethodId == method
            ? owing with { Case = owing.Case with { UnusableMethodId = null } }
            : after;
    }

    private static Started With(Started state, Func<ContestedPayments, ContestedPayments> change)
    {
        var contract = state.Contract with { Contested = change(state.Contract.Contested) };
        return state switch
        {
            Incomplete s => s with { Contract = contract },
            Trialing s => s with { Contract = contract },
            Active s => s with { Contract = contract },
            PastDue s => s with { Contract = contract },
            Paused s => s with { Contract = contract },
            _ => throw new InvalidOperationException($"{state.GetType().Name} has no disputes."),
        };
    }
}
