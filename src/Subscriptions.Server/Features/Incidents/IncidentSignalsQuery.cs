using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Incidents;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Incidents;

/// <summary>Reads what the rows say about our incidents: bounded ranges of indexes, never a whole table. All in billing time, in which the work is due.</summary>
public sealed class IncidentSignalsQuery(IDbContextFactory<SubscriptionsDb> databases, IncidentThresholds limits, PublisherHours hours, BillingClock clock, TimeProvider wall)
{
    /// <summary>Minutes in which answers of the gateway count.</summary>
    private const int GatewayMinutes = 30;

    /// <summary>Minutes in which offers to the mail server count.</summary>
    private const int MailMinutes = 60;

    /// <summary>A collection that came to nothing is tried again within four hours; what is due later waits for something else.</summary>
    private const int LongestBackOffMinutes = 250;

    /// <summary>Minutes of wall time for which a webhook has been here at least: a billing clock that is moved by weeks makes none late.</summary>
    private const int LeastWallMinutes = 1;

    /// <summary>More that wait than this tell nothing more.</summary>
    private const int MostWaiting = 1000;

    private const int WeeksBack = 4;
    private const int MonthsBack = 3;

    /// <summary>The signals now.</summary>
    public async Task<IncidentSignals> RunAsync()
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        var tries = await FirstTriesAsync(db, now);
        var compared = tries.Of >= limits.LeastTries / 2 ? await ComparedAsync(db, now) : default;
        var (waiting, minutes) = await WebhooksAsync(db, now);
        return new(tries, compared, await GatewayAsync(db, now), await MailsAsync(db, now), waiting, minutes);
    }

    // First tries only: a retry is declined more often than not, and a freeze stops retries, so their share would say that it is over.
    private async Task<Share> FirstTriesAsync(SubscriptionsDb db, DateTimeOffset until)
    {
        var from = until.AddHours(-limits.WindowHours);
        var judged = await db.PaymentAttempts
            .Where(a => a.StartedAt > from && a.StartedAt <= until && a.Number == 1 && a.Trigger == AttemptTrigger.Schedule)
            .Where(a => a.State == AttemptState.Succeeded || a.State == AttemptState.Declined)
            .GroupBy(a => a.State).Select(g => new { g.Key, Count = g.Count() }).ToListAsync();
        return new(judged.Sum(g => g.Count), judged.Where(g => g.Key == AttemptState.Declined).Sum(g => g.Count));
    }

    private async Task<Share> ComparedAsync(SubscriptionsDb db, DateTimeOffset now)
    {
        var time = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, hours.Zone).DateTime);
        var today = hours.DateOf(now);
        var sum = new Share();
        var days = Enumerable.Range(1, WeeksBack).Select(week => today.AddDays(-7 * week)).Concat(Enumerable.Range(1, MonthsBack).Select(month => today.AddMonths(-month)));
        foreach (var day in days.Distinct())
        {
            var share = await FirstTriesAsync(db, hours.At(day, time));
            sum = new(sum.Of + share.Of, sum.Bad + share.Bad);
        }

        return sum;
    }

    private static async Task<Share> GatewayAsync(SubscriptionsDb db, DateTimeOffset now)
    {
        var (soon, since) = (now.AddMinutes(LongestBackOffMinutes), now.AddMinutes(-GatewayMinutes));
        if (await db.CollectingGates.AnyAsync(g => g.Id == CollectingGate.Name && (g.ClosedAt != null || g.OpenedAt > since)))
        {
            // Nothing is asked of the gateway while collecting is off: what waits says nothing about it, nor until it is worked off.
            return default;
        }

        var waiting = await db.DueWork.Where(w => w.Kind == WorkKind.CollectInvoice && w.DueAt <= soon && w.Tries > 0)
            .OrderBy(w => w.DueAt).Select(w => w.Id).Take(MostWaiting).ToListAsync();
        var invoices = waiting.Select(InvoiceId.From).ToList();

        // A refund that waits for a dispute, and what was refused as our own mistake, say nothing about the gateway.
        var unanswered = invoices.Count == 0 ? 0 : await db.Invoices.CountAsync(i => invoices.Contains(i.Id) && i.Status == InvoiceStatus.Open
            && !i.Attempts.Any(a => a.State == AttemptState.RefusedByGateway));
        var answered = unanswered == 0 ? 0 : await db.PaymentAttempts.CountAsync(a => a.SettledAt > since);
        return new(unanswered + answered, unanswered);
    }

    private static async Task<Share> MailsAsync(SubscriptionsDb db, DateTimeOffset now)
    {
        var since = now.AddMinutes(-MailMinutes);
        var offered = await db.Mails.Where(m => m.LastTriedAt > since).GroupBy(m => m.State).Select(g => new { g.Key, Count = g.Count() }).ToListAsync();
        return new(offered.Sum(g => g.Count), offered.Where(g => g.Key == MailState.Pending).Sum(g => g.Count));
    }

    private async Task<(int Waiting, int OldestMinutes)> WebhooksAsync(SubscriptionsDb db, DateTimeOffset now)
    {
        var hereSince = wall.GetUtcNow().AddMinutes(-LeastWallMinutes);
        var overdue = db.DueWork.Where(w => w.Kind == WorkKind.ProcessWebhook && w.ParkedAt == null && w.DueAt <= now
            && db.WebhookEvents.Any(e => e.Id == w.Id && e.ReceivedAtWall < hereSince));
        var oldest = await overdue.MinAsync(w => (DateTimeOffset?)w.DueAt);
        return oldest is { } at ? (await overdue.CountAsync(), (int)(now - at).TotalMinutes) : (0, 0);
    }
}
