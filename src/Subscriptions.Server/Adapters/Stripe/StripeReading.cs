using System.Text.Json;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>
/// Turns Stripe's JSON into the port's values. Every reader gives null for an answer that it cannot make sense of:
/// such an answer says nothing about what happened, and nothing is guessed.
/// </summary>
internal static class StripeReading
{
    public static IReadOnlyList<PaymentSnapshot>? Payments(JsonElement json) => List(json, Payment);

    /// <summary>A list of refunds.</summary>
    public static IReadOnlyList<RefundSnapshot>? Refunds(JsonElement json) => List(json, Refund);

    private static List<T>? List<T>(JsonElement json, Func<JsonElement, T?> read) where T : class =>
        json.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? [.. data.EnumerateArray().Select(read).OfType<T>()]
            : null;

    /// <summary>A PaymentIntent.</summary>
    public static PaymentSnapshot? Payment(JsonElement json)
    {
        if (Text(json, "object") is not "payment_intent" || Text(json, "id") is not { } id
            || StatusOf(Text(json, "status")) is not { } status || AmountOf(json) is not { } amount)
        {
            return null;
        }

        var metadata = Child(json, "metadata");
        return new PaymentSnapshot(id, status, amount, IdOf(json, "latest_charge"), Decline(Child(json, "last_payment_error")),
            ChallengeOf(json), Text(metadata, "invoice"), Text(metadata, "subscription"))
        {
            CustomerId = IdOf(json, "customer"),
            MethodKind = json.TryGetProperty("payment_method_types", out var types) && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0
                && types[0].ValueKind == JsonValueKind.String ? StripeKinds.KindOf(types[0].GetString()) : null,
        };
    }

    /// <summary>A decline from <c>last_payment_error</c> or from the body of a 402; null when there was none.</summary>
    public static PaymentDecline? Decline(JsonElement? error) =>
        error is not { } json || (Text(json, "code") ?? Text(json, "type")) is not { } code
            ? null
            : StripeDeclines.Read(code, Text(json, "decline_code"), Text(json, "advice_code"), IdOf(json, "charge"), NetworkForbids(json), MethodType(json));

    // The codes of one network mean something else at the next, so the card's brand is asked too.
    private static bool NetworkForbids(JsonElement error)
    {
        var card = Child(Child(error, "payment_method"), "card");
        return NetworkRefusals.Forbid(Text(card, "brand"), Text(error, "network_decline_code"), Text(error, "network_advice_code"));
    }

    /// <summary>Stripe's type of the method that an error speaks of.</summary>
    public static string? MethodType(JsonElement error) => Text(Child(error, "payment_method"), "type");

    public static StoredMethod? Method(JsonElement? method)
    {
        if (method is not { } json || Text(json, "object") is not "payment_method" || Text(json, "id") is not { } id)
        {
            return null;
        }

        // Of a PayPal account nothing is kept: its address is a person's, and the gateway knows it.
        return Text(json, "type") switch
        {
            StripeKinds.Bacs when Child(json, StripeKinds.Bacs) is { } bacs && Text(bacs, "last4") is { Length: <= 4 } account =>
                new StoredMethod(id, "bacs", Text(bacs, "sort_code") ?? "", account, 0, 0, Text(bacs, "fingerprint")),
            "paypal" => new StoredMethod(id, "paypal", "paypal", "", 0, 0, Text(Child(json, "paypal"), "fingerprint")),
            _ when Child(json, "card") is { } card && Text(card, "last4") is { } last4 =>
                new StoredMethod(id, Child(card, "wallet") is null ? "card" : "wallet", Text(card, "brand") ?? "card", last4,
                    (int)(Number(card, "exp_month") ?? 0), (int)(Number(card, "exp_year") ?? 0), Text(card, "fingerprint")),
            _ => null,
        };
    }

    /// <summary>A Direct Debit mandate. One that is pending is not in force yet and has not ended either.</summary>
    public static MandateSnapshot? Mandate(JsonElement json)
    {
        return Text(json, "object") is "mandate" && Text(json, "id") is { } id && IdOf(json, "payment_method") is { } method
            && Text(json, "status") is "active" or "inactive" or "pending"
                ? new MandateSnapshot(id, method, Text(json, "status") is "inactive")
                : null;
    }

