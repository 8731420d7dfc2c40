using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>Differences as staff work on them.</summary>
public sealed class FindingDesk(IDbContextFactory<SubscriptionsDb> databases, Repairs repairs, BillingClock clock)
{
    private static Refusal NotOpen { get; } = new("finding-not-open", "This difference does not wait for a decision any more.");

    private static Refusal NoRepair { get; } = new("finding-no-repair", "There is no repair that could be applied here; it has to be looked at by hand, or accepted as it is.");

    private static Refusal NotMended { get; } = new("finding-not-mended", "The payment provider did not carry it out, or the payment is being worked on. Nothing was changed; please try again in a minute.");

    /// <summary>The newest differences, those that wait first.</summary>
    public async Task<IReadOnlyList<FindingRow>> ListAsync(int atMost)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Findings.AsNoTracking().OrderBy(f => f.State == FindingState.Open ? 0 : 1).ThenByDescending(f => f.LastSeenAt).ThenBy(f => f.Id).Take(atMost).ToListAsync();
    }

    /// <summary>The differences of a period, by what they are about.</summary>
    public async Task<IReadOnlyList<FindingRow>> OfAsync(DateTimeOffset from, DateTimeOffset to)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Findings.AsNoTracking().Where(f => f.SubjectAt >= from && f.SubjectAt < to).OrderBy(f => f.SubjectAt).ThenBy(f => f.Id).ToListAsync();
    }

    /// <summary>Applies the repair; null when it is mended.</summary>
    public async Task<Refusal?> RepairAsync(string id, string actor)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Findings.FirstOrDefaultAsync(f => f.Id == id) is not { State: FindingState.Open } row)
        {
            return NotOpen;
        }

        var mended = row switch
        {
            { Kind: FindingKind.PaidTwice or FindingKind.PaymentNotRecorded, InvoiceId: { } invoice } => await repairs.RecordPaymentAsync(invoice, row.Subject, row.SubjectAt, actor),
            { Kind: FindingKind.PaymentStillOpen, InvoiceId: { } invoice } => await repairs.CancelAsync(invoice, row.Subject),
            _ => (bool?)null,
        };
        return mended switch
        {
            null => NoRepair,
            false => NotMended,
            true => await SettleAsync(id, FindingState.Repaired, actor),
        };
    }

    /// <summary>Says that a difference may stay as it is; null when it is noted.</summary>
    public Task<Refusal?> AcceptAsync(string id, string actor) => SettleAsync(id, FindingState.Accepted, actor);

    private async Task<Refusal?> SettleAsync(string id, FindingState state, string actor)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        return await db.Findings.Where(f => f.Id == id && f.State == FindingState.Open).ExecuteUpdateAsync(set => set
            .SetProperty(f => f.State, state).SetProperty(f => f.SettledAt, now).SetProperty(f => f.SettledBy, actor)) == 1 ? null : NotOpen;
    }
}
