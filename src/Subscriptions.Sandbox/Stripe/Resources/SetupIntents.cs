using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/setup_intents</c>: keeping a method for later.</summary>
internal static class SetupIntents
{
    public const string Kind = "setup_intent";

    private static readonly string[] Open = ["requires_payment_method", "requires_confirmation", "requires_action"];

    public static StripeAnswer Create(StripeCall call)
    {
        var body = Body(Customers.Named(call)?.Id, PaymentIntents.Types(call.Params), Metadata.Merge(null, call.Params));
        body["usage"] = call.Params.OneOf("usage", "off_session", "on_session") ?? "off_session";
        body["description"] = call.Params.Text("description", 1000);
        var made = Insert(call.Ledger, body, null);
        if (call.Params.Text("payment_method") is { } id)
        {
            var method = PaymentMethods.ByIdOrToken(call.Ledger, id, "payment_method");
            RefuseForeign(made, method);
            made.Body["payment_method"] = method.Id;
            made.Body["status"] = "requires_confirmation";
            call.Ledger.Save(made);
        }

        return call.Params.Flag("confirm") ? Confirm(call, made) : StripeAnswer.Ok(made.Body);
    }

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind, "intent").Body);

    public static StripeAnswer Confirm(StripeCall call) => Confirm(call, call.Subject(Kind, "intent"));

    public static StripeAnswer Cancel(StripeCall call)
    {
        var intent = call.Subject(Kind, "intent");
        RefuseClosed(intent, "cancel");
        Cancel(call.Ledger, intent, call.Params.OneOf("cancellation_reason", "abandoned", "duplicate", "requested_by_customer"));
        return StripeAnswer.Ok(intent.Body);
    }

    public static void Cancel(LedgerTransaction ledger, StripeObject intent, string? reason)
    {
        intent.Body["status"] = "canceled";
        intent.Body["cancellation_reason"] = reason;
        intent.Body["next_action"] = null;
        intent.Hidden.Remove("challenge");
        ledger.Save(intent);
        ledger.Emit("setup_intent.canceled", intent);
    }

    public static StripeObject Insert(LedgerTransaction ledger, JsonObject body, string? session)
    {
        var made = ledger.Insert(Kind, "seti_", body, new JsonObject { ["session"] = session });
        made.Body["client_secret"] = ledger.NewId(made.Id + "_secret_");
        ledger.Save(made);
        ledger.Emit("setup_intent.created", made);
        return made;
    }

    public static JsonObject Body(string? customer, IReadOnlyList<string> types, JsonObject metadata) => new()
    {
        ["application"] = null,
        ["automatic_payment_methods"] = null,
        ["cancellation_reason"] = null,
        ["client_secret"] = null,
        ["customer"] = customer,
        ["description"] = null,
        ["flow_directions"] = null,
        ["last_setup_error"] = null,
        ["latest_attempt"] = null,
        ["mandate"] = null,
        ["metadata"] = metadata,
        ["next_action"] = null,
        ["on_behalf_of"] = null,
        ["payment_method"] = null,
        ["payment_method_options"] = new JsonObject
        {
            ["card"] = new JsonObject { ["mandate_options"] = null, ["network"] = null, ["request_three_d_secure"] = "automatic" },
        },
        ["payment_method_types"] = JsonBodies.ToArray(types),
        ["single_use_mandate"] = null,
        ["status"] = "requires_payment_method",
        ["usage"] = "off_session",
    };

    /// <summary>Asks the bank of this method, and writes down what it says.</summary>
    public static StripeAnswer Try(StripeCall call, StripeObject intent, StripeObject method, string? returnUrl)
    {
        intent.Body["payment_method"] = method.Id;
        intent.Body["last_setup_error"] = null;
        switch (Bank.SetUp(method, authenticated: false))
        {
            case BankAnswer.Refused refused:
                return Refuse(call.Ledger, intent, method, refused.Decline);
            case BankAnswer.AsksForAuthentication:
                Challenges.Open(call, intent, returnUrl ?? throw MissingReturnUrl(), "setup_intent.requires_action");
                return StripeAnswer.Ok(intent.Body);
            default:
                Succeed(call.Ledger, intent, method);
                return StripeAnswer.Ok(intent.Body);
        }
    }

    public static bool Authenticated(LedgerTransaction ledger, StripeObject intent, bool passed)
    {
        var method = ledger.Get(PaymentMethods.Kind, intent["payment_method"]);
        if (passed && Bank.SetUp(method, authenticated: true) is BankAnswer.Approved)
        {
            Succeed(ledger, intent, method);
            return true;
        }

        Fail(ledger, intent, CardErrors.AuthenticationFailed("setup_intent_authentication_failure", method));
        return false;
    }

    public static StripeObject? SessionOf(LedgerTransaction ledger, StripeObject intent) =>
        ledger.Find(CheckoutSessions.Kind, intent.Hidden.Text("session"));

    private static StripeAnswer Confirm(StripeCall call, StripeObject intent)
    {
        RefuseClosed(intent, "confirm");
        var returnUrl = Urls.Read(call.Params, "return_url");
        var id = call.Params.Text("payment_method") ?? intent.Body.Text("payment_method") ?? throw StripeFailure.WrongState(
            "setup_intent_unexpected_state",
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method "
            + "and then confirm it again.", Kind, intent.Body);
        var method = PaymentMethods.ByIdOrToken(call.Ledger, id, "payment_method");
        RefuseForeign(intent, method);
        PaymentMethods.RefuseSpent(method);
        return Try(call, intent, method, returnUrl);
    }

    private static void Succeed(LedgerTransaction ledger, StripeObject intent, StripeObject method)
    {
        method.Hidden["setUp"] = true;
        if (method["type"] == TestAccounts.Bacs)
        {
            intent.Body["mandate"] = Mandates.Of(ledger, method).Id;
        }

        if (intent.Customer is { } customer)
        {
            PaymentMethods.Attach(ledger, method, customer);
        }
        else
        {
            ledger.Save(method);
        }

        intent.Body["status"] = "succeeded";
        intent.Body["next_action"] = null;
        ledger.Save(intent);
        ledger.Emit("setup_intent.succeeded", intent);
        if (SessionOf(ledger, intent) is { } session)
        {
            CheckoutSessions.Complete(ledger, session);
        }
    }

    private static StripeAnswer Refuse(LedgerTransaction ledger, StripeObject intent, StripeObject method, Decline decline)
    {
        var about = new JsonObject { ["payment_method"] = method.Body.DeepClone() };
        Fail(ledger, intent, CardErrors.Body(decline, about));
        about["setup_intent"] = intent.Body.DeepClone();
        return CardErrors.Answer(decline, about);
    }

    private static void Fail(LedgerTransaction ledger, StripeObject intent, JsonObject error)
    {
        intent.Body["status"] = "requires_payment_method";
        intent.Body["payment_method"] = null;
        intent.Body["next_action"] = null;
        intent.Body["last_setup_error"] = error;
        ledger.Save(intent);
        ledger.Emit("setup_intent.setup_failed", intent);
    }

    private static void RefuseClosed(StripeObject intent, string verb)
    {
        if (!Open.Contains(intent.Status))
        {
            throw StripeFailure.WrongState("setup_intent_unexpected_state",
                $"You cannot {verb} this SetupIntent because it has a status of {intent.Status}.", Kind, intent.Body);
        }
    }

    private static void RefuseForeign(StripeObject intent, StripeObject method)
    {
        if (method.Customer is { } owner && owner != intent.Customer)
        {
            throw StripeFailure.Invalid(null,
                $"The PaymentMethod {method.Id} belongs to a customer. Please include that customer in the `customer` parameter.",
                "payment_method");
        }

        var types = intent.Body.Texts("payment_method_types").ToList();
        if (!types.Contains(method["type"]))
        {
            throw StripeFailure.Invalid(null,
                $"The PaymentMethod provided ({method["type"]}) is not allowed for this SetupIntent. Please attach a PaymentMethod of one "
                + $"of the following types: {string.Join(", ", types)}.", "payment_method");
        }
    }

    private static StripeFailure MissingReturnUrl() =>
        StripeFailure.Invalid(null, "This SetupIntent needs a redirect: provide a `return_url` when confirming it.", "return_url");
}
