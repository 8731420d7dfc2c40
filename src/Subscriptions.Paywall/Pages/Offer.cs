using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>One way on.</summary>
internal sealed record OfferAction(string Label, string Url);

/// <summary>What a refused reader is told, and the ways on; the first one is the main one.</summary>
internal sealed record Offer(DecisionReason Reason, string Heading, string Text, IReadOnlyList<OfferAction> Actions)
{
    public static Offer For(Decision decision, PaywallLinks links, HttpContext context, string to, TimeZoneInfo zone)
    {
        var subscribe = new OfferAction("Subscribe", links.Subscribe(context, to));
        var comeBack = new OfferAction("Come back", links.Subscribe(context, to));
        var resume = new OfferAction("Resume in My Account", links.MyAccount(context, to));
        var goOn = new OfferAction("Go on with it", links.Subscribe(context, to));
        var signIn = new OfferAction("Sign in", links.SignIn(context, to));
        var register = new OfferAction("Sign in or register", links.SignIn(context, to));
        var account = new OfferAction("My Account", links.MyAccount(context, to));
        var again = new OfferAction("Try again", to);
        return decision.Reason switch
        {
            DecisionReason.NotSignedIn when decision.Requirement.Kind == RequirementKind.Subscriber => new(decision.Reason,
                "Subscribe to read on", "This is for subscribers. If you have a subscription, please sign in.", [subscribe, signIn]),
            DecisionReason.NotSignedIn => new(decision.Reason,
                "Sign in to read on", "This is free for registered readers. Please sign in, or register in a minute.", [register]),
            DecisionReason.SignedInElsewhere => new(decision.Reason, "You were signed out here", decision.Sentence, [signIn]),
            DecisionReason.SubscriptionEnded => new(decision.Reason,
                "Your subscription has ended", "We should be glad to have you back: subscribe again and read on at once.", [comeBack, account]),
            DecisionReason.SubscriptionPaused => new(decision.Reason,
                "Your subscription is paused", "Nothing is charged while it is. You can resume it in My Account.", [resume]),
            DecisionReason.PaymentDisputed => new(decision.Reason,
                "A payment for your subscription is being questioned",
                "Your bank has questioned it, and we wait for its decision. Nothing is charged meanwhile. If you did not ask for that, please tell your bank.", [account]),
            DecisionReason.PaymentOverdue => new(decision.Reason,
                "The payment for your subscription is missing",
                "Articles for subscribers are closed for you until it has been taken. You can update your payment details in My Account, and read on at once.", [account]),
            DecisionReason.FirstPaymentMissing => new(decision.Reason,
                "Your subscription has not begun yet",
                "It begins with its first payment, or with your payment details if it begins with free days.", [goOn, account]),
            DecisionReason.NotYetStarted => new(decision.Reason,
                "Your access has not begun yet", $"It begins {Day(decision.BeginsAt, zone)}.", [account]),
            DecisionReason.NotInPlan => new(decision.Reason,
                "Your plan does not include this", "In My Account you can see what your plan includes.", [account]),
            DecisionReason.ServiceUnreachable => new(decision.Reason,
                "We cannot check your subscription just now",
                "The fault is ours, and nothing about your subscription has changed. Please try again in a minute.", [again]),
            DecisionReason.MeterUsedUp => new(decision.Reason,
                decision.Meter is { Limit: 1 } ? "You have read your free article" : $"You have read your {decision.Meter?.Limit} free articles",
                $"Subscribe to read on at once{(decision.Meter?.OpensAt is { } opens ? $"; the next free one opens {Day(opens, zone)}" : "")}.",
                decision.Outcome == DecisionOutcome.SignIn ? [subscribe, signIn] : [subscribe, account]),
            DecisionReason.GiftIsSpent => new(decision.Reason,
                "This gift link is no longer good", "It has been used as often as it may be, its time is up, or it was for another article. Subscribe to read on.",
                decision.Outcome == DecisionOutcome.SignIn ? [subscribe, signIn] : [subscribe, account]),
            DecisionReason.NotSubscribed or DecisionReason.FreeToRead or DecisionReason.SignedIn or DecisionReason.Granted or DecisionReason.WithinMeter => new(
                decision.Reason, "Subscribe to read on", "This is for subscribers, and you have no subscription running at the moment.", [subscribe, account]),
        };
    }

    internal static string Day(DateTimeOffset? at, TimeZoneInfo zone) => at is { } instant
        ? "on " + TimeZoneInfo.ConvertTime(instant, zone).ToString("d MMMM yyyy", CultureInfo.GetCultureInfo("en-GB"))
        : "soon";
}
