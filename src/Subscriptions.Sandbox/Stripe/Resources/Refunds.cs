using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/refunds</c>: whole or in part, never more than was taken.</summary>
internal static class Refunds
{
    public const string Kind = "refund";

    /// <summary>Billing time after which the refund of the failing card fails.</summary>
    private static readonly TimeSpan UntilFailure = TimeSpan.FromHours(1);

    /// <summary>Billing time after which a refund that was pending arrives.</summary>
    private static readonly TimeSpan UntilArrival = TimeSpan.FromDays(1);

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

        if (call.Bank?.Kind == FaultKind.RefundRefused)
        {
            // Stripe names no code here.
            throw StripeFailure.Invalid(null, "Insufficient funds in your Stripe balance to refund this amount.");
        }

        var reason = call.Params.OneOf("reason", "duplicate", "fraudulent", "requested_by_customer");
        var card = Bank.CardOf(call.Ledger.Get(PaymentMethods.Kind, charge["payment_method"]));
        var pending = call.Bank?.Kind == FaultKind.RefundPending ? "insufficient_funds" : card is { RefundPends: true } ? "processing" : null;
        var made = call.Ledger.Insert(Kind, "re_", Body(charge, amount, reason, pending, Metadata.Merge(null, call.Params)));
        Made(call.Ledger, charge, made, fails: card is { RefundFails: true } || call.Bank?.Kind == FaultKind.RefundFails);
        return StripeAnswer.Ok(made.Body);
    }

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    /// <summary>A refund that was pending reaches the payer.</summary>
    public static void Arrive(LedgerTransaction ledger, StripeObject refund)
    {
        refund.Body["status"] = "succeeded";
        refund.Body["pending_reason"] = null;
        ledger.Save(refund);
        if (refund.Body.Text("balance_transaction") is null)
        {
            BalanceTransactions.OfRefund(ledger, refund);
        }

        Tell(ledger, refund);
    }

    /// <summary>The bank sends the money back: what was refunded is not refunded any more.</summary>
    public static void Fail(LedgerTransaction ledger, StripeObject refund)
    {
        refund.Body["status"] = "failed";
        refund.Body["pending_reason"] = null;
        refund.Body["failure_reason"] = "unknown";
        ledger.Save(refund);
        if (refund.Body.Text("balance_transaction") is not null)
        {
            BalanceTransactions.OfRefund(ledger, refund, failed: true);
        }

        Count(ledger, ledger.Get(Charges.Kind, refund["charge"]), -refund.Body.Number("amount"));
        ledger.Emit("refund.failed", refund);
        Tell(ledger, refund);
    }

    private static void Made(LedgerTransaction ledger, StripeObject charge, StripeObject refund, bool fails)
    {
        Count(ledger, charge, refund.Body.Number("amount"));
        if (charge.Body.Flag("refunded"))
        {
            FraudWarnings.Outdate(ledger, charge);
        }

        // What the balance does not cover leaves it only when it does.
        if (refund.Body.Text("pending_reason") != "insufficient_funds")
        {
            BalanceTransactions.OfRefund(ledger, refund);
        }

        ledger.Emit("refund.created", refund);
        ledger.Emit("charge.refunded", charge);
        if (fails)
        {
            ledger.Schedule(ledger.Now + UntilFailure, DueSettlements.RefundFailure, refund.Id);
        }
        else if (refund.Status == "pending")
        {
            ledger.Schedule(ledger.Now + UntilArrival, DueSettlements.RefundArrival, refund.Id);
        }
    }

    /// <summary>Stripe tells of a change of a refund twice: by its name of today and by the one of before.</summary>
    private static void Tell(LedgerTransaction ledger, StripeObject refund)
    {
        ledger.Emit("refund.updated", refund);
        ledger.Emit("charge.refund.updated", refund);
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

    private static JsonObject Body(StripeObject charge, long amount, string? reason, string? pending, JsonObject metadata) => new()
    {
        ["amount"] = amount,
        ["balance_transaction"] = null,
        ["charge"] = charge.Id,
        ["currency"] = charge["currency"],
        ["destination_details"] = new JsonObject { ["type"] = "card" },
        ["metadata"] = metadata,
        ["payment_intent"] = charge["payment_intent"],
        ["pending_reason"] = pending,
        ["reason"] = reason,
        ["receipt_number"] = null,
        ["source_transfer_reversal"] = null,
        ["status"] = pending is null ? "succeeded" : "pending",
        ["transfer_reversal"] = null,
    };
}
