using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Takes a method over that a reader laid down on the gateway's page.</summary>
public sealed class TakeOverMethod(IPaymentGateway gateway, GatewayCustomers customers, BillingUnits units)
{
    /// <summary>Reads a set-up at the gateway; one that is not for the subscription it was opened for is refused.</summary>
    public async Task<GatewayAnswer<HostedSetup>> ReadAsync(HostedSetupRow opened)
    {
        var answer = await gateway.RetrieveSetupAsync(opened.Id);
        return answer is GatewayAnswer<HostedSetup>.Answered { Value: var setup } && setup.SubscriptionId != opened.SubscriptionId.Value
            ? new GatewayAnswer<HostedSetup>.Refused("setup-differs", "The set-up belongs to another subscription.")
            : answer;
    }

    /// <summary>Stores the method and charges it from now on, once per set-up; null when done.</summary>
    /// <param name="id">The subscription.</param>
    /// <param name="reader">Whose it is.</param>
    /// <param name="setup">The completed set-up.</param>
    /// <param name="completedAt">When it was completed, as far as we know; null when she comes back from it just now: then it is her latest wish.</param>
    public async Task<Refusal?> StoreAsync(SubscriptionId id, ReaderId reader, HostedSetup setup, DateTimeOffset? completedAt = null)
    {
        var method = setup.Method!;
        await customers.RememberAsync(reader, method);
        var asked = await units.ChangeAsync(id, Actors.Reader(reader), unit => new Asked(unit.TakeOver(setup.Id, setup.SetupIntentId, method.Token, completedAt)));
        return asked is null ? SubscriptionCommands.NotFound : asked.Refusal;
    }

    private sealed record Asked(Refusal? Refusal);
}
