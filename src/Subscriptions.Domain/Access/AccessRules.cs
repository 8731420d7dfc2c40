using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using static Subscriptions.Domain.Subscriptions.Subscription;

namespace Subscriptions.Domain.Access;

/// <summary>Which rule lets a reader read.</summary>
public enum GrantKind
{
    /// <summary>A paid period.</summary>
    Subscription,

    /// <summary>Free days.</summary>
    Trial,

    /// <summary>The period is over but its renewal has no final outcome yet.</summary>
    RenewalPending,

    /// <summary>Payment is being retried; access is kept meanwhile.</summary>
    Grace,

    /// <summary>Given by the publisher, for nothing.</summary>
    Complimentary,

    /// <summary>A few days, given or sold by the publisher's own systems.</summary>
    DayPass,

    /// <summary>Sold and managed by somebody else: an app store, a print subscription, a contract with a company.</summary>
    GrantedElsewhere,

    /// <summary>A place in a group: somebody else's subscription pays for it.</summary>
    GroupSeat,

    /// <summary>A place of learning, a library or a company that the publisher has a contract with.</summary>
    Institution,
}

/// <summary>What lets a reader read. Computed, never stored.</summary>
/// <param name="Kind">Which rule.</param>
/// <param name="Record">The id of the record behind it: a subscription, or access that was given.</param>
/// <param name="Entitlements">What it opens; always <c>subscriber</c>, and what the plan adds.</param>
/// <param name="From">Since when.</param>
/// <param name="Until">The instant at which it ends by itself; null where nothing ends it but an event.</param>
/// <param name="Reason">A sentence for support.</param>
public sealed record AccessGrant(
    GrantKind Kind, string Record, IReadOnlyList<string> Entitlements, DateTimeOffset? From, DateTimeOffset? Until, string Reason);

/// <summary>What a subscription gives its reader at a moment.</summary>
public static class AccessRules
{
    /// <summary>The entitlement that every paid article asks for.</summary>
    public const string Subscriber = "subscriber";

    /// <summary>The grant of a subscription, or null with the reason why there is none.</summary>
    /// <param name="state">The subscription.</param>
    /// <param name="owed">What its payment problem is about; null without one.</param>
    /// <param name="rules">Its versions and hours.</param>
    /// <param name="now">The moment.</param>
    public static AccessGrant? GrantOf(Started state, Invoice? owed, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state.Contract.Contested.SuspendsAccess)
        {
            return null;
        }

        var hours = rules.Hours;
        IReadOnlyList<string> opens = [Subscriber, .. rules.Plan.Entitlements];
        AccessGrant Grant(GrantKind kind, DateTimeOffset? from, DateTimeOffset? until, string reason) =>
            new(kind, state.Contract.Id.Value, opens, from, until, reason);
        return state switch
        {
            Trialing { Invoice: null } s => Grant(
                GrantKind.Trial, hours.StartOf(s.Trial.From), s.CancelAtPeriodEnd ? hours.StartOf(s.Trial.To) : null, $"On trial to the end of {s.Trial.To.AddDays(-1):yyyy-MM-dd}."),
            Active { Invoice: null } s => Grant(
                GrantKind.Subscription, hours.StartOf(s.Period.From), s.CancelAtPeriodEnd ? hours.StartOf(s.Period.To) : null,
                s.CancelAtPeriodEnd ? $"Cancelled, but paid to the end of {s.Period.To.AddDays(-1):yyyy-MM-dd}." : $"Paid to the end of {s.Period.To.AddDays(-1):yyyy-MM-dd}."),
            Trialing s => Grant(GrantKind.RenewalPending, hours.StartOf(s.Trial.To), null, "The trial is over and the first payment is under way."),
            Active { Invoice.Purpose: InvoicePurpose.First } s => Grant(GrantKind.RenewalPending, hours.StartOf(s.Period.To), null, "The first payment is on its way."),
            Active s => Grant(GrantKind.RenewalPending, hours.StartOf(s.Period.To), null, "The renewal is due and its payment is under way."),
            PastDue s when Tellable.IsClosed(s, owed, rules) => null,
            PastDue s => Grant(GrantKind.Grace, s.Case.OpenedAt, GraceUntil(s, owed, rules, now), Meanwhile(s, rules)),
            _ => null,
        };
    }

    // While a dispute is open the case stands still, and when its end comes is not known.
    // No end is told during the silent tries, when a change of track may still bring it nearer; and an end that waits for
    // a payment's outcome has no moment of its own: it comes when the outcome does.
    private static DateTimeOffset? GraceUntil(PastDue state, Invoice? owed, SubscriptionRules rules, DateTimeOffset now)
    {
        if (state.Case.Stage == DunningStage.Silent || state.Contract.Contested.HoldsCharges || ClosesFirst(state, rules))
        {
            return null;
        }

        var endAt = rules.ScheduleOf(state.Case).ProjectedEndAt(now);
        return Tellable.EndWaits(owed) || state.Ending is not null || endAt <= now ? null : endAt;
    }

    // Access closes when the third notice is shown, which may have to wait for the outcome of a try: by an event, not by the clock.
    private static bool ClosesFirst(PastDue state, SubscriptionRules rules) => rules.Policy.ClosesInThirdStage && state.Case.Stage < DunningStage.DueToTerminate;

    private static string Meanwhile(PastDue state, SubscriptionRules rules) => ClosesFirst(state, rules)
        ? "Payment is being retried; access is kept until the third notice."
        : "Payment is being retried; access is kept meanwhile.";
}
