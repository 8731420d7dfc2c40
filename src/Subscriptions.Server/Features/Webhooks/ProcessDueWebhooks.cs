using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>
/// Looks at what webhooks knocked about. The event is read again at its source and only names an object; what that
/// object is now decides, so late, repeated and reordered events do nothing.
/// </summary>
public sealed class ProcessDueWebhooks(
    DueWorkStore due, DueWorkRunner runner, IPaymentGateway gateway, IEnumerable<IWebhookKnock> knocks,
    IDbContextFactory<SubscriptionsDb> databases, BillingClock clock) : IRecurringJob
{
    private static readonly int[] _backOffMinutes = [1, 5, 15, 60];

    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.ProcessWebhook, ProcessAsync, stopping);

    private async Task ProcessAsync(Claim claim)
    {
        switch (await gateway.RetrieveEventAsync(claim.Id))
        {
            case GatewayAnswer<GatewayEvent>.Answered { Value: var happened }:
                await LookAsync(claim, happened);
                break;
            case GatewayAnswer<GatewayEvent>.Refused refused:
                await DoneAsync(claim, $"The gateway does not know it: {refused.Code}.");
                break;
            default:
                await LaterAsync(claim);
                break;
        }
    }

    private async Task LookAsync(Claim claim, GatewayEvent happened)
    {
        var knock = knocks.FirstOrDefault(k => k.Types.Contains(happened.Type, StringComparer.Ordinal));
        var seen = knock is null ? KnockResult.Nothing : await knock.LookAsync(happened, await ReceivedAtAsync(claim.Id));
        switch (seen)
        {
            case { Settled: true }:
                await DoneAsync(claim, seen.Words);
                break;
            default:
                await LaterAsync(claim);
                break;
        }
    }

    private async Task<DateTimeOffset> ReceivedAtAsync(string eventId)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.WebhookEvents.Where(e => e.Id == eventId).Select(e => e.ReceivedAt).SingleAsync();
    }

    private async Task DoneAsync(Claim claim, string result)
    {
        await using var db = await databases.CreateDbContextAsync();
        var at = clock.Now;
        await db.WebhookEvents.Where(e => e.Id == claim.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(e => e.ProcessedAt, at).SetProperty(e => e.Result, result));
        await due.CompleteAsync(claim, null);
    }

    private Task LaterAsync(Claim claim) => due.CompleteAsync(
        claim, clock.Now.AddMinutes(_backOffMinutes[Math.Min(claim.Tries, _backOffMinutes.Length - 1)]), cameToNothing: true);
}
