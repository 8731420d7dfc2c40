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
            "INSERT INTO faults(body, remaining) VALUES(@p0, @p1) RETURNING id", JsonSerializer.Serialize(order), order.Count));
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

    /// <summary>The fault that strikes here, used once; null if none does.</summary>
    internal async Task<Fault?> TakeAsync(FaultTarget target, string operation, Func<IReadOnlySet<string>> subjects)
    {
        foreach (var fault in active.Where(fault => fault.Concerns(target, operation, subjects)))
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
