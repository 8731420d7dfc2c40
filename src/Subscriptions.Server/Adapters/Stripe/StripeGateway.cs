using System.Text.Json;
using System.Text.RegularExpressions;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>
/// The payment gateway over Stripe's API. Whatever the other side answers, or fails to answer, comes out as a
/// value: only a bug of ours throws.
/// </summary>
internal sealed partial class StripeGateway(StripeTransport stripe, StripeSettings settings) : IPaymentGateway
{
    private const string SessionPlaceholder = "{CHECKOUT_SESSION_ID}";

    /// <inheritdoc />
    public Task<GatewayAnswer<string>> CreateCustomerAsync(NewCustomer customer, string idempotencyKey) =>
        PostAsync("/v1/customers", new StripeForm()
            .With("email", customer.Email)
            .With("name", customer.Name)
            .With("metadata[reader]", customer.ReaderId), idempotencyKey, json => StripeReading.Text(json, "id"));

    /// <inheritdoc />
    public Task<GatewayAnswer<StoredMethod>> AttachMethodAsync(string customerId, string methodToken, string idempotencyKey) =>
        IsId(methodToken)
            ? PostAsync($"/v1/payment_methods/{methodToken}/attach", new StripeForm().With("customer", customerId),
                idempotencyKey, json => StripeReading.Method(json))
            : NoSuch<StoredMethod>();

    /// <inheritdoc />
    public Task<GatewayAnswer<PaymentSnapshot>> CreatePaymentIntentAsync(NewPaymentIntent request, string idempotencyKey) =>
        PostAsync("/v1/payment_intents", new StripeForm()
            .With("customer", request.CustomerId)
            .With("amount", request.Amount.Amount)
            .With("currency", Lower(request.Amount.Currency))
            .With("payment_method_types[]", StripeKinds.TypeOf(request.MethodKind))
            .With("description", request.Description)
            .With("metadata[subscription]", request.SubscriptionId)
            .With("metadata[invoice]", request.InvoiceId), idempotencyKey, StripeReading.Payment);

