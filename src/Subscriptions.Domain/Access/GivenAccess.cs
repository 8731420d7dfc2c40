namespace Subscriptions.Domain.Access;

/// <summary>
/// Access that somebody gave a reader beside any subscription of hers. Nothing is charged for it, so that it never carries a payment notice.
/// </summary>
/// <param name="Id">The record's id.</param>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Entitlements">What it opens beyond <c>subscriber</c>; small letters.</param>
/// <param name="From">The first instant at which it counts.</param>
/// <param name="Until">The first instant at which it no longer counts; null until it is withdrawn.</param>
/// <param name="Source">Where it was granted, for <see cref="GrantKind.GrantedElsewhere"/>, such as <c>App Store</c>; never a person's name.</param>
public sealed record GivenAccess(string Id, GrantKind Kind, IReadOnlyList<string> Entitlements, DateTimeOffset From, DateTimeOffset? Until, string? Source)
{
    /// <summary>The longest that a day pass lasts, in days.</summary>
    public const int LongestPassDays = 7;

    /// <summary>The most records that a reader has at once.</summary>
    public const int MostAtOnce = 50;

    /// <summary>The kinds that can be given.</summary>
    public static IReadOnlyList<GrantKind> Kinds { get; } = [GrantKind.Complimentary, GrantKind.DayPass, GrantKind.GrantedElsewhere];

    /// <summary>Why it cannot be given; null when it can.</summary>
    /// <param name="now">The moment at which it is given.</param>
    public Refusal? Obstacle(DateTimeOffset now) => this switch
    {
        { Until: { } until } when until <= From || until <= now => new("grant-ends-before-it-begins", "The end has to lie after the beginning, and in the future."),
        { Kind: GrantKind.DayPass, Until: null } => new("day-pass-without-end", "A day pass needs an end."),
        { Kind: GrantKind.DayPass, Until: { } until } when until - From > TimeSpan.FromDays(LongestPassDays) => new("day-pass-too-long", $"A day pass lasts {LongestPassDays} days at most."),
        { Kind: GrantKind.GrantedElsewhere, Source: null } => new("grant-without-source", "Access that was granted elsewhere needs its source."),
        _ => null,
    };

    /// <summary>The grant as it stands at a moment, one that begins later included; null when it is over.</summary>
    public AccessGrant? GrantAt(DateTimeOffset now) =>
        Until <= now ? null : new(Kind, Id, [AccessRules.Subscriber, .. Entitlements], From, Until, Words);

    private string Words => Kind switch
    {
        GrantKind.DayPass => "A day pass.",
        GrantKind.GrantedElsewhere => $"Granted elsewhere: {Source}.",
        _ => "Given by the publisher.",
    };
}
