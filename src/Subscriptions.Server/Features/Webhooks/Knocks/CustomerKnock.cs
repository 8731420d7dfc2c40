using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>A payer changed at the gateway: another method became its default there, or it was deleted.</summary>
public sealed class CustomerKnock(MethodChangedElsewhere changed) : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } = ["customer.updated", "customer.deleted"];

    /// <inheritdoc />
    public Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt) =>
        changed.LookAtPayerAsync(happened.ObjectId, happened.DefaultMethodChanged);
}
