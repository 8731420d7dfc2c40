using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>
/// Compares the gateway's list of events with what knocked, every so often and when asked, and stores what is missing as
/// if it had knocked: so an outage of either side loses nothing. Old events are dropped here too.
/// </summary>
public sealed class ResyncWebhooks(
    IPaymentGateway gateway, WebhookInbox inbox, IEnumerable<IWebhookKnock> knocks, StaffTasks tasks, WebhookMeters meters, IJobScheduler jobs,
    IDbContextFactory<SubscriptionsDb> databases, WebhookSettings settings, BillingClock clock, ILogger<ResyncWebhooks> log) : IRecurringJob
{
    /// <summary>Days for which the gateway lists an event.</summary>
    public const int ListedDays = 30;

    // Each window reaches back into the one before: an event is listed a little after its own second.
    private static readonly TimeSpan _overlap = TimeSpan.FromHours(1);

    private static readonly TimeSpan _again = TimeSpan.FromMinutes(5);

    private const int MostPages = 50;
    private const int PurgeBatch = 500;

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken stopping)
    {
        if (await BeginAsync() is { } begun)
        {
            await CompareAsync(begun, stopping);
            await PurgeAsync(stopping);
        }
    }

    /// <summary>Asks for a comparison now.</summary>
    public async Task WantAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        await db.WebhookResyncs.Where(r => r.Id == WebhookResyncRow.OnlyId).ExecuteUpdateAsync(set => set.SetProperty(r => r.Wanted, true));
        await jobs.LookNowAsync<ResyncWebhooks>();
    }

    // Of several processes one goes on: the others lose against the version.
    private async Task<WebhookResyncRow?> BeginAsync()
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.WebhookResyncs.FirstOrDefaultAsync(r => r.Id == WebhookResyncRow.OnlyId);
        if (row is null)
        {
            var newest = await db.WebhookEvents.MaxAsync(e => (DateTimeOffset?)e.ReceivedAt);
            row = db.WebhookResyncs.Add(new WebhookResyncRow { Id = WebhookResyncRow.OnlyId, SyncedThrough = newest ?? now }).Entity;
        }
        else if (!row.Wanted && row.Cursor is null && now < row.LastRunAt.AddMinutes(settings.ResyncEveryMinutes))
        {
            return null;
        }

        row.Version++;
        (row.LastRunAt, row.Wanted) = (now, false);
        row.WindowUntil ??= now;
        try
        {
            await db.SaveChangesAsync();
            return row;
        }
        catch (DbUpdateException)
        {
            return null;
        }
    }

    private async Task CompareAsync(WebhookResyncRow row, CancellationToken stopping)
    {
        var (from, until, cursor, missed) = (row.SyncedThrough - _overlap, row.WindowUntil!.Value, row.Cursor, 0);
        await TellOfGapAsync(from);
        for (var page = 0; page < MostPages && !stopping.IsCancellationRequested; page++)
        {
            switch (await gateway.ListEventsAsync(from, until, cursor))
            {
                case GatewayAnswer<GatewayEventPage>.Answered { Value: var listed }:
                    missed += await StoreAsync(listed.Events);
                    cursor = listed.More ? listed.Events[^1].Id : null;
                    break;
                case GatewayAnswer<GatewayEventPage>.Refused refused when cursor is not null:
                    // The event that the list was to go on after has aged out of it: the window is read from its beginning.
                    log.LogWarning("The list of events does not go on after {Event}: {Code}", cursor, refused.Code);
                    await EndAsync(row, null, missed, finished: false, LaterRun());
                    return;
                default:
                    await EndAsync(row, cursor, missed, finished: false, LaterRun());
                    return;
            }

            if (cursor is null)
            {
                await EndAsync(row, null, missed, finished: true, row.LastRunAt);
                return;
            }
        }

        await EndAsync(row, cursor, missed, finished: false, row.LastRunAt);
    }

    // Due again in a few minutes, not only after the whole pause.
    private DateTimeOffset LaterRun() => clock.Now.AddMinutes(-settings.ResyncEveryMinutes) + _again;

    private async Task<int> StoreAsync(IReadOnlyList<GatewayEvent> listed)
    {
        var wanted = listed.Where(e => knocks.Any(k => k.Types.Contains(e.Type, StringComparer.Ordinal))).ToList();
        var ids = wanted.Select(e => e.Id).ToList();
        await using var db = await databases.CreateDbContextAsync();
        var known = await db.WebhookEvents.Where(e => ids.Contains(e.Id)).Select(e => e.Id).ToListAsync();
        var missed = 0;
        foreach (var absent in wanted.Where(e => !known.Contains(e.Id)))
        {
            missed += await inbox.StoreAsync(absent.Id, absent.Type, missed: true) ? 1 : 0;
        }

        return missed;
    }

    private async Task EndAsync(WebhookResyncRow row, string? cursor, int missed, bool finished, DateTimeOffset ranAt)
    {
        await using var db = await databases.CreateDbContextAsync();
        var through = finished ? row.WindowUntil!.Value : row.SyncedThrough;
        var until = finished ? null : cursor is null ? null : row.WindowUntil;
        await db.WebhookResyncs.Where(r => r.Id == row.Id && r.Version == row.Version).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.SyncedThrough, through).SetProperty(r => r.WindowUntil, until).SetProperty(r => r.Cursor, cursor)
            .SetProperty(r => r.LastRunAt, ranAt).SetProperty(r => r.Missed, r => r.Missed + missed));
        if (missed > 0)
        {
            meters.Missed(missed);
            log.LogInformation("{Count} events had never knocked and were found in the gateway's list", missed);
            await jobs.LookNowAsync<ProcessDueWebhooks>();
        }
    }

    private async Task TellOfGapAsync(DateTimeOffset from)
    {
        if (from < clock.Now.AddDays(-ListedDays))
        {
            await tasks.OpenAsync("webhooks-gap", $"{from:yyyyMMddHHmm}", $"Events of the gateway between {from:u} and {clock.Now.AddDays(-ListedDays):u} can be listed no more. What they told of payments is settled by itself; look at refunds, disputes and mandates of that time.");
        }
    }

    // What is still to be looked at, or parked, is kept whatever its age.
    private async Task PurgeAsync(CancellationToken stopping)
    {
        var before = clock.Now.AddDays(-settings.KeepDays);
        await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
        while (!stopping.IsCancellationRequested)
        {
            var old = await db.WebhookEvents
                .Where(e => e.ReceivedAt < before && (e.State == WebhookState.Done || e.State == WebhookState.Ignored || (e.State == WebhookState.Received && e.ProcessedAt != null)))
                .OrderBy(e => e.ReceivedAt).Select(e => e.Id).Take(PurgeBatch).ToListAsync(CancellationToken.None);
            if (old.Count == 0)
            {
                return;
            }

            await db.WebhookEvents.Where(e => old.Contains(e.Id)).ExecuteDeleteAsync(CancellationToken.None);
        }
    }
}
