using System.Globalization;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>What a cancellation means to the reader, before it and while it is carried out. Pure.</summary>
public static class CancelWords
{
    /// <summary>What happens when she cancels.</summary>
    /// <param name="it">How the subscription stands.</param>
    /// <param name="daysLeft">Paid days that a pause keeps for her.</param>
    public static string Consequence(SubscriptionOverview it, int daysLeft) => it switch
    {
        { State: nameof(Subscription.Paused) } when daysLeft > 0 =>
            $"Your subscription ends at once, and the {PaidDays(daysLeft)} that you have left are lost: nothing is paid back. If you resume your subscription first, you can read on for those days.",

        { State: nameof(Subscription.PastDue), CameBack: true } =>
            "You can read on until the end of the days that are paid for. After that your subscription ends, and nothing more is charged.",

        { PaymentUnderWay: true, ResultDueOn: { } due, Owed: { } asked } =>
            $"{asked} has been asked for and may still be taken; we expect the answer by {ReaderWords.Day(due)}. Your subscription ends as soon as it is there: if the money is taken, you can read until the end of the days "
            + "that it pays for; if not, at once, and nothing more is charged.",

        // The bank may have paid already without our knowing; no date before that payment's outcome would be kept.
        { PaymentUnderWay: true } or { State: nameof(Subscription.Active) or nameof(Subscription.Trialing), Owed: not null } =>
            "The payment for your subscription is on its way. Your subscription ends as soon as that payment is settled, and this cannot be taken back. "
            + "If your bank has paid already, you can read until the end of the days that it paid for; if not, nothing is charged.",
        { Contested.SuspendsAccess: true } when LastDay(it) is { } last =>
            $"Your subscription ends after {ReaderWords.Day(last)}, and nothing more is charged. Subscriber articles stay closed until your bank has decided about the payment that it questions. Until that day you can change your mind here.",
        _ when LastDay(it) is { } last =>
            $"You can read on until {ReaderWords.Day(last)}. After that your subscription ends, and nothing more is charged. Until then you can change your mind here.",
        { State: nameof(Subscription.PastDue) } =>
            "Your subscription ends at once, because nothing that was paid for is left. The amount that is owed falls away, and nothing more is charged.",
        _ => "Your subscription ends at once, and nothing is charged.",
    };

    /// <summary>What her cancelling means to those who read through her subscription, and to who is invited; null when there is nobody.</summary>
    /// <param name="it">How the subscription stands.</param>
    /// <param name="group">Its group; null when it has none.</param>
    public static string? OfGroup(SubscriptionOverview it, Group? group)
    {
        // What a smaller plan has left without access ends for nobody.
        var open = group?.Places.Where(place => place.Row.Number <= group.Seats).ToList() ?? [];
        var taken = open.Count(place => place.State is Seat.Taken);
        return open.Count == 0 ? null : $"Your group ends with it.{Readers(taken, LastDay(it))}{Invitations(open.Count - taken)}";
    }

    private static string Readers(int count, DateOnly? last)
    {
        var until = last is { } day ? $" and can read through it until {ReaderWords.Day(day)}, not after that." : ", and can read through it no longer than you can read yourself.";
        return count switch
        {
            0 => "",
            1 => $" 1 person has a place in it{until}",
            _ => string.Create(CultureInfo.InvariantCulture, $" {count} people have places in it{until}"),
        };
    }

    private static string Invitations(int count) => count switch
    {
        0 => "",
        1 => " 1 invitation is open: it can be accepted until then only.",
        _ => string.Create(CultureInfo.InvariantCulture, $" {count} invitations are open: they can be accepted until then only."),
    };

    // The last day of a paid or free period that nothing is owed for; null when the end has no such date.
    private static DateOnly? LastDay(SubscriptionOverview it) =>
        it is { State: nameof(Subscription.Active) or nameof(Subscription.Trialing), PaymentUnderWay: false, Owed: null, PaidThrough: { } through } ? through.AddDays(-1) : null;

    /// <summary>What is still to come while an end is carried out.</summary>
    /// <param name="it">How the subscription stands.</param>
    /// <param name="why">Why it ends.</param>
    public static string BeingEnded(SubscriptionOverview it, EndReason why) => (it.PaymentUnderWay, why) switch
    {
        (true, EndReason.Canceled) when it is { ResultDueOn: { } due, Owed: { } asked } =>
            $"You have cancelled. {asked} had been asked for before and may still be taken; we expect the answer by {ReaderWords.Day(due)}. If it is taken, you can read until the end of the days that it pays for; "
            + "if not, your subscription ends then, and nothing more is charged.",
        (true, EndReason.Canceled) =>
            "Your subscription ends as soon as the payment that is on its way is settled. If your bank has paid already, you can read until the end of the days that it paid for; if not, nothing is charged.",
        (true, EndReason.PaymentReversed) => "Your subscription is being ended, because your bank took a payment back. One payment is still on its way; if your bank has paid, your subscription goes on.",
        (true, _) => "Your subscription is being ended, because it was not paid. One payment is still on its way; if your bank has paid, your subscription goes on.",
        _ => "Your subscription is being ended. Nothing more will be charged.",
    };

    /// <summary>Such as <c>8 paid days</c>.</summary>
    public static string PaidDays(int count) => count == 1 ? "1 paid day" : string.Create(CultureInfo.InvariantCulture, $"{count} paid days");
}
