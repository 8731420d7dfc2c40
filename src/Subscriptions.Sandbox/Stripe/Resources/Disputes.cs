using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary>
/// <c>/v1/disputes</c>: a payer's bank asks about a payment, or takes it back. Nobody answers it here, so that it is lost in
/// the end unless the panel decides it; what a Bacs payer takes back is lost from the first moment.
/// </summary>
internal static class Disputes
{
    public const string Kind = "dispute";

    /// <summary>What Stripe takes for a dispute in the United Kingdom, in minor units; it is not given back.</summary>
    private const long Fee = 2000;

    /// <summary>Billing time in which a dispute could be answered.</summary>
    private static readonly TimeSpan UntilLost = TimeSpan.FromDays(7);

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    /// <summary>The disputes of a charge, newest first.</summary>
    public static IReadOnlyList<StripeObject> Of(LedgerTransaction ledger, StripeObject charge) =>
        [.. ledger.Page(new ListQuery(Kind) { Parent = charge["payment_intent"], Limit = 100 })!.Value.Page.Where(d => d["charge"] == charge.Id)];

    /// <summary>True while the bank has the money or may still take it, so that a refund could give it back twice.</summary>
    public static bool Stand(LedgerTransaction ledger, StripeObject charge) =>
        charge.Body.Flag("disputed") && Of(ledger, charge).Any(dispute => dispute.Status is "needs_response" or "under_review" or "lost");

    public static StripeObject Open(LedgerTransaction ledger, StripeObject charge) => Make(ledger, charge, inquiry: false);

    /// <summary>The bank asks only; no money moves.</summary>
    public static StripeObject Inquire(LedgerTransaction ledger, StripeObject charge) => Make(ledger, charge, inquiry: true);

    /// <summary>The bank is not content with an inquiry and takes the money.</summary>
    public static void Escalate(LedgerTransaction ledger, StripeObject dispute)
    {
        dispute.Body["status"] = "needs_response";
        Withdraw(ledger, dispute);
        ledger.Save(dispute);
        ledger.Emit("charge.dispute.updated", dispute);
        ledger.Emit("charge.dispute.funds_withdrawn", dispute);
    }

    public static void Lose(LedgerTransaction ledger, StripeObject dispute)
    {
        Close(dispute, dispute.Status!.StartsWith("warning", StringComparison.Ordinal) ? "warning_closed" : "lost");
        ledger.Save(dispute);
        ledger.Emit("charge.dispute.closed", dispute);
    }

    /// <summary>The money comes back; also after it had been lost, as banks sometimes decide anew.</summary>
    public static void Win(LedgerTransaction ledger, StripeObject dispute)
    {
        if (dispute.Status!.StartsWith("warning", StringComparison.Ordinal))
        {
            Lose(ledger, dispute);
            return;
        }

        Close(dispute, "won");
        Move(ledger, dispute, dispute.Body.Number("amount"), 0);
        ledger.Save(dispute);
        ledger.Emit("charge.dispute.closed", dispute);
        ledger.Emit("charge.dispute.funds_reinstated", dispute);
    }

    private static StripeObject Make(LedgerTransaction ledger, StripeObject charge, bool inquiry)
    {
        var type = charge.Body.Object("payment_method_details")?.Text("type") ?? "card";
        var final = type == "bacs_debit";
        var due = ledger.Now + UntilLost;
        var made = ledger.Insert(Kind, "du_", Body(charge, type, final ? null : due, final ? "lost" : inquiry ? "warning_needs_response" : "needs_response"));
        if (!inquiry || final)
        {
            Withdraw(ledger, made);
            ledger.Save(made);
        }

        charge.Body["disputed"] = true;
        ledger.Save(charge);
        FraudWarnings.Outdate(ledger, charge);
        ledger.Emit("charge.dispute.created", made);
        if (!inquiry || final)
        {
            ledger.Emit("charge.dispute.funds_withdrawn", made);
        }

        if (final)
        {
            ledger.Emit("charge.dispute.closed", made);
        }
        else
        {
            ledger.Schedule(due, DueSettlements.DisputeLost, made.Id);
        }

        return made;
    }

    private static JsonObject Body(StripeObject charge, string type, DateTimeOffset? due, string status) => new()
    {
        ["amount"] = charge.Body.Number("amount"),
        ["balance_transactions"] = new JsonArray(),
        ["charge"] = charge.Id,
        ["currency"] = charge["currency"],
        ["evidence"] = new JsonObject(),
        ["evidence_details"] = new JsonObject
        {
            ["due_by"] = due?.ToUnixTimeSeconds(),
            ["has_evidence"] = false,
            ["past_due"] = false,
            ["submission_count"] = 0,
        },
        ["is_charge_refundable"] = status.StartsWith("warning", StringComparison.Ordinal),
        ["metadata"] = new JsonObject(),
        ["payment_intent"] = charge["payment_intent"],
        ["payment_method_details"] = type == "card"
            ? new JsonObject
            {
                ["card"] = new JsonObject { ["brand"] = "visa", ["case_type"] = status == "needs_response" ? "chargeback" : "inquiry", ["network_reason_code"] = "10.4" },
                ["type"] = "card",
            }
            : new JsonObject { ["type"] = type },
        ["reason"] = type == "bacs_debit" ? "debit_not_authorized" : "fraudulent",
        ["status"] = status,
    };

    private static void Close(StripeObject dispute, string status)
    {
        dispute.Body["status"] = status;
        dispute.Body["is_charge_refundable"] = status != "lost";
    }

    private static void Withdraw(LedgerTransaction ledger, StripeObject dispute)
    {
        dispute.Body["is_charge_refundable"] = false;
        Move(ledger, dispute, -dispute.Body.Number("amount"), Fee);
    }

    private static void Move(LedgerTransaction ledger, StripeObject dispute, long amount, long fee)
    {
        var moves = (JsonArray)dispute.Body["balance_transactions"]!;
        var id = BalanceTransactions.Book(ledger, dispute, "adjustment", amount < 0 ? "dispute" : "dispute_reversal", amount, fee, part: moves.Count);
        moves.Add(ledger.Find(BalanceTransactions.Kind, id)!.Body.DeepClone());
    }
}
