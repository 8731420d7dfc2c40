using Subscriptions.Domain.Dunning;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>Every way in which a subscription says no, in words that can be shown to a person.</summary>
public static class Refusals
{
    /// <summary>There is no such contract yet.</summary>
    public static Refusal NotStarted { get; } = new("subscription-not-started", "This subscription has not begun.");

    /// <summary>The contract exists already.</summary>
    public static Refusal AlreadyStarted { get; } = new("subscription-already-started", "This subscription has already begun.");

    /// <summary>The contract is over.</summary>
    public static Refusal Ended { get; } = new("subscription-ended", "This subscription has ended. Coming back starts a new one.");

    /// <summary>An end is under way.</summary>
    public static Refusal Ending { get; } = new("subscription-ending", "This subscription is being ended.");

    /// <summary>No cancellation stands.</summary>
    public static Refusal NotCanceling { get; } = new("subscription-not-canceling", "This subscription is not set to end, so there is nothing to take back.");

    /// <summary>Only a paid-up subscription can be put on hold.</summary>
    public static Refusal CannotPause { get; } = new("subscription-cannot-pause", "Only an active subscription with nothing owed and no cancellation can be paused.");

    /// <summary>It is not on hold.</summary>
    public static Refusal NotPaused { get; } = new("subscription-not-paused", "This subscription is not paused.");

    /// <summary>Nobody asked it to end.</summary>
    public static Refusal NoEndRequested { get; } = new("subscription-no-end-requested", "Nobody asked this subscription to end.");

    /// <summary>There is no payment problem to pause.</summary>
    public static Refusal NoPaymentProblem { get; } = new("no-payment-problem", "This subscription has no payment problem, so there is nothing to pause.");

    /// <summary>A pause must end on a later date.</summary>
    public static Refusal PauseOver { get; } = new("pause-until-past", "A pause must end on a date after today.");

    /// <summary>A pause must end.</summary>
    public static Refusal PauseTooLong { get; } = new("pause-too-long", $"A pause may last {DunningPause.MostDays} days at most.");

    /// <summary>No such pause stands.</summary>
    public static Refusal DunningNotPaused { get; } = new("dunning-not-paused", "The payment problem is not paused for this reason.");

    /// <summary>The notice is not one of the open case.</summary>
    public static Refusal NoSuchNotice { get; } = new("notice-not-in-open-case", "This notice does not belong to an open payment problem.");
}
