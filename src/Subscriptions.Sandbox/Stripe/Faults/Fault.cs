using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Subscriptions.Sandbox.Stripe.Cards;

namespace Subscriptions.Sandbox.Stripe.Faults;

/// <summary>Which side of the simulator a fault sits on.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultTarget>))]
public enum FaultTarget
{
    /// <summary>Requests to the API.</summary>
    Gateway,

    /// <summary>Deliveries of events.</summary>
    Webhooks,

    /// <summary>What the payers' banks and the account's own balance say.</summary>
    Bank,
}

/// <summary>What goes wrong.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultKind>))]
public enum FaultKind
{
    /// <summary>Gateway: nothing is executed and no key is used; the connection is held, then dropped.</summary>
    TimeoutBefore,

    /// <summary>Gateway: executed and kept, but never answered; the connection is held, then dropped.</summary>
    TimeoutAfter,

    /// <summary>Gateway: lost inside Stripe. Nothing is executed, the connection is held, then dropped, and the
    /// key answers 500 from then on: repeating it settles nothing, only reading the object does.</summary>
    TimeoutInstead,

    /// <summary>Gateway: the connection is held, and the request is executed only when the hold ends, long after
    /// the client has given up. Until then its key and its object are locked.</summary>
    TimeoutLate,

    /// <summary>Gateway: 500 without execution; the key is not used.</summary>
    Error500Before,

    /// <summary>Gateway: executed, but answered with a 500 that is kept under the key.</summary>
    Error500After,

    /// <summary>Gateway: 429 <c>rate_limit</c> without execution.</summary>
    RateLimited,

    /// <summary>Gateway: 400 <c>parameter_invalid</c> without execution, as for a mistake of the caller's; the key is not used.</summary>
    Refused400,

    /// <summary>Gateway: the connection is dropped at once, without execution.</summary>
    ConnectionDropped,

    /// <summary>Gateway: executed and kept, then the connection is dropped.</summary>
    ConnectionDroppedAfter,

    /// <summary>Gateway: executed and answered, but only after the hold (5 s by default).</summary>
    Slow,

    /// <summary>Webhooks: the event never arrives and is not tried again; it can still be listed.</summary>
    Dropped,

    /// <summary>Webhooks: the event is delivered twice.</summary>
    Doubled,

    /// <summary>Webhooks: the event waits until a later one was delivered (at most a minute of billing time).</summary>
    Reordered,

    /// <summary>Webhooks: the event is delivered later (an hour of billing time by default).</summary>
    Delayed,

    /// <summary>Bank: a share of the charges is declined with a code, for a time; a surge of declines.</summary>
    Declined,

    /// <summary>Bank: a refund is refused, since the balance does not cover it.</summary>
    RefundRefused,

    /// <summary>Bank: a refund waits a day until the balance covers it.</summary>
    RefundPending,

    /// <summary>Bank: a refund succeeds and fails an hour of billing time later.</summary>
    RefundFails,
}

