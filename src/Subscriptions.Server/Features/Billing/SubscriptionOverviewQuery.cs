using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>How a subscription stands, for pages and the API. Dates are only those that the engine will keep.</summary>
/// <param name="Id">The subscription.</param>
/// <param name="ReaderId">Who holds it.</param>
/// <param name="State">Name of the state.</param>
/// <param name="Plan">What was bought.</param>
/// <param name="PaidThrough">The day after the last paid day; null before the first payment.</param>
/// <param name="RenewsOn">When the next period is charged; null when none will be by itself.</param>
/// <param name="CancelAtPeriodEnd">It ends with its period.</param>
/// <param name="Stage">The notice shown now; null without a payment problem.</param>
/// <param name="Track">The timetable of the payment problem.</param>
/// <param name="Owed">What is owed now.</param>
/// <param name="OpenInvoiceId">The invoice that is owed.</param>
/// <param name="PaymentUnderWay">An attempt has no final outcome yet.</param>
/// <param name="LastDecline">Why the last attempt failed.</param>
/// <param name="NextAttemptAt">When we try again; null when only a new method helps.</param>
/// <param name="EndsAt">When it ends without a payment; null while no end was told.</param>
/// <param name="EndReason">Why it is over.</param>
/// <param name="EndedAt">Since when.</param>
/// <param name="Method">What is charged.</param>
/// <param name="UpdatePaymentDetailsUrl">Opens only the payment page; null when nothing is owed.</param>
public sealed record SubscriptionOverview(
    SubscriptionId Id, ReaderId ReaderId, string State, PlanVersion Plan, DateOnly? PaidThrough, DateOnly? RenewsOn, bool CancelAtPeriodEnd,
    DunningStage? Stage, DunningTrack? Track, Money? Owed, InvoiceId? OpenInvoiceId, bool PaymentUnderWay, Decline? LastDecline,
    DateTimeOffset? NextAttemptAt, DateTimeOffset? EndsAt, EndReason? EndReason, DateTimeOffset? EndedAt,
    PaymentMethodRow? Method, Uri? UpdatePaymentDetailsUrl)
{
    /// <summary>When subscriber articles close before that end, by the publisher's policy; null where they do not, or have.</summary>
    public DateTimeOffset? ClosesAt { get; init; }

    /// <summary>True in the third stage where subscriber articles close with it.</summary>
    public bool Closed { get; init; }

    /// <summary>When she can no longer read without a payment; null while no end was told, and where she cannot any more.</summary>
    public DateTimeOffset? AccessEndsAt { get; init; }

    /// <summary>What is disputed of its payments: nothing is charged by itself meanwhile, and no date of the payment problem stands.</summary>
    public ContestedPayments Contested { get; init; } = ContestedPayments.None;

    /// <summary>True while its method is one of which a payment was taken back: it is charged only when the reader is present.</summary>
    public bool MethodSetAside => Method is { } method && Contested.SetAside.Any(aside => aside.PaymentMethodId == method.Id);

    /// <summary>True when what is owed is a payment that the reader's bank took back.</summary>
    public bool Reversed { get; init; }

    /// <summary>True when the payment that the bank had taken back has come back: nothing is owed, though the payment problem is not closed yet.</summary>
    public bool CameBack { get; init; }

    /// <summary>Why it is to end, while that waits for the gateway; nothing new is collected meanwhile. Null otherwise.</summary>
    public EndReason? Ending { get; init; }

    /// <summary>When the result of the collection under way is due, as it was told; null when none takes days.</summary>
    public DateOnly? ResultDueOn { get; init; }

    /// <summary>True once that day is over and the result has still not come.</summary>
    public bool ResultLate { get; init; }

    /// <summary>What the collection under way is made with; another one than <see cref="Method"/> when that was laid down meanwhile.</summary>
    public PaymentMethodRow? CollectingWith { get; init; }

    /// <summary>True while the very first payment is awaited.</summary>
    public bool FirstPayment { get; init; }

    /// <summary>The last day of the card that is charged next, from the first warning of it on; null while that is far, and where nothing will be charged by itself.</summary>
    public DateOnly? CardExpiresAfter { get; init; }

    /// <summary>What lets its payment problem stand still.</summary>
    public IReadOnlyList<DunningPause> Pauses { get; init; } = [];

    /// <summary>The first date on which a paused payment problem goes on; null when it is not paused.</summary>
    public DateOnly? PausedUntil => Pauses.Count == 0 ? null : Pauses.Max(pause => pause.Until);
}

