namespace Subscriptions.Paywall;

/// <summary>The answer in one word.</summary>
public enum DecisionOutcome
{
    /// <summary>The reader may read.</summary>
    Allowed,

    /// <summary>Nobody is signed in, and somebody must be.</summary>
    SignIn,

    /// <summary>The reader is known and may not read.</summary>
    Refused,

    /// <summary>Nothing can be decided, since the service cannot be asked and this reader was not seen entitled before.</summary>
    Unavailable,
}

/// <summary>Why; stable names for logs, APIs and style sheets.</summary>
public enum DecisionReason
{
    /// <summary>Allowed: anybody may read.</summary>
    FreeToRead,

    /// <summary>Allowed: the reader is signed in, and no more is asked.</summary>
    SignedIn,

    /// <summary>Allowed: current grants cover what is asked.</summary>
    Granted,

    /// <summary>Allowed: a counted article, and fewer have been read than may be.</summary>
    WithinMeter,

    /// <summary>Sign in: nobody is signed in.</summary>
    NotSignedIn,

    /// <summary>Refused, or sign in: a counted article, and as many have been read as may be.</summary>
    MeterUsedUp,

    /// <summary>Refused, or sign in: the gift link is used up, over, or for another article.</summary>
    GiftIsSpent,

    /// <summary>Sign in: the session of this browser ended, because the reader is signed in on as many other devices as the publisher allows.</summary>
    SignedInElsewhere,

    /// <summary>Refused: the reader never had a subscription that is known here.</summary>
    NotSubscribed,

    /// <summary>Refused: she had what is asked, and it has ended.</summary>
    SubscriptionEnded,

    /// <summary>Refused: she has paused her subscription.</summary>
    SubscriptionPaused,

    /// <summary>Refused: her bank disputes a payment, and the publisher suspends access until that is decided.</summary>
    PaymentDisputed,

    /// <summary>Refused: her payment is overdue, and the publisher closes what is for subscribers until it is paid.</summary>
    PaymentOverdue,

    /// <summary>Refused: she has begun to subscribe, and the first payment, or the payment details for free days, are missing.</summary>
    FirstPaymentMissing,

    /// <summary>Refused: what is asked begins at a later date.</summary>
    NotYetStarted,

    /// <summary>Refused: she subscribes, but her plan does not include this.</summary>
    NotInPlan,

    /// <summary>Unavailable: the service cannot be asked.</summary>
    ServiceUnreachable,
}

/// <summary>What the reader can do next.</summary>
public enum NextStep
{
    /// <summary>Nothing is needed.</summary>
    None,

    /// <summary>Sign in, or register.</summary>
    SignIn,

    /// <summary>Subscribe.</summary>
    Subscribe,

    /// <summary>Subscribe again.</summary>
    ComeBack,

    /// <summary>Resume the subscription.</summary>
    Resume,

    /// <summary>Wait for the bank's decision, or ask in My Account.</summary>
    AwaitDispute,

    /// <summary>Pay what is owed, in My Account.</summary>
    Pay,

    /// <summary>Go on with the subscription that was begun.</summary>
    FinishSubscribing,

    /// <summary>Choose a plan that includes this.</summary>
    ChangePlan,

    /// <summary>Wait for the date on which access begins (<see cref="Decision.BeginsAt"/>).</summary>
    Wait,

    /// <summary>Try again in a moment.</summary>
    TryLater,
}

