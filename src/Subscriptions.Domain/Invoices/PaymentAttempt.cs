namespace Subscriptions.Domain.Invoices;

/// <summary>Where one try stands. Live until its outcome is final.</summary>
public enum AttemptState
{
    /// <summary>Saved; the request has left or is about to.</summary>
    InFlight,

    /// <summary>The bank asks the reader.</summary>
    AwaitingReader,

    /// <summary>The method needs days.</summary>
    Processing,

    /// <summary>The gateway did not say; it is asked again, never guessed.</summary>
    Unknown,

    /// <summary>The money was taken.</summary>
    Succeeded,

    /// <summary>The issuer said no.</summary>
    Declined,

    /// <summary>Refused because the reader was not there to confirm it.</summary>
    NeedsAuthentication,

    /// <summary>It never reached the issuer: nothing was judged.</summary>
    NotReceived,

    /// <summary>The bank's challenge was never answered.</summary>
    Abandoned,

    /// <summary>The gateway refused the request itself, by a mistake of ours: no issuer was asked, and repeating it mends nothing.</summary>
    RefusedByGateway,
}

/// <summary>Who set a try off.</summary>
public enum AttemptTrigger
{
    /// <summary>The timetable.</summary>
    Schedule,

    /// <summary>The reader, present.</summary>
    Reader,

    /// <summary>A new payment method, the reader no longer there.</summary>
    MethodUpdated,

    /// <summary>A member of staff.</summary>
    Staff,
}

/// <summary>Why the issuer said no, in the gateway's codes and in our class.</summary>
/// <param name="Code">Such as <c>card_declined</c>.</param>
/// <param name="DeclineCode">The issuer's finer word.</param>
/// <param name="AdviceCode">The issuer's advice.</param>
/// <param name="Class">What it means for us.</param>
public sealed record Decline(string Code, string? DeclineCode, string? AdviceCode, DeclineClass Class);

/// <summary>One try to collect one invoice.</summary>
/// <param name="Number">From 1 within the invoice; part of the idempotency key.</param>
/// <param name="State">Where it stands.</param>
/// <param name="PaymentMethodId">The stored method it was made with.</param>
/// <param name="Trigger">What set it off.</param>
/// <param name="Actor">Who: <c>system</c>, or the id of the reader or member of staff.</param>
/// <param name="PaymentIntentId">The gateway's PaymentIntent that it confirms.</param>
/// <param name="OnSession">True when the reader was present.</param>
/// <param name="ReturnUrl">Exactly as sent, so that a repetition is the same request.</param>
/// <param name="StartedAt">In billing time.</param>
/// <param name="FirstSentAt">In wall time: the life of the idempotency key counts from here.</param>
/// <param name="ChargeSeenBefore">The PaymentIntent's newest charge before this try; tells whether the try reached the issuer.</param>
/// <param name="ChargeId">The charge that this try made.</param>
/// <param name="Decline">Why it was declined.</param>
/// <param name="ChallengeUrl">Where the reader answers the bank.</param>
/// <param name="Note">Why its outcome is unknown or it was not received; the gateway's or network's words, for staff.</param>
/// <param name="SettledAt">When its outcome became final, in billing time.</param>
/// <param name="Amount">What it asks for; once it succeeded, what the gateway took.</param>
/// <param name="ResultDueOn">While its method needs days, the local date on which the reader was told to expect the result.</param>
public sealed record PaymentAttempt(
    int Number, AttemptState State, string PaymentMethodId, AttemptTrigger Trigger, string Actor, string PaymentIntentId,
    bool OnSession, string? ReturnUrl, DateTimeOffset StartedAt, DateTimeOffset FirstSentAt, string? ChargeSeenBefore,
    string? ChargeId, Decline? Decline, string? ChallengeUrl, string? Note, DateTimeOffset? SettledAt, Money? Amount = null,
    DateOnly? ResultDueOn = null)
{
    /// <summary>True when it was made with what the token stood for before its bank renewed the card: it says nothing of the new one.</summary>
    public bool FormerCard { get; init; }

    /// <summary>True while its outcome is not final.</summary>
    public bool IsLive => State is AttemptState.InFlight or AttemptState.AwaitingReader or AttemptState.Processing or AttemptState.Unknown;

    /// <summary>True when the issuer judged it and said no.</summary>
    public bool WasDeclined => State is AttemptState.Declined or AttemptState.NeedsAuthentication;
}

/// <summary>What the gateway said of a try.</summary>
public abstract record AttemptOutcome
{
    /// <summary>The money was taken.</summary>
    /// <param name="ChargeId">The charge.</param>
    /// <param name="Amount">How much, as the gateway says; null where it only repeats what was asked.</param>
    public sealed record Succeeded(string? ChargeId, Money? Amount = null) : AttemptOutcome;

    /// <summary>The issuer said no.</summary>
    public sealed record Declined(Decline Decline, string? ChargeId) : AttemptOutcome;

    /// <summary>Refused because the reader was not there.</summary>
    public sealed record NeedsAuthentication(Decline Decline, string? ChargeId) : AttemptOutcome;

    /// <summary>The bank asks the reader at this address.</summary>
    public sealed record AwaitingReader(string? ChallengeUrl) : AttemptOutcome;

    /// <summary>The result takes days.</summary>
    /// <param name="ResultDueOn">The local date on which it is known at the latest; null when nobody can tell.</param>
    /// <param name="ChargeId">The charge that waits for its result.</param>
    public sealed record Processing(DateOnly? ResultDueOn = null, string? ChargeId = null) : AttemptOutcome;

    /// <summary>The gateway did not say.</summary>
    public sealed record Unknown(string Reason) : AttemptOutcome;

    /// <summary>It never reached the issuer.</summary>
    public sealed record NotReceived(string Reason) : AttemptOutcome;

    /// <summary>The gateway refused the request itself, by a mistake of ours.</summary>
    /// <param name="Reason">The gateway's code and words, for staff.</param>
    public sealed record RefusedByGateway(string Reason) : AttemptOutcome;

    /// <summary>The challenge was given up.</summary>
    public sealed record Abandoned : AttemptOutcome;
}
