using System.Text.Json;
using System.Text.Json.Serialization;

namespace Subscriptions.Paywall;

/// <summary>What the service sends. Anything that does not fit is treated as if the service had not answered.</summary>
internal static class Wire
{
    public const int MostGrants = 200;

    public sealed record EntitlementsBody(
        [property: JsonRequired] string ReaderId,
        [property: JsonRequired] long Version,
        [property: JsonRequired] DateTimeOffset Now,
        DateTimeOffset? ValidUntil,
        [property: JsonRequired] IReadOnlyList<GrantBody> Grants,
        NoticeBody? Notice,
        string? Reason);

    public sealed record GrantBody(
        [property: JsonRequired] string Kind,
        [property: JsonRequired] string Record,
        [property: JsonRequired] IReadOnlyList<string> Entitlements,
        DateTimeOffset? From,
        DateTimeOffset? Until,
        string? Reason);

    public sealed record NoticeBody(
        [property: JsonRequired] string Stage,
        [property: JsonRequired] string Heading,
        [property: JsonRequired] string Body,
        string? MyAccountUrl,
        string? UpdatePaymentDetailsUrl,
        DateTimeOffset? AccessEndsAt,
        DateTimeOffset? NextAttemptAt);

    public sealed record FeedBody(long Position, long? Last, DateTimeOffset Now, string? ReaderId, long? Version, string? SessionId, string? Reason, int? Sessions);

    public sealed record TokenRequest(string Code, string Verifier, string Return);

    public sealed record HandleRequest(string Handle);

    public sealed record PolicyBody(
        string? SiteId,
        MeterBody? Meter,
        int? GiftsPerMonth,
        [property: JsonRequired] IReadOnlyList<NetworkBody> Networks,
        [property: JsonRequired] IReadOnlyList<RegionBody> OpenRegions,
        IReadOnlyList<string>? Origins);

    public sealed record MeterBody(int Articles, string Window, int Days, string Zone);

    public sealed record NetworkBody(
        [property: JsonRequired] string Kind, [property: JsonRequired] string Record, [property: JsonRequired] IReadOnlyList<string> Addresses,
        [property: JsonRequired] IReadOnlyList<string> Entitlements, string? UserAgent, DateTimeOffset? Until);

    public sealed record RegionBody([property: JsonRequired] string Region, [property: JsonRequired] IReadOnlyList<string> Entitlements, DateTimeOffset? Until);

    public sealed record MeterRequest(string Article, bool Count);

    public sealed record MeterAnswer([property: JsonRequired] IReadOnlyList<CountedBody> Articles);

    public sealed record CountedBody([property: JsonRequired] string Article, [property: JsonRequired] DateTimeOffset At);

    public sealed record GiftUse(string Visit);

    public sealed record GiftUsed([property: JsonRequired] DateTimeOffset Until);

    public sealed record GiftWish(string ReaderId, string Article);

    public sealed record GiftMade([property: JsonRequired] string Token, [property: JsonRequired] DateTimeOffset Until, [property: JsonRequired] int Uses);

    public sealed record EdgeRequest(string? Handle);

    public sealed record EdgeBody([property: JsonRequired] string Pass, [property: JsonRequired] DateTimeOffset ExpiresAt);

    public sealed record ProblemBody(string? Type, int? Sessions);

    public sealed record TokenBody(
        [property: JsonRequired] string Pass, [property: JsonRequired] string Handle, DateTimeOffset? ExpiresAt);

    public static ReaderAccess ToAccess(EntitlementsBody body)
    {
        if (body.Grants is null || body.Grants.Count > MostGrants || string.IsNullOrEmpty(body.ReaderId))
            throw new JsonException("The grants are missing, or there are too many.");
        return new ReaderAccess(body.ReaderId, body.Version, [.. body.Grants.Select(ToGrant)],
            body.Notice is { } notice ? ToNotice(notice) : null, ReaderAccess.WithoutGrantOf(body.Reason));
    }

    /// <summary>The limit that ended a session, as the feed tells it.</summary>
    public static SessionLimit? ToLimit(FeedBody body) => body.Reason == "limit" ? new SessionLimit(body.Sessions) : null;

    /// <summary>The limit that ended a session, as a refused renewal tells it.</summary>
    public static SessionLimit? ToLimit(ProblemBody? problem) =>
        problem?.Type?.EndsWith("session-ended-by-limit", StringComparison.Ordinal) is true ? new SessionLimit(problem.Sessions) : null;

    private static Grant ToGrant(GrantBody? body) =>
        body is { Kind: not null, Record: not null, Entitlements: not null } && body.Entitlements.All(name => name is not null)
            ? new Grant(string.Intern(body.Kind), body.Record, [.. body.Entitlements.Select(string.Intern)], body.From, body.Until, body.Reason)
            : throw new JsonException("A grant lacks its kind, record or entitlements.");

    // A stage that only a newer service knows is shown in its own words, as the mildest: never hidden, never undismissable by mistake.
    private static ReaderNotice ToNotice(NoticeBody body) =>
        new(Enum.TryParse<NoticeStage>(body.Stage, out var stage) && Enum.IsDefined(stage) ? stage : NoticeStage.PaymentFailed,
            body.Heading, body.Body, body.MyAccountUrl, body.UpdatePaymentDetailsUrl, body.AccessEndsAt, body.NextAttemptAt);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Wire.EntitlementsBody))]
[JsonSerializable(typeof(Wire.FeedBody))]
[JsonSerializable(typeof(Wire.TokenRequest))]
[JsonSerializable(typeof(Wire.HandleRequest))]
[JsonSerializable(typeof(Wire.TokenBody))]
[JsonSerializable(typeof(Wire.EdgeRequest))]
[JsonSerializable(typeof(Wire.EdgeBody))]
[JsonSerializable(typeof(Wire.ProblemBody))]
[JsonSerializable(typeof(Wire.PolicyBody))]
[JsonSerializable(typeof(Wire.MeterRequest))]
[JsonSerializable(typeof(Wire.MeterAnswer))]
[JsonSerializable(typeof(Wire.GiftUse))]
[JsonSerializable(typeof(Wire.GiftUsed))]
[JsonSerializable(typeof(Wire.GiftWish))]
[JsonSerializable(typeof(Wire.GiftMade))]
[JsonSerializable(typeof(KnownReaderState))]
[JsonSerializable(typeof(HeldGift[]))]
[JsonSerializable(typeof(Previewing))]
internal sealed partial class WireJson : JsonSerializerContext;
