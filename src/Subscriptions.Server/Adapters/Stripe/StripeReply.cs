using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>What came back over HTTP.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The answer, or null when it was no JSON object.</param>
/// <param name="ShouldRetry">Stripe's own word on repeating, which outranks the status.</param>
/// <param name="RetryAfter">How long Stripe asks us to wait.</param>
/// <param name="Replayed">The answer was kept from an earlier request under the same key, which is therefore over.</param>
internal sealed record StripeReply(int Status, JsonElement? Body, bool? ShouldRetry, TimeSpan? RetryAfter, bool Replayed)
{
    /// <summary>True when repeating under the same key may bring an answer.</summary>
    public bool IsWorthRepeating => ShouldRetry ?? SaysNothing;

    /// <summary>True when the status does not tell whether the request was carried out.</summary>
    public bool SaysNothing => Status is 408 or 409 or 425 or 429 or >= 500 or (>= 300 and < 400) or < 200;

    /// <summary>
    /// True when our key is wrong, expired or may not do that. It says nothing about what was asked for: once the key is
    /// mended, the same request has its real answer, so nothing is settled by it.
    /// </summary>
    public bool IsLockedOut => Status is 401 or 403;

    /// <summary>Reads an answer; never throws for what the other side wrote.</summary>
    public static StripeReply Read(HttpStatusCode status, HttpResponseHeaders headers, ReadOnlyMemory<byte> body, DateTimeOffset now) =>
        new((int)status, ParseObject(body), ShouldRetryOf(headers), RetryAfterOf(headers.RetryAfter, now), IsReplayed(headers));

    private static bool IsReplayed(HttpResponseHeaders headers) =>
        headers.TryGetValues("Idempotent-Replayed", out var values) && bool.TryParse(values.First(), out var said) && said;

    private static JsonElement? ParseObject(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool? ShouldRetryOf(HttpResponseHeaders headers) =>
        headers.TryGetValues("Stripe-Should-Retry", out var values) && bool.TryParse(values.First(), out var said) ? said : null;

    private static TimeSpan? RetryAfterOf(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        header?.Delta ?? (header?.Date is { } date ? date > now ? date - now : TimeSpan.Zero : null);
}
