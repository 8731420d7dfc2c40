using System.Globalization;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Reads what changed at Stripe without us.</summary>
internal sealed partial class StripeGateway
{
    /// <inheritdoc />
    public async Task<GatewayAnswer<GatewayEventPage>> ListEventsAsync(DateTimeOffset from, DateTimeOffset until, string? after)
    {
        if (after is not null && !IsId(after))
        {
            return await NoSuch<GatewayEventPage>();
        }

        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/events?limit=100&created[gte]={from.ToUnixTimeSeconds()}&created[lte]={until.ToUnixTimeSeconds()}");
        var (reply, trouble) = await stripe.GetAsync(after is null ? path : $"{path}&starting_after={after}");
        return Answer(reply, trouble, StripeReading.Events);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<HeldMethod>> RetrieveMethodAsync(string methodToken)
    {
        if (!IsId(methodToken))
        {
            return await NoSuch<HeldMethod>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/payment_methods/{methodToken}");
        return Answer(reply, trouble, StripeReading.Held);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<Payer>> RetrieveCustomerAsync(string customerId)
    {
        if (!IsId(customerId))
        {
            return await NoSuch<Payer>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/customers/{customerId}");
        return Answer(reply, trouble, StripeReading.Payer);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<Payer>> DeleteCustomerAsync(string customerId)
    {
        if (!IsId(customerId))
        {
            return await NoSuch<Payer>();
        }

        var (reply, trouble) = await stripe.DeleteAsync($"/v1/customers/{customerId}");
        return Answer(reply, trouble, StripeReading.Payer);
    }
}
