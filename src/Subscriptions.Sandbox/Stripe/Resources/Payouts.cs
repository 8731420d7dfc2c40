using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary><c>/v1/payouts</c>: once a day of billing time, what is available goes to the account's bank.</summary>
internal static class Payouts
{
    public const string Kind = "payout";

    /// <summary>Hour of the day, in UTC, at which payouts leave.</summary>
    private const int Hour = 3;

    public static StripeAnswer Retrieve(StripeCall call) => StripeAnswer.Ok(call.Subject(Kind).Body);

    /// <summary>Asks for the next payout unless one is asked for.</summary>
    public static void EnsureDue(LedgerTransaction ledger)
    {
        if (ledger.Sql.Scalar<long>("SELECT count(*) FROM due WHERE kind = @p0", DueSettlements.Payout) == 0)
        {
            ledger.Schedule(NextAfter(ledger.Now), DueSettlements.Payout, Kind);
        }
    }

    /// <summary>Pays out what is available now, and asks for the next day while something is left.</summary>
    public static void Run(LedgerTransaction ledger)
    {
        Pay(ledger, ledger.Now);
        if (Unpaid(ledger).Count > 0)
        {
            ledger.Schedule(NextAfter(ledger.Now), DueSettlements.Payout, Kind);
        }
    }

    /// <summary>The payouts that a seeded past has had, one for each of its days.</summary>
    public static void PayPast(LedgerTransaction ledger)
    {
        foreach (var day in Unpaid(ledger).Select(t => NextAfter(AvailableAt(t))).Where(day => day <= ledger.Now).Distinct().Order())
        {
            Pay(ledger, day);
        }
    }

    private static void Pay(LedgerTransaction ledger, DateTimeOffset at)
    {
        foreach (var group in Unpaid(ledger).Where(t => AvailableAt(t) <= at).GroupBy(t => t["currency"], StringComparer.Ordinal))
        {
            var net = group.Sum(t => t.Body.Number("net"));
            if (net <= 0)
            {
                continue;
            }

            var made = ledger.Insert(Kind, ledger.IdFor("po_", $"{group.Key}:{at.ToUnixTimeSeconds()}"), at.ToUnixTimeSeconds(), new JsonObject
            {
                ["amount"] = net,
                ["arrival_date"] = at.ToUnixTimeSeconds(),
                ["automatic"] = true,
                ["balance_transaction"] = null,
                ["currency"] = group.Key,
                ["metadata"] = new JsonObject(),
                ["method"] = "standard",
                ["reconciliation_status"] = "completed",
                ["status"] = "paid",
                ["type"] = "bank_account",
            });
            var own = BalanceTransactions.Book(ledger, made, "payout", "payout", -net, 0, at);
            made.Body["balance_transaction"] = own;
            ledger.Save(made);
            foreach (var id in group.Select(t => t.Id).Append(own))
            {
                ledger.Sql.Run("UPDATE objects SET parent = @p1 WHERE id = @p0", id, made.Id);
            }

            ledger.Emit("payout.paid", made);
        }
    }

    private static List<StripeObject> Unpaid(LedgerTransaction ledger) => ledger.Sql.Rows(
        "SELECT seq, id, kind, created, body, hidden FROM objects WHERE kind = @p0 AND parent IS NULL ORDER BY created, seq",
        LedgerTransaction.Map, BalanceTransactions.Kind);

    private static DateTimeOffset AvailableAt(StripeObject booked) => DateTimeOffset.FromUnixTimeSeconds(booked.Body.Number("available_on"));

    private static DateTimeOffset NextAfter(DateTimeOffset at)
    {
        var today = new DateTimeOffset(at.UtcDateTime.Date.AddHours(Hour), TimeSpan.Zero);
        return today > at ? today : today.AddDays(1);
    }
}