    public static HostedSetup? Setup(JsonElement json)
    {
        if (Text(json, "object") is not "checkout.session" || Text(json, "id") is not { } id
            || Text(json, "status") is not { } status || IdOf(json, "customer") is not { } customer)
        {
            return null;
        }

        var intent = Child(json, "setup_intent");
        var complete = status == "complete" && (intent is null || Text(intent, "status") is "succeeded" or null);
        if (complete && IdOf(json, "setup_intent") is null)
        {
            return null;
        }

        return new HostedSetup(id, status == "open" ? Web(Text(json, "url")) : null, complete, status == "expired", customer,
            Text(Child(json, "metadata"), "subscription"), complete ? IdOf(json, "setup_intent") : null,
            complete ? Method(Child(intent, "payment_method")) : null);
    }

    public static RefundSnapshot? Refund(JsonElement json) =>
        Text(json, "object") is "refund" && Text(json, "id") is { } id && RefundStateOf(Text(json, "status")) is { } state
        && AmountOf(json) is { } amount
            ? new RefundSnapshot(id, state, amount, Text(Child(json, "metadata"), "refund"))
            : null;

    private static RefundState? RefundStateOf(string? status) => status switch
    {
        "succeeded" => RefundState.Succeeded,
        "pending" or "requires_action" => RefundState.Pending,
        "failed" => RefundState.Failed,
        "canceled" => RefundState.Canceled,
        _ => null,
    };

    public static GatewayEvent? Event(JsonElement json)
    {
        if (Text(json, "object") is not "event" || Text(json, "id") is not { } id || Text(json, "type") is not { } type
            || Number(json, "created") is not (>= 0 and < 253_402_300_800) || Child(Child(json, "data"), "object") is not { } about
            || Text(about, "id") is not { } objectId)
        {
            return null;
        }

        var kind = Text(about, "object");
        return new GatewayEvent(id, type, objectId,
            kind == "payment_intent" ? objectId : IdOf(about, "payment_intent"),
            kind == "checkout.session" ? objectId : null,
            DateTimeOffset.FromUnixTimeSeconds(Number(json, "created") ?? 0))
        {
            CustomerId = kind == "customer" ? objectId : IdOf(about, "customer"),
            DefaultMethodChanged = Child(Child(Child(json, "data"), "previous_attributes"), "invoice_settings") is { } before
                && before.TryGetProperty("default_payment_method", out _),
        };
    }

    /// <summary>A page of events; one that cannot be read is left out, as it would be when it is read alone.</summary>
    public static GatewayEventPage? Events(JsonElement json) =>
        List(json, Event) is { } events ? new(events, events.Count > 0 && json.TryGetProperty("has_more", out var more) && more.ValueKind == JsonValueKind.True) : null;

    public static HeldMethod? Held(JsonElement json) => Method(json) is { } method ? new(method, IdOf(json, "customer")) : null;

    public static Payer? Payer(JsonElement json) => Text(json, "object") is "customer" && Text(json, "id") is { } id
        ? new(id, json.TryGetProperty("deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True, IdOf(Child(json, "invoice_settings"), "default_payment_method"))
        : null;

    public static string? Text(JsonElement? json, string name)
    {
        try
        {
            return json is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair: valid JSON, but no text.
        }
    }

    public static JsonElement? Child(JsonElement? json, string name) =>
        json is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Object
            ? value
            : null;

    /// <summary>The id of another object, which Stripe gives as a string or, expanded, as the object itself.</summary>
    public static string? IdOf(JsonElement? json, string name) => Text(json, name) ?? Text(Child(json, name), "id");

    public static long? Number(JsonElement? json, string name) =>
        json is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : null;

    public static Money? AmountOf(JsonElement json) =>
        Number(json, "amount") is >= 0 and var amount && Text(json, "currency") is { Length: 3 } currency
            ? new Money(amount, currency.ToUpperInvariant())
            : null;

    private static Uri? ChallengeOf(JsonElement json) =>
        Web(Text(Child(Child(json, "next_action"), "redirect_to_url"), "url"));

    /// <summary>Readers are sent there, so nothing but a web address passes.</summary>
    private static Uri? Web(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            ? uri
            : null;

    private static PaymentStatus? StatusOf(string? status) => status switch
    {
        "requires_payment_method" => PaymentStatus.RequiresMethod,
        "requires_confirmation" => PaymentStatus.RequiresConfirmation,
        "requires_action" => PaymentStatus.RequiresAction,
        "processing" => PaymentStatus.Processing,
        "succeeded" => PaymentStatus.Succeeded,
        "canceled" => PaymentStatus.Canceled,
        _ => null,
    };
}
