using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/balance_transactions</c>: what Stripe books on the account's balance, with its fees.</summary>
internal static class BalanceTransactions
{
    public const string Kind = "balance_transaction";

    private const long FeeBasisPoints = 150;
    private const long FeePerCharge = 20;

    /// <summary>Billing time after which a booking is paid out.</summary>
    private static readonly TimeSpan UntilAvailable = TimeSpan.FromDays(2);

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    public static StripeAnswer List(StripeCall call)
    {
        var query = Lists.Query(call, Kind) with { Parent = call.Params.Text("payout") };
        return Lists.Answer(call, call.Params.Text("type") is { } type ? query with { TypePatterns = [type] } : query,
            "/v1/balance_transactions", found => found.Body);
    }

    /// <summary>A payment came in: 1.5 % and 20 of the smallest unit stay with Stripe, as for cards of the country.</summary>
    public static void OfCharge(LedgerTransaction ledger, StripeObject charge, DateTimeOffset? at = null)
    {
        var amount = charge.Body.Number("amount");
        charge.Body["balance_transaction"] = Book(
            ledger, charge, "charge", "charge", amount, (((amount * FeeBasisPoints) + 5000) / 10_000) + FeePerCharge, at);
        ledger.Save(charge);
    }

    public static void OfRefund(LedgerTransaction ledger, StripeObject refund, bool failed = false)
    {
        var amount = refund.Body.Number("amount");
        refund.Body[failed ? "failure_balance_transaction" : "balance_transaction"] = failed
            ? Book(ledger, refund, "refund_failure", "refund_failure", amount, 0)
            : Book(ledger, refund, "refund", "refund", -amount, 0);
        ledger.Save(refund);
    }

    public static string Book(
        LedgerTransaction ledger, StripeObject source, string type, string category, long amount, long fee, DateTimeOffset? at = null, int part = 0)
    {
        var when = at ?? ledger.Now;
        var id = ledger.IdFor("txn_", part == 0 ? $"{type}:{category}:{source.Id}" : $"{type}:{category}:{source.Id}:{part}");
        if (ledger.Find(Kind, id) is not null)
        {
            return id;
        }

        ledger.Insert(Kind, id, when.ToUnixTimeSeconds(), new JsonObject
        {
            ["amount"] = amount,
            ["available_on"] = (when + UntilAvailable).ToUnixTimeSeconds(),
            ["currency"] = source["currency"],
            ["description"] = null,
            ["exchange_rate"] = null,
            ["fee"] = fee,
            ["fee_details"] = new JsonArray(),
            ["net"] = amount - fee,
            ["reporting_category"] = category,
            ["source"] = source.Id,
            ["status"] = "available",
            ["type"] = type,
        });
        if (type != "payout")
        {
            Payouts.EnsureDue(ledger);
        }

        return id;
    }
}
