using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Payments with other kinds of method, and the mandates of debits.</summary>
internal sealed partial class StripeGateway
{
    /// <inheritdoc />
    public async Task<GatewayAnswer<PaymentSnapshot>> ChangeKindAsync(string paymentIntentId, string methodKind, string idempotencyKey)
    {
        if (!IsId(paymentIntentId))
        {
            return await NoSuch<PaymentSnapshot>();
        }

        var form = new StripeForm().With("payment_method_types[]", StripeKinds.TypeOf(methodKind));
        var (reply, trouble) = await stripe.PostAsync($"/v1/payment_intents/{paymentIntentId}", form, idempotencyKey);
        return await PaymentAsync(paymentIntentId, reply, trouble);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<MandateSnapshot>> RetrieveMandateAsync(string mandateId)
    {
        if (!IsId(mandateId))
        {
            return await NoSuch<MandateSnapshot>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/mandates/{mandateId}");
        return Answer(reply, trouble, json => StripeReading.Mandate(json) is { } found && found.Id == mandateId ? found : null);
    }
}
