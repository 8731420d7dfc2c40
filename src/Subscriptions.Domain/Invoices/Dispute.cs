namespace Subscriptions.Domain.Invoices;

/// <summary>Where a dispute stands at the gateway.</summary>
public enum DisputeStatus
{
    /// <summary>The bank asks; the money is still here.</summary>
    Inquiry,

    /// <summary>The bank asked and went no further; the money never left.</summary>
    InquiryClosed,

    /// <summary>The bank took the money back, and that can still be contested.</summary>
    Open,

    /// <summary>The money came back to us.</summary>
    Won,

    /// <summary>The money is gone.</summary>
    Lost,
}

/// <summary>A payment that the reader's bank takes back, as the gateway showed it last.</summary>
/// <param name="GatewayId">The gateway's id.</param>
/// <param name="ChargeId">The charge that it is about.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Contestable">False where the method's rules let nobody object, as with Bacs Direct Debit.</param>
/// <param name="Reason">The gateway's code, such as <c>fraudulent</c>.</param>
/// <param name="Amount">What is disputed; it leaves our balance when the status becomes <see cref="DisputeStatus.Open"/>.</param>
/// <param name="Fee">What the gateway charges for it; null while it has not said.</param>
/// <param name="EvidenceDueAt">Until when evidence is taken; null when none is.</param>
public sealed record Dispute(
    string GatewayId, string? ChargeId, DisputeStatus Status, bool Contestable, string Reason, Money Amount, Money? Fee, DateTimeOffset? EvidenceDueAt)
{
    /// <summary>True while it is not decided: nothing is charged by itself meanwhile.</summary>
    public bool IsOpen => Status is DisputeStatus.Inquiry or DisputeStatus.Open;

    /// <summary>True when the money is gone for good: what nobody can contest is lost as soon as it is heard of.</summary>
    public bool IsLoss() => this is { Status: DisputeStatus.Lost } or { Status: DisputeStatus.Open, Contestable: false };
}

/// <summary>A card network's warning that the owner of the card calls a payment fraud; a dispute often follows.</summary>
/// <param name="GatewayId">The gateway's id.</param>
/// <param name="ChargeId">The charge that it is about.</param>
/// <param name="FraudType">The network's code.</param>
/// <param name="Actionable">False once the payment was refunded or disputed: nothing can be prevented any more.</param>
public sealed record FraudWarning(string GatewayId, string? ChargeId, string FraudType, bool Actionable);

/// <summary>What was said against the payment of an invoice. The invoice stays paid whatever is in here.</summary>
/// <param name="Disputes">In the order in which they were heard of.</param>
/// <param name="Warnings">In the order in which they were heard of.</param>
/// <param name="Reversals">How often the payment was lost; only the first time may raise a replacement.</param>
/// <param name="ReversedAt">Since when money is gone; null when none is.</param>
public sealed record PaymentContest(IReadOnlyList<Dispute> Disputes, IReadOnlyList<FraudWarning> Warnings, int Reversals, DateTimeOffset? ReversedAt)
{
    /// <summary>Nobody has said anything.</summary>
    public static PaymentContest None { get; } = new([], [], 0, null);

    /// <summary>True while a dispute is not decided.</summary>
    public bool IsOpen => Disputes.Any(dispute => dispute.IsOpen);
}
