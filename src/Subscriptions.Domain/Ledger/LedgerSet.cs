namespace Subscriptions.Domain.Ledger;

/// <summary>The accounts of the ledger. A positive balance is a debit: what we have or are owed; a negative one a credit.</summary>
public enum LedgerAccount
{
    /// <summary>What readers owe on open invoices; kept for each reader.</summary>
    Receivable,

    /// <summary>Money that the gateway holds for us.</summary>
    Gateway,

    /// <summary>Money that the gateway has paid out to our bank.</summary>
    Bank,

    /// <summary>Invoiced income without tax; a credit.</summary>
    Income,

    /// <summary>Tax contained in invoices, owed to the authorities; a credit.</summary>
    TaxPayable,

    /// <summary>What the gateway keeps for its work.</summary>
    Fees,

    /// <summary>Income given back to readers.</summary>
    Refunds,

    /// <summary>Payments that banks took back, less those that came back to us.</summary>
    Disputes,

    /// <summary>Credit that readers hold with us and that the next invoice uses first; a credit.</summary>
    CreditOnAccount,

    /// <summary>Money that came for nothing owed and has to go back; a credit until it has gone.</summary>
    ToReturn,

    /// <summary>Owed and given up.</summary>
    WrittenOff,

    /// <summary>What the gateway booked for a reason that we do not know: for finance to look at.</summary>
    GatewayOther,
}

/// <summary>An amount that goes from one account to another, so that a set of them sums to zero whatever it holds.</summary>
/// <param name="From">Credited.</param>
/// <param name="To">Debited.</param>
/// <param name="Amount">Minor units; a negative amount goes the other way.</param>
public readonly record struct Move(LedgerAccount From, LedgerAccount To, long Amount);

/// <summary>One side of a set.</summary>
/// <param name="Account">The account.</param>
/// <param name="Amount">Minor units: positive a debit, negative a credit; never 0.</param>
public readonly record struct LedgerLine(LedgerAccount Account, long Amount);

/// <summary>The postings of one event. Made of moves only, so it cannot fail to sum to zero.</summary>
/// <param name="Id">Derived from the event: a repetition is the same set.</param>
/// <param name="Cause">The event's type name, or the kind of the gateway's booking.</param>
/// <param name="Currency">One for the whole set.</param>
/// <param name="At">Billing time.</param>
/// <param name="Moves">At least one.</param>
public sealed record LedgerSet(string Id, string Cause, string Currency, DateTimeOffset At, IReadOnlyList<Move> Moves)
{
    /// <summary>The invoice that it is about; null for what concerns none.</summary>
    public InvoiceId? InvoiceId { get; init; }

    /// <summary>The reader whose accounts it touches; null for what concerns none.</summary>
    public ReaderId? ReaderId { get; init; }

    /// <summary>The gateway's object behind it, such as a charge or refund; null where there is none.</summary>
    public string? GatewayId { get; init; }

    /// <summary>One line for each account, in the order of the accounts; those that come to nothing are left out.</summary>
    public IReadOnlyList<LedgerLine> Lines => [.. Moves
        .SelectMany(move => new[] { new LedgerLine(move.From, checked(-move.Amount)), new LedgerLine(move.To, move.Amount) })
        .GroupBy(line => line.Account).OrderBy(lines => lines.Key)
        .Select(lines => new LedgerLine(lines.Key, lines.Sum(line => line.Amount)))
        .Where(line => line.Amount != 0)];
}
