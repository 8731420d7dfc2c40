namespace Subscriptions.Sandbox.Stripe;

/// <summary>What the Stripe simulator must know about the host that it stands in.</summary>
public sealed class StripeSimulatorOptions
{
    /// <summary>The API version that answers and webhooks are written in.</summary>
    public const string ApiVersion = "2026-07-29.dahlia";

    /// <summary>The only API key that is accepted, as Bearer token or as the user name of Basic.</summary>
    public required string SecretKey { get; init; }

    /// <summary>The secret that signs webhooks, used whole with its <c>whsec_</c> prefix, as Stripe does.</summary>
    public required string WebhookSecret { get; init; }

    /// <summary>The folder that holds <c>stripe.db</c>; created if absent.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where signed events are sent. Empty: events are only listed. Pending deliveries follow the
    /// position in this list, so that an endpoint may move to another port between two starts.</summary>
    public IReadOnlyList<Uri> WebhookUrls { get; init; } = [];

    /// <summary>Types of event that the endpoints receive; all others are only listed.</summary>
    public IReadOnlySet<string> WebhookEvents { get; init; } = DefaultWebhookEvents;

    /// <summary>Origin of the hosted pages, such as <c>http://localhost:5082</c>. Null: the origin of the request.</summary>
    public Uri? PublicAddress { get; init; }

    /// <summary>Wall time that the simulated bank takes over a confirmation. The object is locked meanwhile and
    /// a second request for it is answered with <c>lock_timeout</c>.</summary>
    public TimeSpan BankDelay { get; init; } = TimeSpan.Zero;

    /// <summary>How long a faulty request is held unless the fault says otherwise: longer than the 80 s after
    /// which Stripe's own clients give up. A client that hangs up ends the hold at once.</summary>
    public TimeSpan DefaultHold { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Wall time after which a webhook endpoint that has not answered counts as failed.</summary>
    public TimeSpan WebhookTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Makes ids repeatable: two new ledgers with one seed give the same ids in the same order.
    /// Null: a random seed, kept in the ledger.</summary>
    public string? Seed { get; init; }

    /// <summary>The events that a subscription service needs.</summary>
    public static IReadOnlySet<string> DefaultWebhookEvents { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.requires_action",
        "payment_intent.processing", "payment_intent.canceled",
        "setup_intent.succeeded", "setup_intent.setup_failed",
        "checkout.session.completed", "checkout.session.expired",
        "payment_method.attached", "payment_method.detached", "payment_method.updated",
        "payment_method.automatically_updated",
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
        "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "charge.refunded",
        "refund.created", "refund.updated", "refund.failed", "radar.early_fraud_warning.created",
        "customer.updated", "customer.deleted", "mandate.updated",
    };
}
