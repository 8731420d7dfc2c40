using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Incidents;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Dunning;
using Subscriptions.Server.Features.Incidents;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>A member of staff who refunds, credits, voids and gives up, wisely or not, and sometimes asks twice.</summary>
internal sealed class StaffLife(SimulatedClock clock, Random chance)
{
    private static readonly string _actor = Actors.Staff("staff_1");

    private int keys;

    public DateTimeOffset NextVisitAt { get; set; }

    /// <summary>How many wishes were granted.</summary>
    public int Acts { get; private set; }

    public async Task WorkAsync(ServiceProcess service)
    {
        NextVisitAt = clock.At.AddHours(chance.Next(2, 24 * 20));
        if (chance.Next(5) is var wish and < 2)
        {
            Acts += await (wish == 0 ? FreezeAsync(service) : PauseAsync(service)) ? 1 : 0;
            return;
        }

        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var rows = await db.Invoices.AsNoTracking().Include(i => i.Attempts).OrderByDescending(i => i.RaisedAt).ThenBy(i => i.Id).Take(12).ToListAsync();
        if (rows.Count == 0)
        {
            return;
        }

        // An open one is rarer, and more interesting.
        var open = rows.Where(r => r.Status == InvoiceStatus.Open).ToArray();
        var row = open.Length > 0 && chance.Next(2) == 0 ? open[chance.Next(open.Length)] : rows[chance.Next(rows.Count)];
        Acts += await ActAsync(service, row) is null ? 1 : 0;
    }

    // Whatever stands is ended; else all is frozen for a few days.
    private async Task<bool> FreezeAsync(ServiceProcess service)
    {
        var freezes = service.Get<Freezes>();
        if ((await service.Get<FreezeBook>().OpenAsync()).FirstOrDefault() is { } open)
        {
            return await freezes.CloseAsync(open.Id, FreezeEnd.ByHand, _actor);
        }

        NextVisitAt = clock.At.AddHours(chance.Next(1, 24 * 6));
        return await freezes.OpenAsync(IncidentKind.ByHand, "The presses stand still.", _actor);
    }

    private async Task<bool> PauseAsync(ServiceProcess service)
    {
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var owing = await db.Subscriptions.AsNoTracking().Where(s => s.Status == nameof(Subscription.PastDue)).OrderBy(s => s.Id).Select(s => s.Id).ToListAsync();
        if (owing.Count == 0)
        {
            return false;
        }

        var (id, pauses) = (owing[chance.Next(owing.Count)], service.Get<PauseDunning>());
        var reason = chance.Next(2) == 0 ? PauseReason.Hardship : PauseReason.Complaint;
        return await (chance.Next(3) == 0
            ? pauses.ResumeAsync(id, reason, _actor)
            : pauses.RunAsync(id, reason, DateOnly.FromDateTime(clock.At.UtcDateTime).AddDays(chance.Next(1, 30)), chance.Next(2) == 0 ? "She was ill." : null, _actor)) is null;
    }

    private async Task<Refusal?> ActAsync(ServiceProcess service, InvoiceRow row)
    {
        var adjust = service.Get<AdjustInvoice>();
        var key = $"key-{++keys - (chance.Next(6) == 0 ? 1 : 0)}";
        var amount = new Money(chance.Next(3) == 0 ? row.Total : chance.Next(1, (int)row.Total + 50), row.Currency);
        return chance.Next(row.Status == InvoiceStatus.Open ? 8 : 6) switch
        {
            < 3 when row.Status != InvoiceStatus.Open => await RefundAsync(adjust, row.Id, amount, key),
            5 => await service.Get<CreditAccounts>().GrantAsync(row.ReaderId, amount, AdjustmentReason.Goodwill, key, _actor),
            6 => await adjust.CloseAsync(row.Id, writeOff: false, AdjustmentReason.ChargedInError, _actor),
            7 => await adjust.CloseAsync(row.Id, writeOff: true, AdjustmentReason.Hardship, _actor),
            _ => await adjust.CreditAsync(row.Id, new InvoiceCommand.IssueCreditNote(
                amount, AdjustmentReason.DeliveryProblem, row.Status == InvoiceStatus.Open ? CreditDestination.Invoice : (CreditDestination)chance.Next(1, 3), _actor, key)),
        };
    }

    private async Task<Refusal?> RefundAsync(AdjustInvoice adjust, InvoiceId id, Money amount, string key)
    {
        var wish = new InvoiceCommand.RequestRefund(amount, AdjustmentReason.AskedByReader, _actor, key);
        var refusal = await adjust.RefundAsync(id, wish);
        return chance.Next(3) == 0 ? await adjust.RefundAsync(id, wish) : refusal;
    }
}
