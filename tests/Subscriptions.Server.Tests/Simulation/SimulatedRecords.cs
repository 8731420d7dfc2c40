using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The provider's lists, read from its books; they fail as every call does.</summary>
internal sealed class SimulatedRecords(GatewayLedger ledger, SimulatedGateway gateway) : IGatewayRecords
{
    public Task<GatewayAnswer<GatewayPage<ListedPayment>>> PaymentsAsync(RecordWindow window, string? after) => gateway.ListAsync(
        after, () => ledger.Intents.Values.Where(i => Within(window, i.CreatedAt)).Select(i => new ListedPayment(i.Snapshot, i.CreatedAt)));

    public Task<GatewayAnswer<GatewayPage<ListedCharge>>> ChargesAsync(RecordWindow window, string? after) => gateway.ListAsync(
        after, () => ledger.Charges.Where(c => Within(window, c.At))
            .Select(c => new ListedCharge(c.Id, c.Payment.SucceededAt is not null && c.Payment.LatestChargeId == c.Id, c.Payment.Id, c.Payment.Request.InvoiceId, c.At)));

    public Task<GatewayAnswer<GatewayPage<ListedRefund>>> RefundsAsync(RecordWindow window, string? after) => gateway.ListAsync(
        after, () => ledger.Refunds.Where(r => Within(window, r.At)).Select(r => new ListedRefund(r.Payment.Refunds.Single(refund => refund.Id == r.Id), r.Payment.Id, r.At)));

    public Task<GatewayAnswer<GatewayPage<ListedDispute>>> DisputesAsync(RecordWindow window, string? after) => gateway.ListAsync(
        after, () => ledger.Disputes.Where(d => Within(window, d.At)).Select(d => Listed(d.Payment.Disputes.Single(dispute => dispute.GatewayId == d.Id), d.Payment, d.At)));

    public Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsAsync(RecordWindow window, string? after) =>
        gateway.ListAsync(after, () => ledger.Bookings.Where(b => Within(window, b.Booked.At)).Select(Listed));

    public Task<GatewayAnswer<GatewayPage<ListedPayout>>> PayoutsAsync(RecordWindow window, string? after) =>
        gateway.ListAsync(after, () => ledger.Payouts.Select(p => p.Payout).Where(p => Within(window, p.At)));

    public Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsOfPayoutAsync(string payoutId, string? after) => gateway.ListAsync(
        after, () => ledger.Payouts.Where(p => p.Payout.Id == payoutId).SelectMany(p => ledger.Bookings.Take(p.To).Skip(p.From)).Select(Listed));

    private static bool Within(RecordWindow window, DateTimeOffset at) => at >= window.From && at < window.To;

    private static ListedDispute Listed(Dispute dispute, Intent payment, DateTimeOffset at) => new(dispute.GatewayId, dispute.Status.ToString(), dispute.Amount, payment.Id, at);

    private static ListedTransaction Listed(Booking booking) => new(booking.Booked, booking.Payment?.Id, booking.Payment?.Request.InvoiceId);
}
