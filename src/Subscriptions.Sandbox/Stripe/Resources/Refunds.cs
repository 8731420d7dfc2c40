using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/refunds</c>: whole or in part, never more than was taken.</summary>
internal static class Refunds
{
    public const string Kind = "refund";

    /// <summary>Billing time after which the refund of the failing card fails.</summary>
    private static readonly TimeSpan UntilFailure = TimeSpan.FromHours(1);

    public static StripeAnswer Create(StripeCall call)
    {
        var charge = ChargeOf(call);
        var left = charge.Body.Number("amount_captured") - charge.Body.Number("amount_refunded");
        if (Disputes.Stand(call.Ledger, charge))
        {
            throw StripeFailure.Invalid("charge_disputed", $"Charge {charge.Id} has been charged back; cannot issue a refund.");
        }

        if (left == 0)
        {
            throw StripeFailure.Invalid("charge_already_refunded", $"Charge {charge.Id} has already been refunded.");
        }

        var amount = call.Params.Has("amount") ? Amounts.Positive(call.Params, "amount") : left;
        if (amount > left)
        {
            throw StripeFailure.Invalid(null, $"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount");
        }

        var reason = call.Params.OneOf("reason", "duplicate", "fraudulent", "requested_by_customer");
        var made = call.Ledger.Insert(Kind, "re_", Body(charge, amount, reason, Metadata.Merge(null, call.Params)));
        Count(call.Ledger, charge, amount);
        if (charge.Body.Flag("refunded"))
        {
            FraudWarnings.Outdate(call.Ledger, charge);
        }

        BalanceTransactions.OfRefund(call.Ledger, made);
        call.Ledger.Emit("refund.created", made);
        call.Ledger.Emit("charge.refunded", charge);
        var method = call.Ledger.Get(PaymentMethods.Kind, charge["payment_method"]);
        if (Bank.CardOf(method) is { RefundFails: true })
        {
            call.Ledger.Schedule(call.Ledger.Now + UntilFailure, DueSettlements.RefundFailure, made.Id);
        }

        return StripeAnswer.Ok(made.Body);
    }

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    /// <summary>The bank sends the money back: what was refunded is not refunded any more.</summary>
    public static void Fail(LedgerTransaction ledger, StripeObject refund)
    {
        refund.Body["status"] = "failed";
        refund.Body["failure_reason"] = "unknown";
        ledger.Save(refund);
        BalanceTransactions.OfRefund(ledger, refund, failed: true);
        Count(ledger, ledger.Get(Charges.Kind, refund["charge"]), -refund.Body.Number("amount"));
        ledger.Emit("refund.failed", refund);
        ledger.Emit("refund.updated", refund);
    }

    private static void Count(LedgerTransaction ledger, StripeObject charge, long amount)
    {
        var refunded = charge.Body.Number("amount_refunded") + amount;
        charge.Body["amount_refunded"] = refunded;
        charge.Body["refunded"] = refunded == charge.Body.Number("amount_captured");
        ledger.Save(charge);
    }

    private static StripeObject ChargeOf(StripeCall call)
    {
        if (call.Named(Charges.Kind, "charge") is { } named)
        {
            return named.Status == "succeeded" ? named
                : throw StripeFailure.Invalid(null, $"Charge {named.Id} is not refundable: it was not paid.", "charge");
        }

        var intent = call.Named(PaymentIntents.Kind, "payment_intent") ?? throw StripeFailure.Invalid("parameter_missing",
            "One of the following params should be provided for this request: payment_intent or charge.");
        return intent.Status == "succeeded" ? call.Ledger.Get(Charges.Kind, intent["latest_charge"])
            : throw StripeFailure.Invalid(null,
                $"This PaymentIntent ({intent.Id}) does not have a successful charge to refund.", "payment_intent");
    }

    private static JsonObject Body(StripeObject charge, long amount, string? reason, JsonObject metadata) => new()
    {
        ["amount"] = amount,
        ["balance_transaction"] = null,
        ["charge"] = charge.Id,
        ["currency"] = charge["currency"],
        ["destination_details"] = new JsonObject { ["type"] = "card" },
        ["metadata"] = metadata,
        ["payment_intent"] = charge["payment_intent"],
        ["reason"] = reason,
        ["receipt_number"] = null,
        ["source_transfer_reversal"] = null,
        ["status"] = "succeeded",
        ["transfer_reversal"] = null,
    };
}
