using Subscriptions.Domain.Dunning;
using Subscriptions.Server.Features.Shared;
using static Subscriptions.Server.Features.Mail.Templates.Letter;

namespace Subscriptions.Server.Features.Mail.Templates;

/// <summary>
/// The words of the three dunning notices. The headings are fixed and stand in no other mail; the bodies are shown
/// above the article, with the links beside them, and open the mails.
/// </summary>
public static class NoticeWords
{
    /// <summary>Heading of the first notice.</summary>
    public const string PaymentFailed = "We haven't been able to take payment";

    /// <summary>Heading of the second notice.</summary>
    public const string ActNow = "Act now to keep your subscription";

    /// <summary>Heading of the third notice.</summary>
    public const string DueToTerminate = "Your subscription is due to terminate";

    /// <summary>Heading and body as the page shows them, a paragraph a line. The body says nothing of amounts or cards: others may be looking.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The silent stage has no words.</exception>
    public static (string Heading, string Body) For(DunningStage stage, NoticeFacts facts) =>
        (Heading(stage), string.Join('\n', Body(stage, facts)));

    /// <summary>The fixed heading.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The silent stage has no words.</exception>
    public static string Heading(DunningStage stage) => stage switch
    {
        DunningStage.PaymentFailed => PaymentFailed,
        DunningStage.ActNow => ActNow,
        DunningStage.DueToTerminate => DueToTerminate,
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "This stage has no notice."),
    };

    /// <summary>The body's paragraphs.</summary>
    internal static IReadOnlyList<string> Body(DunningStage stage, NoticeFacts facts) => stage switch
    {
        DunningStage.PaymentFailed when facts.BankAsks =>
        [
            $"{Asker.Of(facts.MethodKind).Who} wants you to confirm the payment for your subscription, so it did not go through. To keep your subscription, please "
            + "confirm the payment or update your payment details in My Account, or go straight there with the link to update payment details.",
            NextTry(facts),
            Ends(facts),
        ],
        DunningStage.ActNow when facts.BankAsks =>
        [
            "We have tried to contact you several times, and the payment for your subscription has still not been taken, because "
            + $"{Asker.Of(facts.MethodKind).Name} wants "
            + "you to confirm it. Please confirm the payment or update your payment details in My Account, or go straight there with the link to update payment details.",
            NextTry(facts),
            Ends(facts),
        ],
        DunningStage.DueToTerminate when facts.BankAsks =>
        [
            "We have tried to contact you several times, and the payment for your subscription has still not been taken, because "
            + $"{Asker.Of(facts.MethodKind).Name} wants you to confirm it. Please confirm the payment or update your payment details in My Account; "
            + Terminates(facts),
            NextTry(facts),
        ],
        DunningStage.PaymentFailed =>
        [
            "The payment for your subscription did not go through. To keep your subscription, please update your payment "
            + "details in My Account, or go straight to them with the link to update payment details.",
            NextTry(facts),
            Ends(facts),
        ],
        DunningStage.ActNow =>
        [
            "We have tried to contact you several times, and the payment for your subscription has still not been taken. "
            + "Please update your payment details in My Account, or go straight to them with the link to update payment details.",
            NextTry(facts),
            Ends(facts),
        ],
        DunningStage.DueToTerminate =>
        [
            "We have tried to contact you several times, and the payment for your subscription has still not been taken. "
            + $"Please update your payment details in My Account; {Terminates(facts)}",
            NextTry(facts),
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "This stage has no notice."),
    };

    internal static string NextTry(NoticeFacts facts) => facts.ResultDueOn is { } due
        ? $"A payment is on its way; we expect its result by {Date(due)}."
        : facts.UnderWay ? "A payment is on its way."
        : facts.NextAttemptOn is { } next
        ? $"We shall try to take the payment again on {Date(next)}."
        : facts.BankAsks ? "We shall not try to take the payment again until you have confirmed it or updated your payment details."
        : "We shall not try to take the payment again until you have updated your payment details.";

    // Nobody is ended while a payment is on its way, so that a date told then could be one that does not come.
    private static string Terminates(NoticeFacts facts) => facts switch
    {
        { UnderWay: true } => "if the payment that is on its way fails as well, your subscription will terminate, and your access ends with it.",
        { Closed: true } => $"otherwise your subscription will terminate on {Date(facts.EndsOn)}. {StaysClosed}",
        _ => $"otherwise your subscription will terminate on {Date(facts.EndsOn)}, and your access ends with it.",
    };

    private static string Ends(NoticeFacts facts) => facts switch
    {
        { UnderWay: true } => "You can read on while it is on its way.",
        { ClosesOn: { } closes } => $"You can read on for now; {Closes(closes, facts.EndsOn)}",
        _ => $"You can read on for now; without a payment your access ends on {Date(facts.EndsOn)}.",
    };

    internal static string Closes(DateOnly closes, DateOnly ends) => $"without a payment subscriber articles close for you on {Date(closes)}, and your subscription ends on {Date(ends)}.";

    internal const string StaysClosed = "Subscriber articles are closed for you until the payment has been taken.";
}
