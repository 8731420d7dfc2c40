namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>How Stripe is reached. A class, not a record, so that printing it can never print a secret.</summary>
public sealed class StripeSettings
{
    /// <summary>The version of Stripe's API whose requests and answers this adapter was written for.</summary>
    public const string ApiVersion = "2026-07-29.dahlia";

    /// <summary>Where the API is, without <c>/v1</c>. HTTPS, or HTTP on loopback.</summary>
    public Uri ApiBase { get; init; } = new("https://api.stripe.com");

    /// <summary>The secret or restricted key.</summary>
    public required string SecretKey { get; init; }

    /// <summary>Secrets that webhooks may be signed with; two during a rotation.</summary>
    public required IReadOnlyList<string> WebhookSecrets { get; init; }

    /// <summary>What readers may pay with, by our names: <c>card</c>, <c>bacs</c>, <c>paypal</c>.</summary>
    public IReadOnlyList<string> MethodKinds { get; init; } = ["card"];

    /// <summary>The longest wait for one answer, 1 to 120 s of wall time.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest time for one call with all its repetitions, up to 180 s of wall time.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How often a call that got no answer is repeated under its key, 0 to 5.</summary>
    public int MaxRetries { get; init; } = 2;

    /// <summary>Most calls that leave in a second of wall time, 1 to 1000.</summary>
    public int CallsPerSecond { get; init; } = 80;

    /// <summary>The first pause before a repetition; later ones double, all with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(300);
}
