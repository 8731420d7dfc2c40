using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Data.Rows;

/// <summary>Money of an invoice that goes back.</summary>
public sealed class RefundRow
{
    public required InvoiceId InvoiceId { get; set; }

    public int Number { get; set; }

    /// <summary>Minor units of the invoice's currency.</summary>
    public long Amount { get; set; }

    public AdjustmentReason Reason { get; set; }

    public required string Actor { get; set; }

    /// <summary>The asker's own key; unique per invoice.</summary>
    public string? RequestKey { get; set; }

    public required string PaymentIntentId { get; set; }

    public RefundState State { get; set; }

    public string? GatewayId { get; set; }

    public DateTimeOffset RequestedAt { get; set; }

    public DateTimeOffset? SettledAt { get; set; }
}

/// <summary>A credit note of an invoice.</summary>
public sealed class CreditNoteRow
{
    public required InvoiceId InvoiceId { get; set; }

    public int Number { get; set; }

    /// <summary>Minor units of the invoice's currency.</summary>
    public long Amount { get; set; }

    public AdjustmentReason Reason { get; set; }

    public CreditDestination Destination { get; set; }

    public required string Actor { get; set; }

    public string? RequestKey { get; set; }

    public DateTimeOffset IssuedAt { get; set; }
}

/// <summary>What a reader has to her credit in one currency: always the sum of its entries.</summary>
public sealed class CreditAccountRow
{
    public required ReaderId ReaderId { get; set; }

    public required string Currency { get; set; }

    /// <summary>Minor units; negative for a debt that the next invoice adds.</summary>
    public long Balance { get; set; }

    /// <summary>Rises with every entry; a writer who read an older one loses.</summary>
    public int Version { get; set; }
}

/// <summary>One movement of a credit account.</summary>
public sealed class CreditEntryRow
{
    /// <summary>Derived from what moved it, so that nothing moves it twice.</summary>
    public required string Id { get; set; }

    public required ReaderId ReaderId { get; set; }

    public required string Currency { get; set; }

    /// <summary>Minor units; positive where the reader gained.</summary>
    public long Amount { get; set; }

    /// <summary>Why; null where an invoice used credit or left a remainder.</summary>
    public AdjustmentReason? Reason { get; set; }

    /// <summary>The invoice behind it; null for credit that was granted.</summary>
    public InvoiceId? InvoiceId { get; set; }

    public required string Actor { get; set; }

    public DateTimeOffset At { get; set; }
}
