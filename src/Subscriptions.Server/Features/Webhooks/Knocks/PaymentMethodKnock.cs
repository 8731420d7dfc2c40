using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>A stored method changed at the gateway: its bank renewed the card, or somebody took it away.</summary>
public sealed class PaymentMethodKnock(MethodChangedElsewhere changed) : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } =
        ["payment_method.automatically_updated", "payment_method.updated", "payment_method.attached", "payment_method.detached"];

    /// <inheritdoc />
    public Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt) => changed.LookAtMethodAsync(happened.ObjectId);
}
