using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The provider's lists, empty: the simulation's auditor compares the books by itself.</summary>
internal sealed class SimulatedRecords : IGatewayRecords
{
    public Task<GatewayAnswer<GatewayPage<ListedPayment>>> PaymentsAsync(RecordWindow window, string? after) => Empty<ListedPayment>();

    public Task<GatewayAnswer<GatewayPage<ListedCharge>>> ChargesAsync(RecordWindow window, string? after) => Empty<ListedCharge>();

    public Task<GatewayAnswer<GatewayPage<ListedRefund>>> RefundsAsync(RecordWindow window, string? after) => Empty<ListedRefund>();

    public Task<GatewayAnswer<GatewayPage<ListedDispute>>> DisputesAsync(RecordWindow window, string? after) => Empty<ListedDispute>();

    public Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsAsync(RecordWindow window, string? after) => Empty<ListedTransaction>();

    public Task<GatewayAnswer<GatewayPage<ListedPayout>>> PayoutsAsync(RecordWindow window, string? after) => Empty<ListedPayout>();

    public Task<GatewayAnswer<GatewayPage<ListedTransaction>>> TransactionsOfPayoutAsync(string payoutId, string? after) => Empty<ListedTransaction>();

    private static Task<GatewayAnswer<GatewayPage<T>>> Empty<T>() =>
        Task.FromResult<GatewayAnswer<GatewayPage<T>>>(new GatewayAnswer<GatewayPage<T>>.Answered(new([], null)));
}
