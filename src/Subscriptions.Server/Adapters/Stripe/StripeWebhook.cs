using System.Text.Json;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>What a webhook request turned out to be.</summary>
public abstract record WebhookReading
{
    /// <summary>Genuine: store the id, answer 2xx, and read the object again at its source.</summary>
    /// <param name="EventId">Stripe's id of the event, under which it is stored once.</param>
    /// <param name="Type">Such as <c>payment_intent.succeeded</c>.</param>
    public sealed record Accepted(string EventId, string Type) : WebhookReading;

    /// <summary>Not to be believed. Nothing may change.</summary>
    /// <param name="Status">The HTTP status to answer with: 400 or 413.</param>
    /// <param name="Reason">A sentence for the problem's detail; it tells a forger nothing.</param>
    public sealed record Refused(int Status, string Reason) : WebhookReading;
}

/// <summary>Reads a webhook request: its size, its signature, and which event it speaks of. It believes nothing else.</summary>
public sealed class StripeWebhook(StripeSettings settings, TimeProvider time)
{
    /// <summary>Larger bodies are refused: 512 KiB (Stripe's events are a few KiB).</summary>
    public const int MaxBodyBytes = 512 * 1024;

    private const int MaxNameLength = 255;

    /// <summary>Reads the body as far as the limit; null when there is more.</summary>
    public static async Task<byte[]?> ReadBodyAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > MaxBodyBytes)
        {
            return null;
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBodyBytes)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    /// <summary>Judges one request; <paramref name="rawBody"/> is what <see cref="ReadBodyAsync"/> gave.</summary>
    public WebhookReading TryRead(IHeaderDictionary headers, byte[]? rawBody)
    {
        if (rawBody is null || rawBody.Length > MaxBodyBytes)
        {
            return new WebhookReading.Refused(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {MaxBodyBytes} bytes.");
        }

        var verdict = StripeSignature.Verify(headers[StripeSignature.Header], rawBody, settings.WebhookSecrets, time.GetUtcNow());
        return verdict switch
        {
            SignatureVerdict.Genuine => ReadEvent(rawBody),
            SignatureVerdict.Malformed => Refuse("The Stripe-Signature header is missing or malformed."),
            SignatureVerdict.Forged => Refuse("The Stripe-Signature header does not match the body."),
            SignatureVerdict.Stale => Refuse("The time in the Stripe-Signature header is over five minutes away from this server's clock."),
        };
    }

    private static WebhookReading ReadEvent(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var json = document.RootElement;
            return StripeReading.Text(json, "object") == "event"
                && StripeReading.Text(json, "id") is { Length: > 0 and <= MaxNameLength } id
                && StripeReading.Text(json, "type") is { Length: > 0 and <= MaxNameLength } type
                    ? new WebhookReading.Accepted(id, type)
                    : Refuse("The body is not an event of Stripe's.");
        }
        catch (JsonException)
        {
            return Refuse("The body is not JSON.");
        }
    }

    private static WebhookReading.Refused Refuse(string reason) => new(StatusCodes.Status400BadRequest, reason);
}