    /// <inheritdoc />
    public async Task<GatewayAnswer<PaymentSnapshot>> ConfirmAsync(ConfirmPayment request, string idempotencyKey)
    {
        if (!IsId(request.PaymentIntentId))
        {
            return await NoSuch<PaymentSnapshot>();
        }

        var form = new StripeForm().With("payment_method", request.MethodToken);
        form = request.ReturnUrl is { } back ? form.With("return_url", back.AbsoluteUri) : form.With("off_session", "true");
        var (reply, trouble) = await stripe.PostAsync($"/v1/payment_intents/{request.PaymentIntentId}/confirm", form, idempotencyKey);
        return await PaymentAsync(request.PaymentIntentId, reply, trouble);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<IReadOnlyList<PaymentSnapshot>>> FindPaymentIntentsAsync(string customerId, string invoiceId)
    {
        if (!IsId(customerId))
        {
            return await NoSuch<IReadOnlyList<PaymentSnapshot>>();
        }

        // The newest hundred of one payer: an invoice that is worked on now is among them.
        var (reply, trouble) = await stripe.GetAsync($"/v1/payment_intents?customer={customerId}&limit=100");
        return Answer(reply, trouble, json => StripeReading.Payments(json)?.Where(p => p.InvoiceId == invoiceId).ToList() as IReadOnlyList<PaymentSnapshot>);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<PaymentSnapshot>> RetrieveAsync(string paymentIntentId)
    {
        if (!IsId(paymentIntentId))
        {
            return await NoSuch<PaymentSnapshot>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/payment_intents/{paymentIntentId}");
        return OfPayment(paymentIntentId, Answer(reply, trouble, StripeReading.Payment));
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<PaymentSnapshot>> CancelAsync(string paymentIntentId, string idempotencyKey)
    {
        if (!IsId(paymentIntentId))
        {
            return await NoSuch<PaymentSnapshot>();
        }

        var (reply, trouble) = await stripe.PostAsync($"/v1/payment_intents/{paymentIntentId}/cancel", new StripeForm(), idempotencyKey);
        return await PaymentAsync(paymentIntentId, reply, trouble);
    }

    /// <inheritdoc />
    public Task<GatewayAnswer<HostedSetup>> OpenSetupAsync(NewHostedSetup request, string idempotencyKey) =>
        PostAsync("/v1/checkout/sessions", new StripeForm()
            .With("mode", "setup")
            .With("customer", request.CustomerId)
            .With("currency", Lower(request.Currency))
            .WithEach("payment_method_types[]", StripeKinds.Offered(settings.MethodKinds, request.Currency))
            .With("success_url", SuccessUrl(request.SuccessUrl))
            .With("cancel_url", request.CancelUrl.AbsoluteUri)
            .With("metadata[reader]", request.ReaderId)
            .With("metadata[subscription]", request.SubscriptionId), idempotencyKey, StripeReading.Setup);

    /// <inheritdoc />
    public async Task<GatewayAnswer<HostedSetup>> RetrieveSetupAsync(string setupId)
    {
        if (!IsId(setupId))
        {
            return await NoSuch<HostedSetup>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/checkout/sessions/{setupId}?expand[]=setup_intent.payment_method");
        return Answer(reply, trouble, json => StripeReading.Setup(json) is { } setup && setup.Id == setupId ? setup : null);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<PaymentSnapshot>> UpdateAmountAsync(string paymentIntentId, Money amount, string idempotencyKey)
    {
        if (!IsId(paymentIntentId))
        {
            return await NoSuch<PaymentSnapshot>();
        }

        var (reply, trouble) = await stripe.PostAsync($"/v1/payment_intents/{paymentIntentId}", new StripeForm().With("amount", amount.Amount), idempotencyKey);
        return await PaymentAsync(paymentIntentId, reply, trouble);
    }

    /// <inheritdoc />
    public Task<GatewayAnswer<RefundSnapshot>> RefundAsync(string paymentIntentId, Money amount, string? reference, string idempotencyKey) =>
        PostAsync("/v1/refunds", new StripeForm()
            .With("payment_intent", paymentIntentId)
            .With("amount", amount.Amount)
            .With("metadata[refund]", reference), idempotencyKey, StripeReading.Refund);

    /// <inheritdoc />
    public async Task<GatewayAnswer<IReadOnlyList<RefundSnapshot>>> FindRefundsAsync(string paymentIntentId)
    {
        if (!IsId(paymentIntentId))
        {
            return await NoSuch<IReadOnlyList<RefundSnapshot>>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/refunds?payment_intent={paymentIntentId}&limit=100");
        return Answer(reply, trouble, StripeReading.Refunds);
    }

    /// <inheritdoc />
    public Task<GatewayAnswer<IReadOnlyList<Dispute>>> FindDisputesAsync(string paymentIntentId) =>
        FindAsync("disputes", paymentIntentId, StripeDisputes.Disputes);

    /// <inheritdoc />
    public Task<GatewayAnswer<IReadOnlyList<FraudWarning>>> FindFraudWarningsAsync(string paymentIntentId) =>
        FindAsync("radar/early_fraud_warnings", paymentIntentId, StripeDisputes.Warnings);

    private async Task<GatewayAnswer<IReadOnlyList<T>>> FindAsync<T>(string what, string paymentIntentId, Func<JsonElement, IReadOnlyList<T>?> read)
    {
        if (!IsId(paymentIntentId))
        {
            return await NoSuch<IReadOnlyList<T>>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/{what}?payment_intent={paymentIntentId}&limit=100");
        return Answer(reply, trouble, read);
    }

    /// <inheritdoc />
    public async Task<GatewayAnswer<GatewayEvent>> RetrieveEventAsync(string eventId)
    {
        if (!IsId(eventId))
        {
            return await NoSuch<GatewayEvent>();
        }

        var (reply, trouble) = await stripe.GetAsync($"/v1/events/{eventId}");
        return Answer(reply, trouble, json => StripeReading.Event(json) is { } found && found.Id == eventId ? found : null);
    }

    private async Task<GatewayAnswer<T>> PostAsync<T>(string path, StripeForm form, string key, Func<JsonElement, T?> read)
        where T : class
    {
        var (reply, trouble) = await stripe.PostAsync(path, form, key);
        return Answer(reply, trouble, read);
    }

    /// <summary>What a confirm or cancel came to. A decline, and a payment that is past changing, are answers.</summary>
    private async Task<GatewayAnswer<PaymentSnapshot>> PaymentAsync(string id, StripeReply? reply, string trouble)
    {
        if (Error(reply) is not { } error || reply is not { SaysNothing: false, IsLockedOut: false })
        {
            return OfPayment(id, Answer(reply, trouble, StripeReading.Payment));
        }

        if (SaysMethodIsGone(reply.Status, error))
        {
            return await WithUnusableMethodAsync(id);
        }

        var declined = reply.Status == 402 && StripeReading.Text(error, "type") == "card_error";
        if (!declined && StripeReading.Text(error, "code") != "payment_intent_unexpected_state")
        {
            return Refusal<PaymentSnapshot>(reply.Status, error);
        }

        var enclosed = StripeReading.Child(error, "payment_intent") is { } json ? StripeReading.Payment(json) : null;
        var found = enclosed is null
            ? await RetrieveAsync(id)
            : OfPayment(id, new GatewayAnswer<PaymentSnapshot>.Answered(enclosed));
        return found switch
        {
            not GatewayAnswer<PaymentSnapshot>.Answered => found,
            GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: not PaymentStatus.Succeeded } payment } when declined =>
                new GatewayAnswer<PaymentSnapshot>.Answered(payment with { LastError = Fuller(payment.LastError, error) }),

            // Still waiting for a method or a confirm: the call itself was wrong, and an old decline must not pass for a new one.
            GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation }
                when !declined => Refusal<PaymentSnapshot>(reply.Status, error),
            _ => found,
        };
    }

    /// <summary>The method is gone at Stripe or cannot be charged there: nothing helps until the reader gives another one.</summary>
    private async Task<GatewayAnswer<PaymentSnapshot>> WithUnusableMethodAsync(string id) => await RetrieveAsync(id) switch
    {
        GatewayAnswer<PaymentSnapshot>.Answered { Value: { Status: PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation } payment } =>
            new GatewayAnswer<PaymentSnapshot>.Answered(payment with
            {
                LastError = new PaymentDecline("payment_method_unusable", null, null, DeclineClass.ReaderMustAct, false, null),
            }),
        var other => other,
    };

    /// <summary>
    /// Only what Stripe says of the method itself: it is not there, or was taken from its customer. Any other complaint about
    /// the parameter (another kind than the payment lists, another customer's) is our mistake, and no reader can mend it.
    /// </summary>
    private static bool SaysMethodIsGone(int status, JsonElement error) =>
        status is 400 or 404 && StripeReading.Text(error, "param") == "payment_method"
        && (StripeReading.Text(error, "code") is "resource_missing" or "payment_method_unactivated"
            || (StripeReading.Text(error, "code") is null or "payment_method_unexpected_state"
                && StripeReading.Text(error, "message") is { } message && message.Contains("may not be used again", StringComparison.Ordinal)));

    /// <summary>The error of the answer and the one kept in the PaymentIntent are one decline; either may know more.</summary>
    private static PaymentDecline? Fuller(PaymentDecline? kept, JsonElement error)
    {
        var said = StripeReading.Decline(error);
        return said is null || kept is null
            ? said ?? kept
            : StripeDeclines.Read(said.Code, said.DeclineCode ?? kept.DeclineCode, said.AdviceCode ?? kept.AdviceCode,
                said.ChargeId ?? kept.ChargeId, said.NetworkForbids || kept.NetworkForbids, StripeReading.MethodType(error));
    }

    private GatewayAnswer<T> Answer<T>(StripeReply? reply, string trouble, Func<JsonElement, T?> read)
        where T : class
    {
        if (reply is null)
        {
            return new GatewayAnswer<T>.Unknown(trouble);
        }

        if (reply.SaysNothing)
        {
            return new GatewayAnswer<T>.Unknown($"Stripe answered with status {reply.Status}.", reply.Replayed);
        }

        if (reply.IsLockedOut)
        {
            return new GatewayAnswer<T>.Unknown($"Stripe does not accept the key of this service for that (status {reply.Status}): see the setting Stripe:SecretKey.");
        }

        if (reply.Status >= 400)
        {
            return Error(reply) is { } error ? Refusal<T>(reply.Status, error) : Unreadable<T>(reply.Status);
        }

        return reply.Body is { } body && read(body) is { } value
            ? new GatewayAnswer<T>.Answered(value)
            : Unreadable<T>(reply.Status);
    }

    private GatewayAnswer<T>.Refused Refusal<T>(int status, JsonElement error)
    {
        var code = StripeReading.Text(error, "decline_code") ?? StripeReading.Text(error, "code") ?? $"http_{status}";
        var message = stripe.WithoutSecrets(StripeReading.Text(error, "message") ?? $"Stripe answered with status {status}.");
        return new GatewayAnswer<T>.Refused(Short(code, 100), Short(message, 500));
    }

    private static GatewayAnswer<PaymentSnapshot> OfPayment(string id, GatewayAnswer<PaymentSnapshot> answer) =>
        answer is GatewayAnswer<PaymentSnapshot>.Answered { Value: var payment } && payment.Id != id
            ? new GatewayAnswer<PaymentSnapshot>.Unknown("Stripe answered about another payment than the one asked for.")
            : answer;

    private static JsonElement? Error(StripeReply? reply) =>
        reply is { Status: >= 400, Body: { } body } ? StripeReading.Child(body, "error") : null;

    private static GatewayAnswer<T>.Unknown Unreadable<T>(int status) =>
        new($"Stripe's answer (status {status}) could not be read.");

    private static Task<GatewayAnswer<T>> NoSuch<T>() =>
        Task.FromResult<GatewayAnswer<T>>(new GatewayAnswer<T>.Refused("resource_missing", "This is not an id of Stripe's."));

    /// <summary>Ids go into the path, and some come from a browser's address line.</summary>
    private static bool IsId(string? id) => id is not null && IdPattern().IsMatch(id);

    /// <summary>Stripe replaces the placeholder only while its braces are not escaped.</summary>
    private static string SuccessUrl(Uri url)
    {
        var text = url.AbsoluteUri.Replace("%7BCHECKOUT_SESSION_ID%7D", SessionPlaceholder, StringComparison.OrdinalIgnoreCase);
        return text.Contains(SessionPlaceholder, StringComparison.Ordinal)
            ? text
            : $"{text}{(url.Query.Length == 0 ? '?' : '&')}session={SessionPlaceholder}";
    }

    private static string Lower(string currency) => currency.ToLowerInvariant();

    private static string Short(string text, int length) => text.Length <= length ? text : text[..length];

    [GeneratedRegex("^[A-Za-z0-9_]{1,255}$", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
