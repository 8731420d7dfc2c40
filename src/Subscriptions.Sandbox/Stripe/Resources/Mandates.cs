using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/mandates</c>: the account holder's leave to collect by Bacs Direct Debit.</summary>
internal static class Mandates
{
    public const string Kind = "mandate";

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind, "mandate").Body);

    /// <summary>The mandate of a method, made at the first need.</summary>
    public static StripeObject Of(LedgerTransaction ledger, StripeObject method)
    {
        var id = ledger.IdFor("mandate_", method.Id);
        return ledger.Find(Kind, id) ?? ledger.Insert(Kind, id, ledger.Now.ToUnixTimeSeconds(), new JsonObject
        {
            ["customer_acceptance"] = new JsonObject { ["accepted_at"] = ledger.Now.ToUnixTimeSeconds(), ["type"] = "online" },
            ["multi_use"] = new JsonObject(),
            ["payment_method"] = method.Id,
            ["payment_method_details"] = new JsonObject
            {
                ["bacs_debit"] = new JsonObject
                {
                    ["network_status"] = "accepted",
                    ["reference"] = id[^8..].ToUpperInvariant(),
                    ["revocation_reason"] = null,
                },
                ["type"] = TestAccounts.Bacs,
            },
            ["status"] = "active",
        });
    }

    /// <summary>Whether it stands; one that was never needed does.</summary>
    public static bool IsActive(LedgerTransaction ledger, StripeObject method) =>
        ledger.Find(Kind, ledger.IdFor("mandate_", method.Id)) is not { Status: not "active" };

    /// <summary>The bank ends it; nothing can be collected with it any more.</summary>
    public static void End(LedgerTransaction ledger, StripeObject method, string reason)
    {
        var mandate = Of(ledger, method);
        if (mandate.Status != "active")
        {
            return;
        }

        mandate.Body["status"] = "inactive";
        var details = mandate.Body.Object("payment_method_details")!.Object("bacs_debit")!;
        details["network_status"] = "revoked";
        details["revocation_reason"] = reason;
        ledger.Save(mandate);
        ledger.Emit("mandate.updated", mandate, new JsonObject { ["status"] = "active" });
    }
}