/// <summary>Reads how a subscription stands.</summary>
public sealed class SubscriptionOverviewQuery(
    BillingUnits units, IDbContextFactory<SubscriptionsDb> databases, PaymentLinks links, BillingClock clock)
{
    /// <summary>The overview, or null when there is no such subscription.</summary>
    public async Task<SubscriptionOverview?> RunAsync(SubscriptionId id)
    {
        await using var unit = await units.ReadAsync(id);
        if (unit?.Subscription is not Subscription.Started state)
        {
            return null;
        }

        await using var db = await databases.CreateDbContextAsync();
        var method = state.Contract.PaymentMethodId is { } methodId ? await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == methodId) : null;
        var described = Describe(state, unit, method);
        if (unit.Invoice is not { Status: InvoiceStatus.Open, LiveAttempt: { State: AttemptState.Processing } live })
        {
            return described;
        }

        return live.ResultDueOn is not { } dueOn ? described : described with
        {
            ResultDueOn = dueOn,
            ResultLate = unit.Rules.Hours.DateOf(clock.Now) > dueOn,
            CollectingWith = live.PaymentMethodId == method?.Id ? method : await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == live.PaymentMethodId),
        };
    }

    private SubscriptionOverview Describe(Subscription.Started state, BillingUnit unit, PaymentMethodRow? method)
    {
        var now = clock.Now;
        var pastDue = state as Subscription.PastDue;
        var ended = state as Subscription.Ended;
        var open = unit.Invoice is { Status: InvoiceStatus.Open } invoice ? invoice : null;
        var cameBack = open is not null && Tellable.CameBack(open);
        var owed = cameBack ? null : open;
        return new SubscriptionOverview(
            state.Contract.Id, state.Contract.ReaderId, state.GetType().Name, unit.Rules.Plan, PaidThrough(state), RenewsOn(state), Cancels(state),
            pastDue?.Case.Stage, pastDue?.Case.Track, owed?.AmountDue, owed?.Id, owed?.LiveAttempt is not null,
            owed?.Attempts.LastOrDefault(a => a.Decline is not null)?.Decline,
            pastDue is not null && open is not null ? Tellable.RetryAt(pastDue, open, unit.Rules, now) : null,
            pastDue is not null && open is not null ? Tellable.EndAt(pastDue, open, unit.Rules, now) : null, ended?.Reason, ended?.EndedAt, method,
            pastDue is null ? null : links.For(state.Contract.Id, pastDue.Case.Number))
        {
            ClosesAt = pastDue is not null && open is not null ? Tellable.ClosesAt(pastDue, open, unit.Rules, now) : null,
            AccessEndsAt = pastDue is not null && open is not null ? Tellable.AccessEndsAt(pastDue, open, unit.Rules, now) : null,
            Closed = pastDue is not null && Tellable.IsClosed(pastDue, open, unit.Rules),
            Contested = state.Contract.Contested,
            Reversed = owed?.Replaces is not null,
            CameBack = cameBack,
            Ending = state.Ending(),
            FirstPayment = owed?.Purpose == InvoicePurpose.First,
            CardExpiresAfter = CardExpiry.WillRenew(state) && ExpiryWarnings.LastDay(method) is { } last
                && CardExpiry.IsShown(last, unit.Rules.Hours.DateOf(now), unit.Rules.Hours.Calendar) ? last : null,
            Pauses = pastDue?.Case.Pauses ?? [],
        };
    }

    private static DateOnly? PaidThrough(Subscription.Started state) => state switch
    {
        Subscription.Active s => s.Period.To,
        Subscription.Trialing s => s.Trial.To,
        Subscription.PastDue s => s.Invoice.Period.From,
        _ => null,
    };

    private static DateOnly? RenewsOn(Subscription.Started state) => state switch
    {
        { Contract.Contested.HoldsCharges: true } => null,
        Subscription.Active { CancelAtPeriodEnd: false } s => s.Period.To,
        Subscription.Trialing { CancelAtPeriodEnd: false } s => s.Trial.To,
        _ => null,
    };

    private static bool Cancels(Subscription.Started state) => state is Subscription.Active { CancelAtPeriodEnd: true } or Subscription.Trialing { CancelAtPeriodEnd: true };
}
