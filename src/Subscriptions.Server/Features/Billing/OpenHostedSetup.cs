using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Whether the hosted page could be opened.</summary>
public abstract record OpenedSetup
{
    /// <summary>Send the reader there.</summary>
    public sealed record Opened(Uri Page) : OpenedSetup;

    /// <summary>Not opened.</summary>
    public sealed record Refused(Refusal Refusal) : OpenedSetup;
}

/// <summary>Opens the gateway's own page on which the reader lays down a payment method, and remembers that we did.</summary>
public sealed class OpenHostedSetup(
    BillingUnits units, GatewayCustomers customers, IPaymentGateway gateway, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    private static Refusal GatewaySilent { get; } = new("gateway-unavailable", "The payment provider does not answer at the moment. Nothing has changed; please try again in a few minutes.");

    /// <summary>Opens it for one subscription.</summary>
    /// <param name="id">The subscription.</param>
    /// <param name="successUrl">Where the reader comes back to; holds <c>{CHECKOUT_SESSION_ID}</c>.</param>
    /// <param name="cancelUrl">Where she comes back to without one.</param>
    /// <param name="returnTo">Where she goes in the end: an address that was checked, or null.</param>
    public async Task<OpenedSetup> RunAsync(SubscriptionId id, Uri successUrl, Uri cancelUrl, string? returnTo)
    {
        await using var read = await units.ReadAsync(id);
        if (read?.Subscription is not Subscription.Started state)
        {
            return new OpenedSetup.Refused(SubscriptionCommands.NotFound);
        }

        if (state is Subscription.Ended)
        {
            return new OpenedSetup.Refused(Refusals.Ended);
        }

        if (await customers.EnsureAsync(state.Contract.ReaderId) is not { } customer)
        {
            return new OpenedSetup.Refused(GatewaySilent);
        }

        var request = new NewHostedSetup(customer, state.Contract.ReaderId.Value, id.Value, read.Rules.Plan.Price.Currency, successUrl, cancelUrl);
        var answer = await gateway.OpenSetupAsync(request, $"setup:{id.Value}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        if (answer is not GatewayAnswer<HostedSetup>.Answered { Value: { Url: { } page } setup })
        {
            return new OpenedSetup.Refused(GatewaySilent);
        }

        await using var db = await databases.CreateDbContextAsync();
        db.HostedSetups.Add(new HostedSetupRow
        {
            Id = setup.Id,
            ReaderId = state.Contract.ReaderId,
            SubscriptionId = id,
            ReturnTo = returnTo,
            OpenedAt = clock.Now,
        });
        await db.SaveChangesAsync();
        return new OpenedSetup.Opened(page);
    }
}
