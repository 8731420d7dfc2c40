using System.Text.Json;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Faults;

/// <summary>The faults that are set on the gateway and its webhooks. They are durable, and used up in the order in which they were set.</summary>
public sealed class StripeFaults
{
    private readonly LedgerFile ledger;
    private volatile IReadOnlyList<Fault> active = [];

    internal StripeFaults(LedgerFile ledger)
    {
        this.ledger = ledger;
        active = ledger.Read(Load);
    }

    /// <summary>Every fault that was set and not cleared, those used up included, oldest first.</summary>
    public IReadOnlyList<Fault> List() => active;

    /// <summary>Sets a fault.</summary>
    /// <exception cref="ArgumentException">The order has a <see cref="FaultOrder.Refusal"/>.</exception>
    public async Task<Fault> AddAsync(FaultOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.Refusal() is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(order));
        }

        var id = await ledger.WriteAsync(transaction => transaction.Sql.Scalar<long>(
            "INSERT INTO faults(body, remaining) VALUES(@p0, @p1) RETURNING id",
            JsonSerializer.Serialize(order with { Until = order.ForHours is { } hours ? transaction.Now.AddHours(hours) : null }), order.Count));
        Reload();
        return active.Single(fault => fault.Id == id);
    }

    /// <summary>Clears one fault; false if there is none of this id.</summary>
    public async Task<bool> ClearAsync(long id)
    {
        var cleared = await ledger.WriteAsync(transaction => transaction.Sql.Run("DELETE FROM faults WHERE id = @p0", id));
        Reload();
        return cleared > 0;
    }

    /// <summary>Clears all.</summary>
    public async Task ClearAllAsync()
    {
        await ledger.WriteAsync(transaction => transaction.Sql.Run("DELETE FROM faults"));
        Reload();
    }

    /// <summary>The faults that can still strike at this moment of billing time, oldest first.</summary>
    public IReadOnlyList<Fault> Active()
    {
        var now = ledger.Now;
        return [.. active.Where(fault => fault.IsActive(now))];
    }

    /// <summary>The fault that strikes here, used once; null if none does.</summary>
    internal Task<Fault?> TakeAsync(FaultTarget target, string operation, Func<IReadOnlySet<string>> subjects) =>
        TakeAsync(fault => fault.Concerns(target, operation, subjects));

    /// <summary>What the bank is made to say to a charge or a refund; null: what it would have said.</summary>
    /// <param name="key">Draws the lot where only a share is struck.</param>
    internal Task<Fault?> TakeBankAsync(bool isCharge, string key, Func<IReadOnlySet<string>> subjects) => TakeAsync(fault =>
        (fault.Kind == FaultKind.Declined) == isCharge && fault.Concerns(FaultTarget.Bank, "", subjects) && fault.Draws(key));

    private async Task<Fault?> TakeAsync(Func<Fault, bool> strikes)
    {
        if (active.Count == 0)
        {
            return null;
        }

        foreach (var fault in Active().Where(strikes))
        {
            var taken = await ledger.WriteAsync(transaction => transaction.Sql.Run(
                "UPDATE faults SET remaining = remaining - 1, used = used + 1 WHERE id = @p0 AND (remaining IS NULL OR remaining > 0)", fault.Id));
            Reload();
            if (taken > 0)
            {
                return fault;
            }
        }

        return null;
    }

    internal void Reload() => active = ledger.Read(Load);

    private static List<Fault> Load(LedgerTransaction transaction) =>
        transaction.Sql.Rows("SELECT id, body, remaining, used FROM faults ORDER BY id", row =>
            JsonSerializer.Deserialize<FaultOrder>(row.GetString(1))!.ToFault(row.GetInt64(0)) with
            {
                Remaining = row.IsDBNull(2) ? null : row.GetInt32(2),
                Used = row.GetInt32(3),
            });
}
