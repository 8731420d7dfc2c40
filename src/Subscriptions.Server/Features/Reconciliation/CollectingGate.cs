using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>
/// Whether money may be collected. After a restore from backup it may not, until our records were compared with the gateway's.
/// A restore is found by itself: the gateway then has charges of ours, newer than our newest record, that we never asked for. That
/// is looked at before the first charge of a process and every few minutes after; while the gateway is silent nothing is collected.
/// </summary>
public sealed class CollectingGate(
    IGatewayRecords records, IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, StaffTasks tasks, BillingClock clock, TimeProvider wall,
    ILogger<CollectingGate> log) : IDisposable
{
    /// <summary>The gate's row.</summary>
    public const string Name = "collecting";

    /// <summary>Days after an opening in which every payment is first looked for at the gateway.</summary>
    public const int WatchfulDays = 60;

    private const int MostPages = 20;
    private const string TaskKind = "collecting-off";

    private static readonly TimeSpan _lookAgain = TimeSpan.FromMinutes(10);

    // An attempt is saved before its charge is made; what may lie between is a bank's question, which lives an hour, and two clocks.
    private static readonly TimeSpan _chargeAfter = TimeSpan.FromHours(2);
    private static readonly TimeSpan _skew = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim oneLook = new(1, 1);
    private DateTimeOffset? lookedAt;
    private DateTimeOffset? lookedUntil;

    /// <summary>Why nothing is charged, in words for anybody.</summary>
    public static Refusal Closed { get; } = new(
        "collecting-off", "No payments are taken at the moment, while our records are compared with the payment provider's. Please try again later; nothing was charged.");

    /// <summary>Null when money may be collected.</summary>
    public async Task<Refusal?> RefusalAsync()
    {
        if (!await LookedAsync())
        {
            return Closed;
        }

        return await StateAsync() is { ClosedAt: not null } ? Closed : null;
    }

    /// <summary>How the gate stands; null when it was never closed.</summary>
    public async Task<CollectingGateRow?> StateAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.CollectingGates.AsNoTracking().FirstOrDefaultAsync(g => g.Id == Name);
    }

    /// <summary>True while a payment is first looked for at the gateway, because a backup was restored not long ago.</summary>
    public async Task<bool> IsWatchfulAsync() =>
        await StateAsync() is { } gate && (gate.ClosedAt is not null || gate.OpenedAt?.AddDays(WatchfulDays) > clock.Now);

    /// <summary>Shuts it: nothing is charged until a reconciliation has run.</summary>
    public async Task CloseAsync(string reason, string actor)
    {
        var now = clock.Now;
        await ChangeAsync(actor, gate => (gate.ClosedAt, gate.Reason) = (gate.ClosedAt ?? now, gate.ClosedAt is null ? reason : gate.Reason));
        await tasks.OpenAsync(TaskKind, Name, $"Collecting is off: {reason} It goes on by itself when a reconciliation has run; see Reconciliation.");
    }

    /// <summary>Opens it, after a reconciliation.</summary>
    public async Task OpenAsync(string actor)
    {
        if (await StateAsync() is { ClosedAt: not null })
        {
            var now = clock.Now;
            await ChangeAsync(actor, gate => (gate.ClosedAt, gate.Reason, gate.OpenedAt) = (null, null, now));
            await tasks.CloseAsync($"{TaskKind}:{Name}");
        }
    }

    /// <summary>Opens it by hand, before a comparison has run to its end: whoever does that answers for it. False when it is open.</summary>
    /// <param name="reason">Why, in a sentence of staff; about our records, never about a person.</param>
    /// <param name="actor">Who.</param>
    public async Task<bool> OpenByHandAsync(string reason, string actor)
    {
        if (await StateAsync() is not { ClosedAt: not null })
        {
            return false;
        }

        var now = clock.Now;
        await ChangeAsync(actor, gate => (gate.ClosedAt, gate.Reason, gate.OpenedAt) = (null, reason, now));
        await tasks.CloseAsync($"{TaskKind}:{Name}");
        log.LogWarning("Collecting was switched on by {Actor} before a reconciliation had run: {Reason}", actor, reason);
        await tasks.OpenAsync("collecting-on-by-hand", $"{Name}:{now:yyyyMMddHHmmss}", $"{actor} switched collecting on before a comparison had run to its end: {reason} Payments are looked for at the provider before each charge; please compare as soon as it can be done.");
        return true;
    }

    /// <inheritdoc />
    public void Dispose() => oneLook.Dispose();

    private async Task ChangeAsync(string actor, Action<CollectingGateRow> change)
    {
        await using var db = await databases.CreateDbContextAsync();
        var gate = await db.CollectingGates.FirstOrDefaultAsync(g => g.Id == Name) ?? db.CollectingGates.Add(new CollectingGateRow { Id = Name, Actor = actor }).Entity;
        change(gate);
        gate.Actor = actor;
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException same) when (provider.IsUniqueViolation(same))
        {
            await ChangeAsync(actor, change);
        }
    }

    private async Task<bool> LookedAsync()
    {
        await oneLook.WaitAsync();
        try
        {
            if (lookedAt is { } at && wall.GetUtcNow() - at < _lookAgain)
            {
                return true;
            }

            var looked = await LookAsync();
            lookedAt = looked || lookedAt is not null ? wall.GetUtcNow() : null;

            // A process that has looked before goes on when the gateway is silent once: a restore under its feet is the rarer case.
            return lookedAt is not null;
        }
        finally
        {
            oneLook.Release();
        }
    }

    // True when it was settled whether there are charges that we know nothing of.
    private async Task<bool> LookAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await SinceAsync(db) is not { } since)
        {
            return true;
        }

        var now = clock.Now;
        var window = new RecordWindow(since - _skew, now.AddDays(1));
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            if (await records.ChargesAsync(window, after) is not GatewayAnswer<GatewayPage<ListedCharge>>.Answered { Value: var charges })
            {
                return false;
            }

            foreach (var charge in charges.Items.Where(c => c.InvoiceId is not null))
            {
                if (!await IsKnownAsync(db, charge))
                {
                    await CloseAsync($"the payment provider has the charge {charge.Id} of {charge.InvoiceId}, made after our newest record and unknown to us, as after a restored backup.", Actors.System);
                    await db.DueWork.Where(w => w.Kind == WorkKind.Reconcile && w.DueAt > now).ExecuteUpdateAsync(set => set.SetProperty(w => w.DueAt, now));
                    return true;
                }
            }

            if (charges.Next is null)
            {
                lookedUntil = now;
                return true;
            }

            after = charges.Next;
        }

        return true;
    }

    // From our newest try on: no other is begun before this look. What was unknown before the last comparison is a finding of
    // that one, and no new sign.
    private async Task<DateTimeOffset?> SinceAsync(SubscriptionsDb db)
    {
        var newest = await db.PaymentAttempts.OrderByDescending(a => a.StartedAt).Select(a => (DateTimeOffset?)a.StartedAt).FirstOrDefaultAsync()
            ?? await db.Invoices.OrderBy(i => i.RaisedAt).Select(i => (DateTimeOffset?)i.RaisedAt).FirstOrDefaultAsync();
        var since = lookedUntil < newest ? lookedUntil : newest;
        return await StateAsync() is { OpenedAt: { } opened } && opened + _skew > since ? opened + _skew : since;
    }

    private static async Task<bool> IsKnownAsync(SubscriptionsDb db, ListedCharge charge)
    {
        var (from, to) = (charge.At - _chargeAfter, charge.At + _skew);
        return await db.PaymentAttempts.AnyAsync(a => a.ChargeId == charge.Id
            || (a.PaymentIntentId == charge.PaymentIntentId && (a.LiveSlot != null || (a.StartedAt >= from && a.StartedAt <= to))));
    }
}
