using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/checkout/sessions</c> in setup mode: a hosted page on which a reader leaves a card.</summary>
internal static class CheckoutSessions
{
    public const string Kind = "checkout.session";

    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMinutes(30);

    public static StripeAnswer Create(StripeCall call)
    {
        if (call.Params.OneOf("mode", "setup", "payment", "subscription") is var mode && mode != "setup")
        {
            throw mode is null ? StripeFailure.Missing("mode")
                : StripeFailure.Invalid(null, "This simulator serves Checkout in `setup` mode only.", "mode");
        }

        if (!call.Params.Has("payment_method_types") && !call.Params.Has("currency"))
        {
            throw StripeFailure.Invalid("parameter_missing",
                "You must provide `currency` in `setup` mode when `payment_method_types` is not set.", "currency");
        }

        var success = Urls.Read(call.Params, "success_url") ?? throw StripeFailure.Missing("success_url");
        var types = PaymentIntents.Types(call.Params);
        var customer = Customers.Named(call);
        var metadata = Metadata.Merge(null, call.Params);
        var id = call.Ledger.NewId("cs_test_a1");
        var intent = SetupIntents.Insert(call.Ledger,
            SetupIntents.Body(customer?.Id, types, Metadata.Merge(null, call.Params.Map("setup_intent_data"))), id);
        var body = Body(call, success, customer?.Id, types, metadata);
        body["setup_intent"] = intent.Id;
        body["url"] = PageOf(call.Origin, id);
        var made = call.Ledger.Insert(Kind, id, call.Ledger.Now.ToUnixTimeSeconds(), body,
            new JsonObject { ["origin"] = call.Origin });
        call.Ledger.Schedule(DateTimeOffset.FromUnixTimeSeconds(made.Body.Number("expires_at")),
            DueSettlements.SessionExpiry, id);
        return StripeAnswer.Ok(made.Body);
    }

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind, "session").Body);

    public static StripeAnswer Expire(StripeCall call)
    {
        var session = call.Subject(Kind, "session");
        if (session.Status != "open")
        {
            throw StripeFailure.Invalid(null,
                $"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {session.Status}.",
                "session");
        }

        Expire(call.Ledger, session);
        return StripeAnswer.Ok(session.Body);
    }

    public static void Expire(LedgerTransaction ledger, StripeObject session)
    {
        Close(session, "expired");
        ledger.Save(session);
        ledger.Emit("checkout.session.expired", session);
        SetupIntents.Cancel(ledger, ledger.Get(SetupIntents.Kind, session["setup_intent"]), "abandoned");
    }

    public static void Complete(LedgerTransaction ledger, StripeObject session)
    {
        Close(session, "complete");
        ledger.Save(session);
        ledger.Emit("checkout.session.completed", session);
    }

    /// <summary>Where a finished session sends the browser.</summary>
    public static string SuccessUrl(StripeObject session) =>
        session["success_url"].Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal);

    /// <summary>Where the browser goes after a challenge: on when it was passed, else back to the form.</summary>
    public static string AfterChallenge(StripeObject session) =>
        session.Status == "complete" ? SuccessUrl(session) : PageOf(session.Hidden.Text("origin")!, session.Id);

    private static string PageOf(string origin, string id) => $"{origin}/stripe/pay/checkout/{id}";

    private static void Close(StripeObject session, string status)
    {
        session.Body["status"] = status;
        session.Body["url"] = null;
    }

    private static long ExpiresAt(StripeCall call)
    {
        var now = call.Ledger.Now;
        if (call.Params.Integer("expires_at") is not { } at)
        {
            return (now + Life).ToUnixTimeSeconds();
        }

        var earliest = (now + ShortestLife).ToUnixTimeSeconds() - 60;
        return at >= earliest && at <= (now + Life).ToUnixTimeSeconds() + 60 ? at : throw StripeFailure.Invalid(null,
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.", "expires_at");
    }

    private static JsonObject Body(
        StripeCall call, string success, string? customer, IReadOnlyList<string> types, JsonObject metadata) => new()
        {
            ["after_expiration"] = null,
            ["allow_promotion_codes"] = null,
            ["amount_subtotal"] = null,
            ["amount_total"] = null,
            ["automatic_tax"] = new JsonObject { ["enabled"] = false, ["liability"] = null, ["status"] = null },
            ["billing_address_collection"] = null,
            ["cancel_url"] = Urls.Read(call.Params, "cancel_url"),
            ["client_reference_id"] = call.Params.Text("client_reference_id", 200),
            ["client_secret"] = null,
            ["consent"] = null,
            ["currency"] = call.Params.Has("currency") ? Amounts.Currency(call.Params) : null,
            ["customer"] = customer,
            ["customer_creation"] = null,
            ["customer_details"] = null,
            ["customer_email"] = call.Params.Text("customer_email", 512),
            ["expires_at"] = ExpiresAt(call),
            ["invoice"] = null,
            ["locale"] = call.Params.Text("locale", 10),
            ["metadata"] = metadata,
            ["mode"] = "setup",
            ["payment_intent"] = null,
            ["payment_link"] = null,
            ["payment_method_collection"] = "always",
            ["payment_method_types"] = JsonBodies.ToArray(types),
            ["payment_status"] = "no_payment_required",
            ["recovered_from"] = null,
            ["setup_intent"] = null,
            ["status"] = "open",
            ["submit_type"] = null,
            ["subscription"] = null,
            ["success_url"] = success,
            ["ui_mode"] = "hosted",
            ["url"] = null,
        };
}