/// <summary>The one answer for one reader and one requirement at one instant, with everything that explains it.</summary>
/// <param name="Requirement">What was asked.</param>
/// <param name="Outcome">The answer in one word.</param>
/// <param name="Reason">Why, as a stable name.</param>
/// <param name="NextStep">What the reader can do next.</param>
/// <param name="GrantedBy">The grant that lets her read, if one was needed.</param>
/// <param name="ValidUntil">
/// The first instant, in the service's time, at which the answer could change without any new fact; null if time alone never changes it.
/// </param>
/// <param name="Notice">The notice to show above the page, whatever the outcome.</param>
public sealed record Decision(
    Requirement Requirement,
    DecisionOutcome Outcome,
    DecisionReason Reason,
    NextStep NextStep,
    Grant? GrantedBy = null,
    DateTimeOffset? ValidUntil = null,
    ReaderNotice? Notice = null)
{
    /// <summary>How the meter stands, this article included, where it decided; otherwise null.</summary>
    public MeterReading? Meter { get; init; }

    /// <summary>
    /// For <see cref="DecisionReason.NotYetStarted"/>: the first instant, in the service's time, at which her grants open all that is asked, or at least what
    /// is missing now, if all of it never is open at once; otherwise null. The answer may change before, by something else that begins or ends.
    /// </summary>
    public DateTimeOffset? BeginsAt { get; init; }

    /// <summary>Whether the reader may read. Anything else means that the gated text must not be sent.</summary>
    public bool Allowed => Outcome == DecisionOutcome.Allowed;

    /// <summary>For <see cref="DecisionReason.SignedInElsewhere"/>: on how many other devices she may be signed in; null if that is not known.</summary>
    public int? OtherDevices { get; init; }

    /// <summary>The reason as a sentence that may be shown to a reader.</summary>
    public string Sentence => Reason switch
    {
        DecisionReason.FreeToRead => "Anybody may read this.",
        DecisionReason.SignedIn => "You are signed in, and that is all this needs.",
        DecisionReason.Granted => GrantedBy?.Kind switch
        {
            GrantKinds.Complimentary or GrantKinds.DayPass or GrantKinds.GrantedElsewhere or GrantKinds.GroupSeat => "Your access includes this.",
            GrantKinds.Institution => "Your institution's access includes this.",
            GrantKinds.Region => "This is open to everybody where you are.",
            GrantKinds.GiftLink => "A subscriber gave you this article.",
            GrantKinds.Crawler => "This crawler may read.",
            GrantKinds.StaffPreview => "You are previewing this as a member of staff.",
            _ => "Your subscription includes this.",
        },
        DecisionReason.WithinMeter => $"This is one of the {Meter?.Limit} articles that you may read without a subscription.",
        DecisionReason.MeterUsedUp => $"You have read the {Meter?.Limit} articles that are free to read.",
        DecisionReason.GiftIsSpent => "This gift link has been used as often as it may be, or its time is up.",
        DecisionReason.NotSignedIn when Requirement.Kind == RequirementKind.Subscriber =>
            "This is for subscribers. Please sign in if you subscribe.",
        DecisionReason.NotSignedIn => "This is for registered readers. Please sign in, or register.",
        DecisionReason.SignedInElsewhere => $"You were signed out here, because your subscription is in use on {Devices}. "
            + "Sign in again to read here; the device that has been signed in longest is then signed out.",
        DecisionReason.NotSubscribed => "This is for subscribers, and you have no subscription running at the moment.",
        DecisionReason.SubscriptionEnded => "Your subscription has ended.",
        DecisionReason.SubscriptionPaused => "Your subscription is paused.",
        DecisionReason.PaymentDisputed => "Your bank is questioning a payment for your subscription, and you cannot read on before that is settled.",
        DecisionReason.PaymentOverdue => "The payment for your subscription has not been taken, and you cannot read on before it is.",
        DecisionReason.FirstPaymentMissing => "Your subscription has not begun yet: its first payment or your payment details are missing.",
        DecisionReason.NotYetStarted => "Your access to this has not begun yet.",
        DecisionReason.NotInPlan => "Your plan does not include this.",
        DecisionReason.ServiceUnreachable => "We cannot check your subscription at the moment. Please try again in a minute.",
    };

    private string Devices => OtherDevices switch { null => "other devices", 1 => "another device", var count => $"{count} other devices" };
}
