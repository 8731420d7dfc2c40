using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/payment_intents</c>, except confirming.</summary>
internal static class PaymentIntents
{
    public const string Kind = "payment_intent";

    /// <summary>Kinds of method that a PaymentIntent may list.</summary>
    public static readonly IReadOnlySet<string> MethodTypes = new HashSet<string>(StringComparer.Ordinal)
    {
        "card", "link", "bacs_debit", "paypal", "sepa_debit", "klarna", "revolut_pay", "pay_by_bank", "amazon_pay",
    };

    private static readonly string[] Texts =
        ["description", "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_group"];

    /// <summary>What may still be written when money is moving or has moved.</summary>
    private static readonly string[] AlwaysWritable = ["description", "metadata", "receipt_email", "transfer_group", "expand"];

    private static readonly string[] Changeable = ["requires_payment_method", "requires_confirmation", "requires_action"];

    public static StripeAnswer Create(StripeCall call)
    {
        var currency = Amounts.Currency(call.Params);
        var amount = Amounts.Chargeable(call.Params, currency);
        var confirm = call.Params.Flag("confirm");
        if (!confirm && (call.Params.Has("off_session") || call.Params.Has("return_url")))
        {
            var name = call.Params.Has("off_session") ? "off_session" : "return_url";
            throw StripeFailure.Invalid(null, $"You can only provide `{name}` when `confirm` is set to true.", name);
        }

        if (call.Params.OneOf("capture_method", "automatic", "automatic_async", "manual") == "manual")
        {
            throw StripeFailure.Invalid(null, "This simulator captures automatically only.", "capture_method");
        }

        var body = Body(amount, currency, Customers.Named(call)?.Id, Metadata.Merge(null, call.Params));
        WriteTypes(call, body);
        var made = call.Ledger.Insert(Kind, "pi_", body);
        made.Body["client_secret"] = call.Ledger.NewId(made.Id + "_secret_");
        WriteTexts(call, made);
        WriteMethod(call, made);
        call.Ledger.Save(made);
        call.Ledger.Emit("payment_intent.created", made);
        return confirm ? Confirmation.Confirm(call, made) : StripeAnswer.Ok(made.Body);
    }

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind, "intent").Body);

    public static StripeAnswer Update(StripeCall call)
    {
        var intent = call.Subject(Kind, "intent");
        var locked = call.Params.Names.Except(AlwaysWritable).FirstOrDefault();
        if (locked is not null && !Changeable.Contains(intent.Status))
        {
            throw StripeFailure.WrongState("payment_intent_unexpected_state",
                $"This PaymentIntent's {locked} could not be updated because it has a status of {intent.Status}. You may only update "
                + $"the {locked} of a PaymentIntent with one of the following statuses: {string.Join(", ", Changeable)}.",
                Kind, intent.Body);
        }

        if (call.Params.Has("amount"))
        {
            intent.Body["amount"] = Amounts.Chargeable(call.Params, intent["currency"]);
        }

        if (Customers.Named(call) is { } customer)
        {
            intent.Body["customer"] = customer.Id;
        }

        if (call.Params.Has("payment_method_types"))
        {
            WriteTypes(call, intent.Body);
        }

        if (locked is not null && intent.Status == "requires_action")
        {
            Reopen(intent);
        }

        WriteTexts(call, intent);
        WriteMethod(call, intent);
        intent.Body["metadata"] = Metadata.Merge(intent.Body.Object("metadata"), call.Params);
        call.Ledger.Save(intent);
        return StripeAnswer.Ok(intent.Body);
    }

    public static StripeAnswer Cancel(StripeCall call)
    {
        var intent = call.Subject(Kind, "intent");
        var reason = call.Params.OneOf("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned");
        if (!Changeable.Contains(intent.Status))
        {
            throw StripeFailure.WrongState("payment_intent_unexpected_state",
                $"You cannot cancel this PaymentIntent because it has a status of {intent.Status}. Only a PaymentIntent with one of the "
                + $"following statuses may be canceled: {string.Join(", ", Changeable)}, requires_capture.", Kind, intent.Body);
        }

        Cancel(call.Ledger, intent, reason);
        return StripeAnswer.Ok(intent.Body);
    }

    public static void Cancel(LedgerTransaction ledger, StripeObject intent, string? reason)
    {
        intent.Body["status"] = "canceled";
        intent.Body["canceled_at"] = ledger.Now.ToUnixTimeSeconds();
        intent.Body["cancellation_reason"] = reason;
        intent.Body["next_action"] = null;
        intent.Hidden.Remove("challenge");
        ledger.Save(intent);
        ledger.Emit("payment_intent.canceled", intent);
    }

    public static JsonObject Body(long amount, string currency, string? customer, JsonObject metadata) => new()
    {
        ["amount"] = amount,
        ["amount_capturable"] = 0,
        ["amount_details"] = new JsonObject { ["tip"] = new JsonObject() },
        ["amount_received"] = 0,
        ["application"] = null,
        ["application_fee_amount"] = null,
        ["automatic_payment_methods"] = null,
        ["canceled_at"] = null,
        ["cancellation_reason"] = null,
        ["capture_method"] = "automatic_async",
        ["client_secret"] = null,
        ["confirmation_method"] = "automatic",
        ["currency"] = currency,
        ["customer"] = customer,
        ["description"] = null,
        ["last_payment_error"] = null,
        ["latest_charge"] = null,
        ["metadata"] = metadata,
        ["next_action"] = null,
        ["on_behalf_of"] = null,
        ["payment_method"] = null,
        ["payment_method_options"] = new JsonObject
        {
            ["card"] = new JsonObject
            {
                ["installments"] = null,
                ["mandate_options"] = null,
                ["network"] = null,
                ["request_three_d_secure"] = "automatic",
            },
        },
        ["payment_method_types"] = new JsonArray("card"),
        ["processing"] = null,
        ["receipt_email"] = null,
        ["review"] = null,
        ["setup_future_usage"] = null,
        ["shipping"] = null,
        ["statement_descriptor"] = null,
        ["statement_descriptor_suffix"] = null,
        ["status"] = "requires_payment_method",
        ["transfer_data"] = null,
        ["transfer_group"] = null,
    };

    /// <summary>The kinds of method that a request lists. None listed means that Stripe chooses (cards, here).</summary>
    public static IReadOnlyList<string> Types(StripeParams request)
    {
        var types = request.List("payment_method_types");
        if (types.FirstOrDefault(type => !MethodTypes.Contains(type)) is { } unknown)
        {
            throw StripeFailure.Invalid(null,
                $"The payment method type \"{unknown}\" is invalid. Please ensure the provided type is activated in your dashboard "
                + "and your account is enabled for any preview features that you are trying to use.", "payment_method_types");
        }

        return types.Count > 0 ? types : ["card", "link"];
    }

    private static void WriteTypes(StripeCall call, JsonObject body)
    {
        var automatic = call.Params.Map("automatic_payment_methods");
        if (automatic.Flag("enabled") && call.Params.Has("payment_method_types"))
        {
            throw StripeFailure.Invalid("parameters_exclusive",
                "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.");
        }

        body["payment_method_types"] = JsonBodies.ToArray(Types(call.Params));
        body["automatic_payment_methods"] = call.Params.Has("payment_method_types") ? null : new JsonObject
        {
            ["allow_redirects"] = automatic.OneOf("allow_redirects", "always", "never") ?? "always",
            ["enabled"] = true,
        };
    }

    private static void WriteTexts(StripeCall call, StripeObject intent)
    {
        call.Params.OneOf("setup_future_usage", "off_session", "on_session");
        foreach (var name in Texts.Where(call.Params.Has))
        {
            intent.Body[name] = call.Params.Text(name, 1000);
        }
    }

    private static void WriteMethod(StripeCall call, StripeObject intent)
    {
        if (call.Params.Text("payment_method") is not { } id)
        {
            return;
        }

        var method = PaymentMethods.ByIdOrToken(call.Ledger, id, "payment_method");
        Confirmation.RefuseWrongMethod(intent, method);
        intent.Body["payment_method"] = method.Id;
        if (intent.Status == "requires_payment_method")
        {
            intent.Body["status"] = "requires_confirmation";
        }
    }

    /// <summary>A change while a challenge is open makes the challenge void.</summary>
    private static void Reopen(StripeObject intent)
    {
        intent.Body["status"] = "requires_confirmation";
        intent.Body["next_action"] = null;
        intent.Hidden.Remove("challenge");
    }
}
