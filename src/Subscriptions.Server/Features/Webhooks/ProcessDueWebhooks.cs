using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>
/// Looks at what webhooks knocked about. The event is read again at its source and only names an object; what that
/// object is now decides, so late, repeated and reordered events do nothing. One whose look breaks off again and again
/// is parked with a task; the others go on.
/// </summary>
public sealed class ProcessDueWebhooks(
    DueWorkStore due, DueWorkRunner runner, IPaymentGateway gateway, IEnumerable<IWebhookKnock> knocks, StaffTasks tasks, WebhookMeters meters,
    IDbContextFactory<SubscriptionsDb> databases, BillingClock clock, ILogger<ProcessDueWebhooks> log) : IRecurringJob
{
    /// <summary>Looks that break off in a row before an event is parked.</summary>
    public const int MostTries = 6;

    private static readonly int[] _backOffMinutes = [1, 5, 15, 60];

    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.ProcessWebhook, ProcessAsync, stopping);

    private async Task ProcessAsync(Claim claim)
    {
        try
        {
            await ReadAsync(claim);
        }
        catch (Exception bug)
        {
            log.LogWarning(bug, "The look at webhook {Event} broke off", claim.Id);
            await BrokenOffAsync(claim, bug.GetType().Name);
        }
    }

    private async Task ReadAsync(Claim claim)
    {
        switch (await gateway.RetrieveEventAsync(claim.Id))
        {
            case GatewayAnswer<GatewayEvent>.Answered { Value: var happened }:
                await LookAsync(claim, happened);
                break;
            case GatewayAnswer<GatewayEvent>.Refused refused:
                await DoneAsync(claim, WebhookState.Ignored, $"The gateway does not know it: {refused.Code}.");
                break;
            default:
                await LaterAsync(claim);
                break;
        }
    }

    private async Task LookAsync(Claim claim, GatewayEvent happened)
    {
        var receivedAt = await KeepIdsAsync(happened);
        if (knocks.FirstOrDefault(k => k.Types.Contains(happened.Type, StringComparer.Ordinal)) is not { } knock)
        {
            await DoneAsync(claim, WebhookState.Ignored, KnockResult.Nothing.Words);
            return;
        }

        var seen = await knock.LookAsync(happened, receivedAt);
        await (seen.Settled ? DoneAsync(claim, WebhookState.Done, seen.Words) : LaterAsync(claim));
    }

    // Ids only: by them it is found, and nothing of a person has to be erased.
    private async Task<DateTimeOffset> KeepIdsAsync(GatewayEvent happened)
    {
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.WebhookEvents.SingleAsync(e => e.Id == happened.Id);
        if (row.ObjectId is null)
        {
            (row.OccurredAt, row.ObjectId, row.PaymentIntentId, row.CustomerId) =
                (happened.CreatedAt, Short(happened.ObjectId), Short(happened.PaymentIntentId), Short(happened.CustomerId));
            await db.SaveChangesAsync();
            meters.Arrived(row.ReceivedAt - happened.CreatedAt);
        }

        return row.ReceivedAt;
    }

    private async Task DoneAsync(Claim claim, WebhookState state, string result)
    {
        await using var db = await databases.CreateDbContextAsync();
        var at = clock.Now;
        await db.WebhookEvents.Where(e => e.Id == claim.Id).ExecuteUpdateAsync(set => set
            .SetProperty(e => e.State, state).SetProperty(e => e.ProcessedAt, at).SetProperty(e => e.Result, result)
            .SetProperty(e => e.Tries, 0).SetProperty(e => e.LastError, (string?)null));
        await due.CompleteAsync(claim, null);
    }

    private async Task BrokenOffAsync(Claim claim, string error)
    {
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.WebhookEvents.AsNoTracking().SingleOrDefaultAsync(e => e.Id == claim.Id);
        var tries = (row?.Tries ?? 0) + 1;
        var state = tries < MostTries ? WebhookState.Received : WebhookState.Parked;
        await db.WebhookEvents.Where(e => e.Id == claim.Id).ExecuteUpdateAsync(set => set
            .SetProperty(e => e.State, state).SetProperty(e => e.Tries, tries).SetProperty(e => e.LastError, error));
        if (state == WebhookState.Received)
        {
            await due.CompleteAsync(claim, clock.Now.AddMinutes(Minutes(tries - 1)), cameToNothing: true);
            return;
        }

        await tasks.OpenAsync("webhook-parked", claim.Id, $"The look at webhook {claim.Id} ({row?.Type}) broke off {tries} times ({error}). It is set aside; when the cause is mended, let it be processed again on its page.");
        await due.CompleteAsync(claim, null);
    }

    private Task LaterAsync(Claim claim) => due.CompleteAsync(claim, clock.Now.AddMinutes(Minutes(claim.Tries)), cameToNothing: true);

    private static int Minutes(int tries) => _backOffMinutes[Math.Min(tries, _backOffMinutes.Length - 1)];

    private static string? Short(string? id) => id is { Length: > 100 } ? id[..100] : id;
}
