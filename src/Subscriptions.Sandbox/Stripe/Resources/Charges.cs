using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/charges</c>: one for each try of a PaymentIntent.</summary>
internal static class Charges
{
    public const string Kind = "charge";

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    /// <summary>The charge of one try.</summary>
    /// <param name="status"><c>succeeded</c>, <c>failed</c> or <c>pending</c>.</param>
    public static JsonObject Body(StripeObject intent, StripeObject method, string status, BankAnswer.Refused? refused)
    {
        var amount = intent.Body.Number("amount");
        var taken = status == "succeeded";
        return new JsonObject
        {
            ["amount"] = amount,
            ["amount_captured"] = taken ? amount : 0,
            ["amount_refunded"] = 0,
            ["application"] = null,
            ["application_fee"] = null,
            ["application_fee_amount"] = null,
            ["balance_transaction"] = null,
            ["billing_details"] = method.Body["billing_details"]?.DeepClone(),
            ["calculated_statement_descriptor"] = "HARROWMERE",
            ["captured"] = taken,
            ["currency"] = intent["currency"],
            ["customer"] = intent.Customer,
            ["description"] = intent.Body.Text("description"),
            ["disputed"] = false,
            ["failure_balance_transaction"] = null,
            ["failure_code"] = refused?.Decline.Code,
            ["failure_message"] = refused?.Decline.Message,
            ["fraud_details"] = new JsonObject(),
            ["metadata"] = intent.Body["metadata"]!.DeepClone(),
            ["outcome"] = status == "pending" ? PendingOutcome() : Outcome(refused),
            ["paid"] = taken,
            ["payment_intent"] = intent.Id,
            ["payment_method"] = method.Id,
            ["payment_method_details"] = Details(method),
            ["receipt_email"] = intent.Body.Text("receipt_email"),
            ["receipt_number"] = null,
            ["receipt_url"] = null,
            ["refunded"] = false,
            ["review"] = null,
            ["shipping"] = null,
            ["statement_descriptor"] = null,
            ["status"] = status,
        };
    }

    public static JsonObject Outcome(BankAnswer.Refused? refused) => refused is null
        ? new JsonObject
        {
            ["advice_code"] = null,
            ["network_advice_code"] = null,
            ["network_decline_code"] = null,
            ["network_status"] = "approved_by_network",
            ["reason"] = null,
            ["risk_level"] = "normal",
            ["risk_score"] = 20,
            ["seller_message"] = "Payment complete.",
            ["type"] = "authorized",
        }
        : new JsonObject
        {
            ["advice_code"] = refused.Decline.AdviceCode,
            ["network_advice_code"] = refused.Decline.AdviceCode == "do_not_try_again" ? "03" : null,
            ["network_decline_code"] = refused.Decline.NetworkCode,
            ["network_status"] = refused.BlockedByRadar ? "not_sent_to_network" : "declined_by_network",
            ["reason"] = refused.BlockedByRadar ? "highest_risk_level" : refused.Decline.DeclineCode ?? refused.Decline.Code,
            ["risk_level"] = refused.BlockedByRadar ? "highest" : "normal",
            ["risk_score"] = refused.BlockedByRadar ? 90 : 20,
            ["seller_message"] = refused.BlockedByRadar
                ? "Stripe blocked this payment as too risky."
                : "The bank returned the decline code `" + (refused.Decline.DeclineCode ?? refused.Decline.Code) + "`.",
            ["type"] = refused.BlockedByRadar ? "blocked" : "issuer_declined",
        };

    private static JsonObject PendingOutcome()
    {
        var outcome = Outcome(null);
        outcome["seller_message"] = "Payment pending.";
        return outcome;
    }

    private static JsonObject Details(StripeObject method)
    {
        var kind = method["type"];
        var details = method.Body[kind]!.DeepClone();
        if (kind == "card")
        {
            details["network"] = method.Body.Object("card")!.Text("brand");
            details["three_d_secure"] = null;
        }

        return new JsonObject { [kind] = details, ["type"] = kind };
    }
}
