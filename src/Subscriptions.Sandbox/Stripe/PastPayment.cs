using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>A PaymentIntent of the past with its tries, as it would stand in the ledger had it been made then.</summary>
/// <param name="Key">Names it for repetition.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Currency">Lower case, such as <c>gbp</c>.</param>
public sealed record PastPayment(
    string Key, string CustomerId, string PaymentMethodId, long Amount, string Currency,
    IReadOnlyDictionary<string, string> Metadata, DateTimeOffset CreatedAt)
{
    /// <summary>Tries that were refused, in order.</summary>
    public IReadOnlyList<PastDecline> Declines { get; init; } = [];

    /// <summary>When it was paid; null: it is still open (or canceled).</summary>
    public DateTimeOffset? SucceededAt { get; init; }

    /// <summary>When it was canceled; only if it was not paid.</summary>
    public DateTimeOffset? CanceledAt { get; init; }
}

/// <summary>A refused try of the past.</summary>
/// <param name="Answer">A name of <see cref="Cards.Declines.Names"/>.</param>
public sealed record PastDecline(DateTimeOffset At, string Answer);

/// <summary>Writes the past.</summary>
internal static class PastPayments
{
    public static string Put(LedgerTransaction ledger, PastPayment past)
    {
        var id = ledger.IdFor("pi_", past.Key);
        if (ledger.Find(PaymentIntents.Kind, id) is not null)
        {
            return id;
        }

        var method = ledger.Get(PaymentMethods.Kind, past.PaymentMethodId);
        var body = PaymentIntents.Body(past.Amount, past.Currency, past.CustomerId, StripeLedger.ToJson(past.Metadata));
        body["client_secret"] = ledger.IdFor(id + "_secret_", past.Key);
        body["payment_method_types"] = JsonBodies.ToArray([method["type"]]);
        var intent = ledger.Insert(PaymentIntents.Kind, id, past.CreatedAt.ToUnixTimeSeconds(), body);
        foreach (var decline in past.Declines)
        {
            Refuse(ledger, past, intent, method, decline);
        }

        if (past.SucceededAt is { } succeededAt)
        {
            Succeed(ledger, past, intent, method, succeededAt);
        }
        else if (past.CanceledAt is { } canceledAt)
        {
            intent.Body["status"] = "canceled";
            intent.Body["canceled_at"] = canceledAt.ToUnixTimeSeconds();
        }

        ledger.Save(intent);
        return id;
    }

    private static void Refuse(LedgerTransaction ledger, PastPayment past, StripeObject intent, StripeObject method, PastDecline decline)
    {
        var refused = new BankAnswer.Refused(Declines.Of(decline.Answer), BlockedByRadar: false);
        var number = intent.Hidden.Number("confirmations") + 1;
        var charge = ledger.Insert(Charges.Kind, ledger.IdFor("ch_", $"{past.Key}:{number}"), decline.At.ToUnixTimeSeconds(),
            Charges.Body(intent, method, "failed", refused));
        intent.Hidden["confirmations"] = number;
        intent.Body["latest_charge"] = charge.Id;
        intent.Body["last_payment_error"] = CardErrors.Body(refused.Decline,
            new System.Text.Json.Nodes.JsonObject { ["charge"] = charge.Id, ["payment_method"] = method.Body.DeepClone() });
    }

    private static void Succeed(LedgerTransaction ledger, PastPayment past, StripeObject intent, StripeObject method, DateTimeOffset at)
    {
        var charge = ledger.Insert(Charges.Kind, ledger.IdFor("ch_", past.Key + ":paid"), at.ToUnixTimeSeconds(),
            Charges.Body(intent, method, "succeeded", null));
        BalanceTransactions.OfCharge(ledger, charge, at);
        intent.Body["status"] = "succeeded";
        intent.Body["amount_received"] = past.Amount;
        intent.Body["payment_method"] = method.Id;
        intent.Body["latest_charge"] = charge.Id;
        intent.Body["last_payment_error"] = null;
    }
}
