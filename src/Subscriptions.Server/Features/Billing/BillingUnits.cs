using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Opens units and saves them. Whoever loses against another writer reads again and decides again: an outcome of the
/// gateway is never dropped because somebody else was faster.
/// </summary>
public sealed class BillingUnits(
    IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, Catalog catalog, BillingClock clock, IJobScheduler jobs)
{
    /// <summary>Changes a subscription, and with it its open invoice. The change may run more than once. Null when there is no such subscription.</summary>
    public Task<T?> ChangeAsync<T>(SubscriptionId id, string actor, Func<BillingUnit, T> change) where T : class =>
        RunAsync(now => OpenAsync(id, null, actor, now), change);

    /// <summary>Changes an invoice and its subscription. The change may run more than once. Null when there is no such invoice.</summary>
    public Task<T?> ChangeAsync<T>(InvoiceId id, string actor, Func<BillingUnit, T> change) where T : class =>
        RunAsync(now => OpenAsync(id, actor, now), change);

    /// <summary>Begins a subscription. Throws <see cref="DbUpdateException"/> when the reader has one that lives already.</summary>
    public Task<T?> BeginAsync<T>(PlanVersion plan, string actor, Func<BillingUnit, T> change) where T : class => RunAsync(
        async now => new BillingUnit(
            await databases.CreateDbContextAsync(), new SubscriptionRules(plan, catalog.CurrentPolicy, catalog.Hours), null, null, now, actor),
        change, mostWhenTaken: 1);

    /// <summary>Reads an invoice and its subscription as they stand.</summary>
    public async Task<BillingUnit?> ReadAsync(InvoiceId id) => await OpenAsync(id, Actors.System, clock.Now);

    /// <summary>Reads a subscription and its open invoice as they stand.</summary>
    public async Task<BillingUnit?> ReadAsync(SubscriptionId id) => await OpenAsync(id, null, Actors.System, clock.Now);

    private async Task<T?> RunAsync<T>(Func<DateTimeOffset, Task<BillingUnit?>> open, Func<BillingUnit, T> change, int mostWhenTaken = Retries.Most) where T : class
    {
        var (result, hasEvents) = await provider.RetryAsync(() => TryAsync(open, change), mostWhenTaken);
        if (hasEvents)
        {
            await jobs.LookNowAsync<PublishEvents>();
        }

        return result;
    }

    private async Task<(T? Result, bool HasEvents)> TryAsync<T>(Func<DateTimeOffset, Task<BillingUnit?>> open, Func<BillingUnit, T> change) where T : class
    {
        await using var unit = await open(clock.Now);
        if (unit is null)
        {
            return (null, false);
        }

        var result = change(unit);
        await unit.SaveAsync();
        return (result, unit.HasEvents);
    }

    private async Task<BillingUnit?> OpenAsync(InvoiceId id, string actor, DateTimeOffset now)
    {
        await using var look = await databases.CreateDbContextAsync();
        var subscription = await look.Invoices.Where(i => i.Id == id).Select(i => i.SubscriptionId).FirstOrDefaultAsync();
        return subscription is { } known ? await OpenAsync(known, id, actor, now) : null;
    }

    private async Task<BillingUnit?> OpenAsync(SubscriptionId id, InvoiceId? invoiceId, string actor, DateTimeOffset now)
    {
        var db = await databases.CreateDbContextAsync();
        var row = await db.Subscriptions.FirstOrDefaultAsync(s => s.Id == id);
        if (row is null)
        {
            await db.DisposeAsync();
            return null;
        }

        var wanted = invoiceId ?? row.OpenInvoiceId;
        var invoice = wanted is null ? null : await db.Invoices.Include(i => i.Attempts).SingleAsync(i => i.Id == wanted);
        var unit = new BillingUnit(db, await catalog.RulesForAsync(row.ToState()), row, invoice, now, actor);
        var work = invoice is null ? null : await db.DueWork.AsNoTracking().FirstOrDefaultAsync(w => w.Kind == WorkKind.CollectInvoice && w.Id == invoice.Id.Value);
        unit.CollectTries = work?.Tries ?? 0;
        return unit;
    }
}
