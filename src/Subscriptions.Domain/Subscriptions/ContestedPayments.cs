using Subscriptions.Domain.Plans;

namespace Subscriptions.Domain.Subscriptions;

/// <summary>A dispute that is not decided.</summary>
/// <param name="DisputeId">The gateway's id.</param>
/// <param name="InvoiceId">The invoice whose payment it is about.</param>
/// <param name="SuspendsAccess">By the setting at the time it was heard of.</param>
public sealed record OpenDispute(string DisputeId, InvoiceId InvoiceId, bool SuspendsAccess);

/// <summary>A payment that was taken back and has not been asked for again.</summary>
/// <param name="Replaces">The paid invoice.</param>
/// <param name="Period">The days that it paid for.</param>
/// <param name="Amount">What is owed again.</param>
public sealed record OwedReversal(InvoiceId Replaces, BillingPeriod Period, Money Amount);

/// <summary>A method of which a payment was taken back.</summary>
/// <param name="PaymentMethodId">The method.</param>
/// <param name="InvoiceId">The invoice that it had paid.</param>
public sealed record SetAsideMethod(string PaymentMethodId, InvoiceId InvoiceId);

/// <summary>What is disputed of a subscription's payments, and what waits to be asked for again.</summary>
/// <param name="Open">Disputes that are not decided; while there is one, nothing is charged by itself.</param>
/// <param name="Waiting">Reversals whose replacement cannot be raised yet.</param>
/// <param name="HeldSince">Since when nothing is charged by itself; null when nothing holds.</param>
public sealed record ContestedPayments(IReadOnlyList<OpenDispute> Open, IReadOnlyList<OwedReversal> Waiting, DateTimeOffset? HeldSince)
{
    /// <summary>Nothing is disputed.</summary>
    public static ContestedPayments None { get; } = new([], [], null);

    /// <summary>The method in use, once for each payment of it that was taken back and has not come back; only its owner, present, pays with it.</summary>
    public IReadOnlyList<SetAsideMethod> SetAside { get; init; } = [];

    /// <summary>True while nothing may be charged by itself.</summary>
    public bool HoldsCharges => Open.Count > 0;

    /// <summary>True while the reader may not read because of a dispute.</summary>
    public bool SuspendsAccess => Open.Any(dispute => dispute.SuspendsAccess);

    /// <inheritdoc />
    public bool Equals(ContestedPayments? other) =>
        other is not null && HeldSince == other.HeldSince && SetAside.SequenceEqual(other.SetAside) && Open.SequenceEqual(other.Open) && Waiting.SequenceEqual(other.Waiting);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Open.Count, Waiting.Count, HeldSince);
}
