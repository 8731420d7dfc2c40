using Subscriptions.Domain;
using Subscriptions.Domain.Ledger;

namespace Subscriptions.Server.Features.Billing.Gateway;

/// <summary>
/// What the payment provider has on its own books, page by page, newest first: for comparing them with ours. A page is read
/// whole or not at all, since a record that was skipped would look like one that is not there.
/// </summary>
public interface IGatewayRecords
{
    /// <summary>PaymentIntents by when they were created.</summary>
    Task<GatewayAnswer<GatewayPage<ListedPayment>>> PaymentsAsync(RecordWindow window, string? after);

    /// <summary>Charges, taken and refused, by when they were made.</summary>
    Task<GatewayAnswer<GatewayPage<ListedCharge>>> ChargesAsync(RecordWindow window, string? after);

    /// <summary>Refunds by when they were made.</summary>
    Task<GatewayAnswer<GatewayPage<ListedRefund>>> RefundsAsync(RecordWindow window, string? after);

    /// <summary>Disputes by when they were opened.</summary>
    Task<GatewayAnswer<GatewayPage<ListedDispute>>> DisputesAsync(RecordWindow window, string? after);

    /// <summary>Bookings on our balance by when they were made.</summary>
    Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsAsync(RecordWindow window, string? after);

    /// <summary>Payouts by when they were made.</summary>
    Task<GatewayAnswer<GatewayPage<ListedPayout>>> PayoutsAsync(RecordWindow window, string? after);

    /// <summary>The bookings that a payout is made of, itself among them.</summary>
    Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsOfPayoutAsync(string payoutId, string? after);
}

/// <summary>A stretch of the gateway's time.</summary>
/// <param name="From">Included; whole seconds count.</param>
/// <param name="To">Not included.</param>
public sealed record RecordWindow(DateTimeOffset From, DateTimeOffset To);

/// <summary>One page.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record GatewayPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A PaymentIntent and when it was created.</summary>
public sealed record ListedPayment(PaymentSnapshot Payment, DateTimeOffset At);

/// <summary>One try at a bank.</summary>
/// <param name="InvoiceId">Our invoice as the gateway names it; null when it is none of ours.</param>
public sealed record ListedCharge(string Id, bool Taken, string? PaymentIntentId, string? InvoiceId, DateTimeOffset At);

/// <summary>A refund and the PaymentIntent whose money it gives back.</summary>
public sealed record ListedRefund(RefundSnapshot Refund, string? PaymentIntentId, DateTimeOffset At);

/// <summary>A dispute.</summary>
public sealed record ListedDispute(string Id, string Status, Money Amount, string? PaymentIntentId, DateTimeOffset At);

/// <summary>A booking, and for payments what was paid.</summary>
public sealed record ListedTransaction(GatewayTransaction Booked, string? PaymentIntentId, string? InvoiceId);

/// <summary>A payout.</summary>
/// <param name="Failed">It did not arrive, or was cancelled.</param>
public sealed record ListedPayout(string Id, bool Failed, Money Amount, DateTimeOffset At);
