using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/radar/early_fraud_warnings</c>: a card network says that a payment is called fraud.</summary>
internal static class FraudWarnings
{
    public const string Kind = "radar.early_fraud_warning";

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    public static StripeAnswer List(StripeCall call)
    {
        var query = Lists.Query(call, Kind);
        if (call.Named(Charges.Kind, "charge") is { } charge)
        {
            query = query with { Parent = charge["payment_intent"] };
        }

        return Lists.Answer(call, query, "/v1/radar/early_fraud_warnings", found => found.Body);
    }

    public static StripeObject Warn(LedgerTransaction ledger, StripeObject charge)
    {
        var made = ledger.Insert(Kind, "issfr_", new JsonObject
        {
            ["actionable"] = !charge.Body.Flag("disputed") && !charge.Body.Flag("refunded"),
            ["charge"] = charge.Id,
            ["fraud_type"] = "made_with_lost_card",
            ["payment_intent"] = charge["payment_intent"],
        });
        ledger.Emit("radar.early_fraud_warning.created", made);
        return made;
    }

    /// <summary>Once the payment is disputed or given back in full, nothing can be prevented any more.</summary>
    public static void Outdate(LedgerTransaction ledger, StripeObject charge)
    {
        foreach (var warning in ledger.Page(new ListQuery(Kind) { Parent = charge["payment_intent"], Limit = 100 })!.Value.Page
            .Where(w => w["charge"] == charge.Id && w.Body.Flag("actionable")))
        {
            warning.Body["actionable"] = false;
            ledger.Save(warning);
            ledger.Emit("radar.early_fraud_warning.updated", warning);
        }
    }
}
