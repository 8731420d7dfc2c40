using Subscriptions.Domain.Dunning;
using static Subscriptions.Domain.Subscriptions.Subscription;
using static Subscriptions.Domain.Subscriptions.SubscriptionEvent;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>Folds events into states. Reads no clock; throws where an event cannot follow a state.</summary>
internal static class SubscriptionEvolution
{
    public static Subscription Evolve(Subscription state, SubscriptionEvent happened) => (state, happened) switch
    {
        (NotStarted, SubscriptionStarted e) => new Incomplete(e.Contract with { InvoicesRaised = e.Invoice is null ? 0 : 1 }, e.Invoice, null),
        (NotStarted or Incomplete { Invoice: null }, TrialStarted e) => new Trialing(e.Contract, e.Trial, null, false, null),

        (Incomplete s, SubscriptionActivated e) => new Active(s.Contract with { Anchor = e.Anchor }, e.Period, null, false, null),
        (Incomplete, FirstPaymentDeclined) => state,
        (Incomplete { Invoice: { } invoice } s, FirstPaymentUnderWay) => new Active(s.Contract, invoice.Period with { To = invoice.Period.From }, invoice, false, null),

        (Trialing s, RenewalInvoiceRaised e) => s with { Invoice = e.Invoice, Contract = Raised(s.Contract) },
        (Active s, RenewalInvoiceRaised e) => s with { Invoice = e.Invoice, Contract = Raised(s.Contract) },
        (Trialing s, SubscriptionRenewed e) => new Active(s.Contract with { Anchor = e.Anchor }, e.Period, null, false, null),
        (Active s, SubscriptionRenewed e) => s with { Contract = s.Contract with { Anchor = e.Anchor }, Period = e.Period, Invoice = null, Ending = null },

        (Trialing { Invoice: { } invoice } s, DunningCaseOpened e) => new PastDue(Opened(s.Contract), invoice, WithMethodOf(s, e.Case, e.Attempt == 0 || e.Case.UnusableMethodId is not null), s.Ending),
        (Active { Invoice: { } invoice } s, DunningCaseOpened e) => new PastDue(Opened(s.Contract), invoice, WithMethodOf(s, e.Case, e.Attempt == 0 || e.Case.UnusableMethodId is not null), s.Ending)
        {
            Standing = invoice.Replaces is null ? null : s.Period,
        },
        (PastDue s, DunningRetryDeclined e) => s with { Case = WithMethodOf(s, Declined(s.Case, e), e.Attempt == 0 || e.MethodUnusable) },
        (PastDue s, DunningRetryHeldBack e) => s with { Case = s.Case with { HeldBackUntil = e.Until } },
        (Incomplete or Trialing or Active, DunningRetryHeldBack) => state,
        (PastDue s, DunningStageEntered e) => s with { Case = Entered(s.Case, e) },
        (PastDue s, DunningNoticeHandedOver e) => s with { Case = Told(HandedOver(s.Case, e.Stage, e.At, false), e.EndsOn, e.ClosesOn) },
        (PastDue s, DunningNoticeUndeliverable e) => s with { Case = HandedOver(s.Case, e.Stage, e.At, true) },
        (PastDue s, DunningNoticeBounced e) => s with { Case = s.Case with { Notices = [.. s.Case.Notices.Select(n => n.Stage == e.Stage ? n with { PageOnly = true } : n)] } },
        (PastDue s, DunningPaused e) => s with { Case = s.Case with { Pauses = [.. s.Case.Pauses.Where(p => p.Reason != e.Pause.Reason), e.Pause] } },
        (PastDue s, DunningResumed e) => s with { Case = s.Case with { Pauses = [.. s.Case.Pauses.Where(p => p.Reason != e.Reason)], Holds = [.. s.Case.Holds, e.Held] } },
        (PastDue s, DunningFreezeCounted e) => s with { Case = s.Case with { Holds = [.. s.Case.Holds, e.Held] } },
        (PastDue s, DunningEndMoved e) => s with { Case = Told(s.Case, e.EndsOn, null) },
        (PastDue s, DunningClosingMoved e) => s with { Case = s.Case with { ToldClosesOn = Floor(s.Case.ToldClosesOn, e.ClosesOn) } },
        (PastDue s, SubscriptionRecovered e) => new Active(s.Contract with { Anchor = e.Anchor }, e.Period, null, false, null),

        // The limit was the former card's.
        (PastDue s, PaymentMethodChanged e) => s with { Contract = WithMethod(s.Contract, e), Case = s.Case with { HeldBackUntil = null, UnusableMethodId = null } },
        (PastDue s, PaymentMethodRenewed) when PaymentOutcomes.OnlyInPerson(s) => s,
        (PastDue s, PaymentMethodRenewed { SameNumber: false }) => s with { Case = s.Case with { HeldBackUntil = null, UnusableMethodId = null } },
        (PastDue s, PaymentMethodRenewed) => s with { Case = s.Case with { UnusableMethodId = null } },
        (Started and not Ended, PaymentMethodRenewed) => state,
        (Active or Trialing, CardExpiryWarned) => state,
        (Started and not Ended, PaymentMethodGone) => state,
        (Started and not Ended, PaymentMethodChanged e) => WithContract((Started)state, c => WithMethod(c, e)),

        (Active s, CancellationScheduled) => s with { CancelAtPeriodEnd = true },
        (Trialing s, CancellationScheduled) => s with { CancelAtPeriodEnd = true },
        (Active s, CancellationWithdrawn) => s with { CancelAtPeriodEnd = false },
        (Trialing s, CancellationWithdrawn) => s with { CancelAtPeriodEnd = false },

        (Incomplete s, EndRequested e) => s with { Ending = e.Reason },
        (Trialing s, EndRequested e) => s with { Ending = e.Reason },
        (Active s, EndRequested e) => s with { Ending = e.Reason },
        (PastDue s, EndRequested e) => s with { Ending = e.Reason },
        (Started s and not Ended, SubscriptionEnded e) => new Ended(s.Contract, e.Reason, e.At),
        (Ended, LatePaymentReceived) => state,

        (Active s, SubscriptionPaused e) => new Paused(s.Contract, e.DaysLeft, e.At),
        (Paused s, SubscriptionResumed e) => new Active(s.Contract with { Anchor = e.Anchor }, e.Period, null, false, null),

        _ => ContestEvolution.Evolve(state, happened) ?? throw new InvalidOperationException($"{happened.GetType().Name} cannot follow {state.GetType().Name}."),
    };

