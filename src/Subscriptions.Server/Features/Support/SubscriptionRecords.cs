using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Support;

/// <summary>What is kept of subscriptions, newest first and page by page. API and support pages both read it here.</summary>
public sealed class SubscriptionRecords(IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>Tells whether there is such a subscription.</summary>
    public async Task<bool> ExistsAsync(SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Subscriptions.AnyAsync(s => s.Id == id);
    }

    /// <summary>What happened to a subscription and its invoices.</summary>
    public async Task<Paged<EventRow>> EventsAsync(SubscriptionId id, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await EventsAsync(db.Events.Where(e => e.SubscriptionId == id), page);
    }

    /// <summary>What happened to a reader's subscriptions, invoices and sign-ins, and in the groups that she pays for.</summary>
    public async Task<Paged<EventRow>> EventsAsync(ReaderId reader, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        var groups = await db.Subscriptions.Where(s => s.ReaderId == reader && db.Seats.Any(seat => seat.SubscriptionId == s.Id)).Select(s => (SubscriptionId?)s.Id).ToListAsync();
        return await EventsAsync(groups.Count == 0 ? db.Events.Where(e => e.ReaderId == reader) : db.Events.Where(e => e.ReaderId == reader || groups.Contains(e.SubscriptionId)), page);
    }

    /// <summary>The tries to collect a subscription's invoices.</summary>
    public async Task<Paged<InvoiceAttempt>> AttemptsAsync(SubscriptionId id, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        var rows = await page.OfAsync(
            db.PaymentAttempts.AsNoTracking()
                .Join(db.Invoices.Where(i => i.SubscriptionId == id), a => a.InvoiceId, i => i.Id, (a, _) => a)
                .Where(a => a.StartedAt <= page.Before)
                .OrderByDescending(a => a.StartedAt).ThenByDescending(a => a.InvoiceId).ThenByDescending(a => a.Number),
            a => a.StartedAt);
        return rows.Select(row => new InvoiceAttempt(row.InvoiceId, InvoiceMapping.ToAttempt(row)));
    }

    /// <summary>A subscription's invoices, with their attempts.</summary>
    public async Task<Paged<InvoiceRow>> InvoicesAsync(SubscriptionId id, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await page.OfAsync(
            db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.SubscriptionId == id && i.RaisedAt <= page.Before)
                .OrderByDescending(i => i.RaisedAt).ThenByDescending(i => i.Id),
            i => i.RaisedAt);
    }

    /// <summary>One invoice with all that belongs to it, or null.</summary>
    public async Task<InvoiceRow?> InvoiceAsync(InvoiceId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Invoices.AsNoTracking().Include(i => i.Attempts).FirstOrDefaultAsync(i => i.Id == id);
    }

    /// <summary>The mails about a subscription; with a kind, only those.</summary>
    public async Task<Paged<MailRow>> MailsAsync(SubscriptionId id, MailKind? kind, Page page)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await page.OfAsync(
            db.Mails.AsNoTracking().Where(m => m.SubscriptionId == id && (kind == null || m.Kind == kind) && m.CreatedAt <= page.Before)
                .OrderByDescending(m => m.CreatedAt).ThenByDescending(m => m.Id),
            m => m.CreatedAt);
    }

    private static Task<Paged<EventRow>> EventsAsync(IQueryable<EventRow> events, Page page) => page.OfAsync(
        events.AsNoTracking().Where(e => e.At <= page.Before).OrderByDescending(e => e.At).ThenByDescending(e => e.Id), e => e.At);
}

/// <summary>A try, and the invoice that it was for.</summary>
public sealed record InvoiceAttempt(InvoiceId InvoiceId, PaymentAttempt Attempt);
