using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>POST /v1/payment_intents/{id}/confirm</c>: one try to take the money.</summary>
internal static class Confirmation
{
    /// <summary>Refused tries after which Stripe cancels a PaymentIntent. Stripe names no number for cards; ours
    /// lies above any sensible dunning plan and below the networks' limits.</summary>
    public const int MaxConfirmations = 25;

    /// <summary>Methods whose holder may have to be sent elsewhere to confirm.</summary>
    private static readonly string[] RedirectTypes = ["paypal", "klarna", "revolut_pay", "pay_by_bank", "amazon_pay"];

    private static readonly string[] Confirmable = ["requires_payment_method", "requires_confirmation", "requires_action"];

    public static StripeAnswer Confirm(StripeCall call) => Confirm(call, call.Subject(PaymentIntents.Kind, "intent"));

    public static StripeAnswer Confirm(StripeCall call, StripeObject intent)
    {
        RefuseWrongState(intent);
        var method = call.Params.Text("payment_method") is { } given && given != intent.Body.Text("payment_method")
            ? PaymentMethods.ByIdOrToken(call.Ledger, given, "payment_method")
            : call.Ledger.Find(PaymentMethods.Kind, intent.Body.Text("payment_method")) ?? throw NoMethod(intent);
        RefuseWrongMethod(intent, method);
        PaymentMethods.RefuseSpent(method);
        var order = new ConfirmOrder(
            OffSession: call.Params.Text("off_session") is not (null or "false"),
            ReturnUrl: Urls.Read(call.Params, "return_url"),
            ErrorOnAction: call.Params.Flag("error_on_requires_action"));
        RefuseWithoutReturnUrl(intent, method, order);
        intent.Body["payment_method"] = method.Id;
        intent.Body["next_action"] = null;
        intent.Body["last_payment_error"] = null;
        intent.Hidden.Remove("challenge");
        return Try(call, intent, method, order);
    }

    public static void RefuseWrongMethod(StripeObject intent, StripeObject method)
    {
        var types = intent.Body.Texts("payment_method_types").ToList();
        if (!types.Contains(method["type"]))
        {
            throw StripeFailure.Invalid("payment_intent_incompatible_payment_method",
                $"The PaymentMethod provided ({method["type"]}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of "
                + $"one of the following types: {string.Join(", ", types)}. You may also update the allowed payment_method_types.",
                "payment_method");
        }

        if (method.Customer is not { } owner || owner == intent.Customer)
        {
            return;
        }

        throw StripeFailure.Invalid(null, intent.Customer is null
            ? "The payment method you provided is attached to a customer so for security purposes you must provide the customer in the request."
            : $"The PaymentMethod {method.Id} does not belong to the Customer {intent.Customer}. Please use a PaymentMethod that is "
                + "attached to this Customer.", "payment_method");
    }

    private static StripeAnswer Try(StripeCall call, StripeObject intent, StripeObject method, ConfirmOrder order)
    {
        if (method["type"] == TestAccounts.Bacs && Mandates.Of(call.Ledger, method).Status != "active")
        {
            throw StripeFailure.Invalid("payment_method_invalid", "The mandate of this PaymentMethod is not active any more.", "payment_method");
        }

        if (method["type"] == TestAccounts.Bacs && intent["currency"] != "gbp")
        {
            throw StripeFailure.Invalid(null, "Bacs Direct Debit collects in GBP only.", "currency");
        }

        if (method["type"] == TestAccounts.Bacs)
        {
            return StripeAnswer.Ok(Payments.Begin(call.Ledger, intent, method).Body);
        }

        switch (call.Bank is { } fault ? Bank.Says(fault.Code!) : Bank.Charge(method, authenticated: false, call.Ledger.Now))
        {
            case BankAnswer.Approved:
                Payments.Succeed(call.Ledger, intent, method);
                return StripeAnswer.Ok(intent.Body);
            case BankAnswer.AsksForAuthentication when !order.OffSession && !order.ErrorOnAction:
                Challenges.Open(call, intent, order.ReturnUrl!, "payment_intent.requires_action");
                return StripeAnswer.Ok(intent.Body);
            case BankAnswer.AsksForAuthentication:
                return Payments.Refuse(call.Ledger, intent, method,
                    new BankAnswer.Refused(Declines.Of(Declines.AuthenticationRequired), false));
            case BankAnswer.Refused refused:
                return Payments.Refuse(call.Ledger, intent, method, refused);
            default:
                throw new InvalidOperationException("The bank gave an answer that nobody knows.");
        }
    }

    private static void RefuseWrongState(StripeObject intent)
    {
        if (Confirmable.Contains(intent.Status))
        {
            return;
        }

        throw StripeFailure.WrongState("payment_intent_unexpected_state", intent.Status == "succeeded"
            ? "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
            : $"You cannot confirm this PaymentIntent because it has a status of {intent.Status}. Only a PaymentIntent with one of the "
                + $"following statuses may be confirmed: {string.Join(", ", Confirmable)}.", PaymentIntents.Kind, intent.Body);
    }

    private static StripeFailure NoMethod(StripeObject intent) =>
        StripeFailure.WrongState("payment_intent_unexpected_state",
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with "
            + "a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
            PaymentIntents.Kind, intent.Body);

    private static void RefuseWithoutReturnUrl(StripeObject intent, StripeObject method, ConfirmOrder order)
    {
        if (order.OffSession || order.ErrorOnAction || order.ReturnUrl is not null || !CouldRedirect(intent, method))
        {
            return;
        }

        throw StripeFailure.Invalid(null,
            "This PaymentIntent could need a redirect: you must provide a `return_url` when confirming it on session. If you don't want "
            + "to accept payment methods that redirect, list the others in `payment_method_types`, or set "
            + "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never`.",
            "return_url");
    }

    /// <summary>A card that will be challenged counts as well: without a script there is no other way to its bank.</summary>
    private static bool CouldRedirect(StripeObject intent, StripeObject method) =>
        intent.Body.Object("automatic_payment_methods") is { } automatic && automatic.Text("allow_redirects") != "never"
        || intent.Body.Texts("payment_method_types").Any(RedirectTypes.Contains)
        || Bank.MayAsk(method);

    private sealed record ConfirmOrder(bool OffSession, string? ReturnUrl, bool ErrorOnAction);
}
