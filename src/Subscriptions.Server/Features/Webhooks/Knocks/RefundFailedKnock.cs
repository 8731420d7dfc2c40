using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Webhooks.Knocks;

/// <summary>A refund failed at the bank: the money has to go back another way, and people see to that.</summary>
public sealed class RefundFailedKnock(StaffTasks tasks) : IWebhookKnock
{
    /// <inheritdoc />
    public IReadOnlyList<string> Types { get; } = ["refund.failed"];

    /// <inheritdoc />
    public async Task<KnockResult> LookAsync(GatewayEvent happened, DateTimeOffset receivedAt)
    {
        await tasks.OpenAsync("refund-failed", happened.ObjectId, $"The refund {happened.ObjectId} failed at the gateway; the money has to go back another way.");
        return new(true, "A task for staff.");
    }
}
