using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/disputes</c>: a card holder's bank takes a payment back. Nobody answers it here, so it is lost in the end.</summary>
internal static class Disputes
{
    public const string Kind = "dispute";

    /// <summary>Billing time in which a dispute could be answered.</summary>
    private static readonly TimeSpan UntilLost = TimeSpan.FromDays(7);

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    public static void Open(LedgerTransaction ledger, StripeObject charge)
    {
        var due = ledger.Now + UntilLost;
        var made = ledger.Insert(Kind, "du_", new JsonObject
        {
            ["amount"] = charge.Body.Number("amount"),
            ["balance_transactions"] = new JsonArray(),
            ["charge"] = charge.Id,
            ["currency"] = charge["currency"],
            ["evidence"] = new JsonObject(),
            ["evidence_details"] = new JsonObject
            {
                ["due_by"] = due.ToUnixTimeSeconds(),
                ["has_evidence"] = false,
                ["past_due"] = false,
                ["submission_count"] = 0,
            },
            ["is_charge_refundable"] = false,
            ["metadata"] = new JsonObject(),
            ["payment_intent"] = charge["payment_intent"],
            ["payment_method_details"] = new JsonObject
            {
                ["card"] = new JsonObject { ["brand"] = "visa", ["case_type"] = "chargeback", ["network_reason_code"] = "10.4" },
                ["type"] = "card",
            },
            ["reason"] = "fraudulent",
            ["status"] = "needs_response",
        });
        charge.Body["disputed"] = true;
        ledger.Save(charge);
        if (charge.Body.Object("payment_method_details")?.Text("type") == TestAccounts.Bacs)
        {
            LoseAtOnce(ledger, made);
            return;
        }

        ledger.Emit("charge.dispute.created", made);
        ledger.Schedule(due, DueSettlements.DisputeLost, made.Id);
    }

    // The Direct Debit Guarantee: the bank has paid its customer back, and nothing can be said against it.
    private static void LoseAtOnce(LedgerTransaction ledger, StripeObject dispute)
    {
        dispute.Body["payment_method_details"] = new JsonObject { ["type"] = TestAccounts.Bacs };
        dispute.Body["reason"] = "debit_not_authorized";
        dispute.Body["evidence_details"] = new JsonObject { ["due_by"] = null, ["has_evidence"] = false, ["past_due"] = false, ["submission_count"] = 0 };
        dispute.Body["status"] = "lost";
        ledger.Save(dispute);
        ledger.Emit("charge.dispute.created", dispute);
        ledger.Emit("charge.dispute.closed", dispute);
    }

    public static void Lose(LedgerTransaction ledger, StripeObject dispute)
    {
        dispute.Body["status"] = "lost";
        ledger.Save(dispute);
        ledger.Emit("charge.dispute.closed", dispute);
    }
}