/// <summary>
/// The wish for a fault, as the panel's <c>POST /faults</c> takes it:
/// <c>{"target":"gateway","kind":"TimeoutAfter","operation":"confirm","match":"sub_1","count":1,"holdSeconds":30}</c>.
/// Names are read without regard to case, <c>-</c> and <c>_</c>.
/// </summary>
/// <param name="Target"><c>gateway</c> or <c>webhooks</c>.</param>
/// <param name="Kind">A name of <see cref="FaultKind"/> that fits the target.</param>
/// <param name="Operation">Gateway: an operation (<c>payment_intents.confirm</c>) or its last word (<c>confirm</c>);
/// webhooks: a type of event (<c>payment_intent.succeeded</c>). Null or <c>*</c>: any.</param>
/// <param name="Match">An id, or a value in the metadata or parameters, that must occur: a customer, a PaymentIntent,
/// the value of <c>metadata[subscription]</c>. Null: any.</param>
/// <param name="Count">Times that it happens, 1 to 1000; null: until it is cleared.</param>
/// <param name="HoldSeconds">Wall time for which a connection is held, 0 to 600.</param>
/// <param name="DelayMinutes">Billing time by which <see cref="FaultKind.Delayed"/> delays, 1 to 4320.</param>
/// <param name="Code"><see cref="FaultKind.Declined"/>: a name of <see cref="Cards.Declines.AtOnce"/>; null: <c>issuer_not_available</c>.</param>
/// <param name="SharePercent"><see cref="FaultKind.Declined"/>: of a hundred charges so many, 1 to 100; null: all.</param>
/// <param name="ForHours">Billing time after which it ends by itself, 1 to 2160; null: when cleared.</param>
/// <param name="Until">That end; known once it is set.</param>
public sealed record FaultOrder(
    string? Target, string? Kind, string? Operation = null, string? Match = null, int? Count = null,
    double? HoldSeconds = null, int? DelayMinutes = null, string? Code = null, int? SharePercent = null, int? ForHours = null, DateTimeOffset? Until = null)
{
    private const int MaxHours = 90 * 24;

    private const int MaxCount = 1000;
    private const int MaxHoldSeconds = 600;
    private const int MaxDelayMinutes = 3 * 24 * 60;
    private const int MaxText = 200;

    /// <summary>Why this order cannot be taken; null if it can.</summary>
    public string? Refusal()
    {
        if (Parse<FaultTarget>(Target) is not { } target)
        {
            return "target must be gateway, webhooks or bank.";
        }

        var kinds = Enum.GetValues<FaultKind>().Where(kind => TargetOf(kind) == target).ToList();
        return Parse<FaultKind>(Kind) is not { } kind || !kinds.Contains(kind)
            ? $"kind of {Target} must be one of {string.Join(", ", kinds)}."
            : Count is < 1 or > MaxCount ? $"count must be 1 to {MaxCount}, or absent."
            : HoldSeconds is < 0 or > MaxHoldSeconds or double.NaN ? $"holdSeconds must be 0 to {MaxHoldSeconds}."
            : DelayMinutes is < 1 or > MaxDelayMinutes ? $"delayMinutes must be 1 to {MaxDelayMinutes}."
            : Code is not null && (kind != FaultKind.Declined || !Declines.AtOnce.Contains(Code))
                ? $"code is for Declined only, and must be one of {string.Join(", ", Declines.AtOnce)}."
            : SharePercent is < 1 or > 100 || (SharePercent is not null && kind != FaultKind.Declined) ? "sharePercent is for Declined only, and must be 1 to 100."
            : ForHours is < 1 or > MaxHours ? $"forHours must be 1 to {MaxHours}."
            : Operation is { Length: > MaxText } || Match is { Length: > MaxText } ? $"operation and match have at most {MaxText} characters."
            : null;
    }

    /// <summary>The target that a kind belongs to.</summary>
    public static FaultTarget TargetOf(FaultKind kind) =>
        kind >= FaultKind.Declined ? FaultTarget.Bank : kind >= FaultKind.Dropped ? FaultTarget.Webhooks : FaultTarget.Gateway;

    internal Fault ToFault(long id) => new(id, Parse<FaultTarget>(Target)!.Value, Parse<FaultKind>(Kind)!.Value,
        Operation is "*" or "" ? null : Operation, Match is "" ? null : Match, Count, 0,
        HoldSeconds is { } hold ? TimeSpan.FromSeconds(hold) : null,
        DelayMinutes is { } delay ? TimeSpan.FromMinutes(delay) : null)
    {
        Code = Code ?? (TargetOf(Parse<FaultKind>(Kind)!.Value) == FaultTarget.Bank ? "issuer_not_available" : null),
        SharePercent = SharePercent,
        Until = Until,
    };

    private static T? Parse<T>(string? name) where T : struct, Enum
    {
        var plain = name?.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return plain is { Length: > 0 } && char.IsAsciiLetter(plain[0]) && Enum.TryParse(plain, ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value : null;
    }
}

/// <summary>A fault that is set.</summary>
/// <param name="Remaining">Times that it will still happen; null: until cleared.</param>
/// <param name="Used">Times that it has happened.</param>
public sealed record Fault(
    long Id, FaultTarget Target, FaultKind Kind, string? Operation, string? Match, int? Remaining, int Used, TimeSpan? Hold, TimeSpan? Delay)
{
    /// <summary>The answer of <see cref="FaultKind.Declined"/>.</summary>
    public string? Code { get; init; }

    /// <summary>Of a hundred charges so many; null: all.</summary>
    public int? SharePercent { get; init; }

    /// <summary>Billing time at which it ends by itself; null: never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether it still strikes at this moment of billing time.</summary>
    public bool IsActive(DateTimeOffset now) => Remaining is not 0 && !(Until <= now);

    /// <summary>Whether the draw of a charge falls into the share: the same key draws the same lot again.</summary>
    internal bool Draws(string key) => SharePercent is not { } share
        || BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Id}:{key}")))) % 100 < share;

    internal bool Concerns(FaultTarget target, string operation, Func<IReadOnlySet<string>> subjects) =>
        Target == target && Remaining is not 0
        && (Operation is null || Operation == operation || operation.EndsWith("." + Operation, StringComparison.Ordinal))
        && (Match is null || subjects().Contains(Match));
}