    private static Contract Raised(Contract contract) => contract with { InvoicesRaised = contract.InvoicesRaised + 1 };

    // What was laid down anew is charged, even where it is the same card.
    private static Contract WithMethod(Contract contract, PaymentMethodChanged e) =>
        contract with { PaymentMethodId = e.PaymentMethodId, Contested = contract.Contested with { SetAside = [] } };

    private static Contract Opened(Contract contract) => contract with { CasesOpened = contract.CasesOpened + 1 };

    // Attempt 0 stands for a decline without a try: this method may not be tried, and only another one is news.
    private static DunningCase WithMethodOf(Started state, DunningCase dunning, bool unusable) =>
        dunning with { UnusableMethodId = unusable ? state.Contract.PaymentMethodId ?? "" : null };

    private static DunningCase Declined(DunningCase dunning, DunningRetryDeclined e) => dunning with
    {
        Track = e.Track,
        TrackSince = e.Track == dunning.Track ? dunning.TrackSince : e.At,
        LastDeclinedAt = e.At,
        Declines = dunning.Declines + 1,
        Timetable = e.Timetable,
        HeldBackUntil = e.AgainAt,
        DelaySinceDecline = 0,
        CollectionFailedAt = e.TookDays ? e.At : null,
    };

    private static DunningCase Entered(DunningCase dunning, DunningStageEntered e) => e.Stage == dunning.Stage + 1
        ? Told(dunning with { Notices = [.. dunning.Notices, new(e.Stage, e.At, null, false)] }, e.EndsOn, e.ClosesOn)
        : throw new InvalidOperationException($"{e.Stage} cannot follow {dunning.Stage}.");

    private static DunningCase HandedOver(DunningCase dunning, DunningStage stage, DateTimeOffset at, bool pageOnly) => dunning with
    {
        Notices = [.. dunning.Notices.Select(n => n.Stage == stage ? n with { HandedOverAt = at, PageOnly = pageOnly } : n)],
    };

    // A told date is a floor: it may move later, never nearer.
    private static DunningCase Told(DunningCase dunning, DateOnly endsOn, DateOnly? closesOn) =>
        dunning with { ToldEndsOn = Floor(dunning.ToldEndsOn, endsOn), ToldClosesOn = closesOn is { } closes ? Floor(dunning.ToldClosesOn, closes) : dunning.ToldClosesOn };

    private static DateOnly Floor(DateOnly? told, DateOnly tells) => told > tells ? told.Value : tells;

    private static Started WithContract(Started state, Func<Contract, Contract> change) => state switch
    {
        Incomplete s => s with { Contract = change(s.Contract) },
        Trialing s => s with { Contract = change(s.Contract) },
        Active s => s with { Contract = change(s.Contract) },
        Paused s => s with { Contract = change(s.Contract) },
        _ => throw new InvalidOperationException($"The contract of {state.GetType().Name} does not change."),
    };
}
