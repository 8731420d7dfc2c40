using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>What is looked for in the inbox; null stands for anything.</summary>
/// <param name="Text">An event's id from its beginning, or as a whole the gateway's id of an object, payment or payer, or a subscription of ours.</param>
/// <param name="Type">The event's type, from its beginning.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Day">The publisher's day on which it came.</param>
public sealed record WebhookSearch(string? Text, string? Type, WebhookState? State, DateOnly? Day)
{
    /// <summary>Longest text to look for, in characters.</summary>
    public const int MaxLength = 100;
}

/// <summary>The webhooks that are kept: stored once, found again, looked at again.</summary>
public sealed class WebhookInbox(
    IDbContextFactory<SubscriptionsDb> databases, Subscriptions.Data.DatabaseProvider provider, IJobScheduler jobs, PublisherHours hours, TimeProvider wall, BillingClock clock,
    ILogger<WebhookInbox> log)
{
    /// <summary>Stores an event and has it looked at; false when it is known already.</summary>
    /// <param name="id">The gateway's id.</param>
    /// <param name="type">Its type.</param>
    /// <param name="missed">It did not knock, but was found in the gateway's list.</param>
    public async Task<bool> StoreAsync(string id, string type, bool missed)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.WebhookEvents.AnyAsync(e => e.Id == id))
        {
            return false;
        }

        db.WebhookEvents.Add(new WebhookEventRow { Id = id, Type = type, ReceivedAt = clock.Now, ReceivedAtWall = wall.GetUtcNow(), WasMissed = missed });
        db.DueWork.Add(new DueWorkRow { Kind = WorkKind.ProcessWebhook, Id = id, DueAt = clock.Now });
        try
        {
            await db.SaveChangesAsync();
            return true;
        }
        catch (DbUpdateException twice) when (provider.IsUniqueViolation(twice))
        {
            return false;
        }
    }

    /// <summary>What was looked for, newest first.</summary>
    public async Task<Paged<WebhookEventRow>> FindAsync(WebhookSearch search, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        var found = Matching(db, search).AsNoTracking().Where(e => e.ReceivedAt <= page.Before);
        return await page.OfAsync(found.OrderByDescending(e => e.ReceivedAt).ThenByDescending(e => e.Id), e => e.ReceivedAt);
    }

    /// <summary>One event, or null.</summary>
    public async Task<WebhookEventRow?> OneAsync(string id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.WebhookEvents.AsNoTracking().FirstOrDefaultAsync(e => e.Id == id);
    }

    /// <summary>Has an event looked at again, whatever came of it before; false when there is none. It does nothing that was done.</summary>
    public async Task<bool> ReplayAsync(string id, string actor)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.WebhookEvents.FirstOrDefaultAsync(e => e.Id == id) is not { } row)
        {
            return false;
        }

        var now = clock.Now;
        (row.State, row.Tries, row.LastError, row.ReplayedBy, row.ReplayedAt) = (WebhookState.Received, 0, null, actor, now);
        if (await db.DueWork.FirstOrDefaultAsync(w => w.Kind == WorkKind.ProcessWebhook && w.Id == id) is { } work)
        {
            (work.DueAt, work.Tries) = (now, 0);
        }
        else
        {
            db.DueWork.Add(new DueWorkRow { Kind = WorkKind.ProcessWebhook, Id = id, DueAt = now });
        }

        if (await db.StaffTasks.FirstOrDefaultAsync(t => t.Id == $"webhook-parked:{id}" && t.ClosedAt == null) is { } task)
        {
            task.ClosedAt = now;
        }

        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException same) when (same is DbUpdateConcurrencyException || provider.IsUniqueViolation(same))
        {
            // It is being looked at in this very moment: that is what was asked for.
            return true;
        }

        log.LogInformation("Webhook {Event} is processed again for {Actor}", id, actor);
        await jobs.LookNowAsync<ProcessDueWebhooks>();
        return true;
    }

    private IQueryable<WebhookEventRow> Matching(SubscriptionsDb db, WebhookSearch search)
    {
        IQueryable<WebhookEventRow> events = db.WebhookEvents;
        if (search.State is { } state)
        {
            events = events.Where(e => e.State == state);
        }

        if (search.Type is { Length: > 0 } type)
        {
            events = events.Where(e => e.Type.StartsWith(type));
        }

        if (search.Day is { } day && day < DateOnly.MaxValue)
        {
            var (from, until) = (hours.StartOf(day), hours.StartOf(day.AddDays(1)));
            events = events.Where(e => e.ReceivedAt >= from && e.ReceivedAt < until);
        }

        return search.Text is not { Length: > 0 } text ? events
            : text.StartsWith("sub_", StringComparison.OrdinalIgnoreCase) ? OfSubscription(db, events, SubscriptionId.From(text.ToLowerInvariant()))
            : events.Where(e => e.Id.StartsWith(text) || e.ObjectId == text || e.PaymentIntentId == text || e.CustomerId == text);
    }

    private static IQueryable<WebhookEventRow> OfSubscription(SubscriptionsDb db, IQueryable<WebhookEventRow> events, SubscriptionId id)
    {
        var invoices = db.Invoices.Where(i => i.SubscriptionId == id);
        var payers = db.Subscriptions.Where(s => s.Id == id).Join(db.Readers, s => s.ReaderId, r => r.Id, (_, r) => r.GatewayCustomerId);
        var tries = db.PaymentAttempts.Where(a => invoices.Any(i => i.Id == a.InvoiceId)).Select(a => a.PaymentIntentId);
        return events.Where(e => invoices.Any(i => i.PaymentIntentId == e.PaymentIntentId) || tries.Contains(e.PaymentIntentId)
            || (e.CustomerId != null && payers.Contains(e.CustomerId)) || (e.ObjectId != null && payers.Contains(e.ObjectId)));
    }
}
