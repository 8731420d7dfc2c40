using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Support;
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
    BillingUnits units, GatewayCustomers customers, ForgetPayer forget, IPaymentGateway gateway, StaffTasks tasks, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
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

        var reader = state.Contract.ReaderId;
        if (await customers.EnsureAsync(reader) is not { } customer)
        {
            return new OpenedSetup.Refused(GatewaySilent);
        }

        var request = new NewHostedSetup(customer, reader.Value, id.Value, read.Rules.Plan.Price.Currency, successUrl, cancelUrl);
        var answer = await OpenAsync(request);
        if (answer is GatewayAnswer<HostedSetup>.Refused { Code: "resource_missing" } && await forget.IfGoneAsync(reader, customer) && await customers.EnsureAsync(reader) is { } anew)
        {
            // The payer was deleted there and the word of it was lost: the page on which she helps herself must open all the same.
            answer = await OpenAsync(request with { CustomerId = anew });
        }

        if (answer is GatewayAnswer<HostedSetup>.Refused refused)
        {
            await tasks.OpenAsync("gateway-refused", $"{id.Value}:setup", $"The gateway refused to open the page for payment details of {id}: {refused.Code}. The reader cannot update them before that is mended.", id);
        }

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

    private Task<GatewayAnswer<HostedSetup>> OpenAsync(NewHostedSetup request) =>
        gateway.OpenSetupAsync(request, $"setup:{request.SubscriptionId}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
}
