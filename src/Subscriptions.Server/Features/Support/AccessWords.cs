using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Groups;

namespace Subscriptions.Server.Features.Support;

/// <summary>Why a reader may or may not read, as staff call it. Pure.</summary>
public static class AccessWords
{
    /// <summary>Why nobody lets the reader in, by the name that the service gives the reason.</summary>
    public static string WithoutGrant(string reason) => reason switch
    {
        "NoSubscription" => "The reader is registered only and never had a subscription.",
        "GroupWithoutAccess" => "The reader has a place in a group, whose subscription opens nothing now.",
        "EndedForNonPayment" => "The subscription ended for non-payment.",
        "Canceled" => "The subscription was cancelled and is over.",
        "PaymentDisputed" => "A payment is disputed, and by setting access is suspended until that is decided.",
        "PaymentOverdue" => "The payment is overdue, and the policy closes subscriber articles in the third stage until it is paid.",
        "EndedForReversedPayment" => "The subscription ended because a payment was taken back by the bank.",
        "Paused" => "The subscription is on hold.",
        "FirstPaymentMissing" => "The subscription has not begun: the first payment, or the payment details for the free days, are missing.",
        _ => $"No record lets the reader in ({reason}).",
    };

    /// <summary>A place in a group that a reader has no longer.</summary>
    public static string Former(FormerPlace place, PublisherHours hours) =>
        $"The reader had a place in a group until {SupportWords.Moment(place.EndedAt, hours)}: {Timeline.Why(place.End)} (place {place.SeatId}).";

    /// <summary>Why somebody may or may not read an article.</summary>
    public static string Decision(AccessExplanation it) => it.Decision switch
    {
        { GrantedBy: { } grant } when it.Access?.Grants.FirstOrDefault(one => one.Record == grant.Record) is { } hers => $"Record {hers.Record} lets the reader in: {Grant(hers)}",
        { GrantedBy: { } grant } => $"Record {grant.Record} lets the visitor in. {grant.Reason}",
        { Reason: DecisionReason.NotSubscribed or DecisionReason.SubscriptionEnded or DecisionReason.SubscriptionPaused or DecisionReason.PaymentDisputed or DecisionReason.PaymentOverdue or DecisionReason.FirstPaymentMissing } =>
            WithoutGrant(it.Access!.Reason),
        { Reason: DecisionReason.NotInPlan } => $"What the reader has does not open {string.Join(", ", it.Requirement.Named)}.",
        var other => other.Sentence,
    };

    /// <summary>What a page asks, and where that is known from.</summary>
    public static string Asked(AccessExplanation it) => it.Source switch
    {
        RequirementSource.Asked => $"The page asks “{it.Requirement.Text}”, as you wrote.",
        RequirementSource.Rule => $"By a rule of the site the page asks “{it.Requirement.Text}”.",
        RequirementSource.Nothing => "No rule here says what this page asks, so this is the answer for any page for subscribers; the website itself may ask for something else.",
    };

    /// <summary>Which rule lets the reader in.</summary>
    public static string Grant(GrantKind kind) => kind switch
    {
        GrantKind.Subscription => "Paid subscription",
        GrantKind.Trial => "Free trial",
        GrantKind.RenewalPending => "Renewal under way",
        GrantKind.Grace => "Kept during a payment problem",
        GrantKind.Complimentary => "Given by the publisher",
        GrantKind.DayPass => "Day pass",
        GrantKind.GrantedElsewhere => "Granted elsewhere",
        GrantKind.GroupSeat => "Place in a group",
        GrantKind.Institution => "Institution",
    };

    // What is given says its kind in its own words already.
    private static string Grant(GrantAnswer grant) =>
        grant.Reason.Contains(Grant(grant.Kind), StringComparison.OrdinalIgnoreCase) ? grant.Reason : $"{Grant(grant.Kind)}. {grant.Reason}";

    /// <summary>The same with its date, in a sentence.</summary>
    /// <param name="kind">Which rule.</param>
    /// <param name="o">How the subscription behind it stands; null when it is not known.</param>
    public static string Grant(GrantKind kind, SubscriptionOverview? o) => (kind, o) switch
    {
        (GrantKind.Subscription, { CancelAtPeriodEnd: true, PaidThrough: { } end }) => $"Cancelled, but paid until {SupportWords.LastDay(end)}.",
        (GrantKind.Subscription, { PaidThrough: { } end }) => $"Paid until {SupportWords.LastDay(end)}.",
        (GrantKind.Trial, { PaidThrough: { } end }) => $"On trial until {SupportWords.LastDay(end)}.",
        (GrantKind.RenewalPending, { State: nameof(Subscription.Trialing) }) => "The trial is over and the first payment is under way.",
        (GrantKind.RenewalPending, _) => "The renewal is due and its payment is under way.",
        (GrantKind.Grace, { CameBack: true }) => "The payment that the bank had taken back came back; the payment problem is about to be closed.",
        (GrantKind.Grace, { Track: DunningTrack.ReaderMustAct }) => "The payment was refused, and only the reader can put it right; access is kept meanwhile.",
        (GrantKind.Grace, { ClosesAt: not null }) => "Payment is being retried; access is kept until the third notice.",
        (GrantKind.Grace, _) => "Payment is being retried; access is kept meanwhile.",
        _ => $"{Grant(kind)}.",
    };

    /// <summary>When a grant ends. Paid and free days are told by the last of them.</summary>
    public static string Until(GrantKind kind, DateTimeOffset? until, PublisherHours hours) => (kind, until) switch
    {
        (_, null) => "no end by itself",
        (GrantKind.Subscription or GrantKind.Trial, { } end) => $"the end of {SupportWords.LastDay(hours.DateOf(end))}",
        (_, { } end) => SupportWords.Moment(end, hours),
    };
}
