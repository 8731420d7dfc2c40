using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>What Stripe and the banks do by themselves when its moment of billing time has come.</summary>
internal static class DueSettlements
{
    public const string BankDebit = "bank_debit";
    public const string Dispute = "dispute";
    public const string DisputeLost = "dispute_lost";
    public const string Payout = "payout";
    public const string RefundArrival = "refund_arrival";
    public const string RefundFailure = "refund_failure";
    public const string SessionExpiry = "session_expiry";

    /// <summary>Rows of one transaction.</summary>
    private const int Batch = 100;

    /// <summary>Does what is due; the number of things done, 0 when nothing is left.</summary>
    public static int Run(LedgerTransaction ledger)
    {
        var due = ledger.Sql.Rows("SELECT id, kind, target FROM due WHERE due_at <= @p0 ORDER BY due_at, id LIMIT @p1",
            row => (Id: row.GetInt64(0), Kind: row.GetString(1), Target: row.GetString(2)),
            ledger.Now.ToUnixTimeMilliseconds(), Batch);
        foreach (var (id, kind, target) in due)
        {
            ledger.Sql.Run("DELETE FROM due WHERE id = @p0", id);
            Settle(ledger, kind, ledger.FindAny(target));
        }

        return due.Count;
    }

    private static void Settle(LedgerTransaction ledger, string kind, StripeObject? target)
    {
        switch (kind, target)
        {
            case (Payout, _):
                Payouts.Run(ledger);
                break;
            case (BankDebit, { Status: "processing" }):
                Payments.Settle(ledger, target);
                break;
            case (Dispute, { Status: "succeeded" }) when !target.Body.Flag("disputed"):
                Disputes.Open(ledger, target);
                break;
            case (DisputeLost, { Status: "needs_response" or "warning_needs_response" }):
                Disputes.Lose(ledger, target);
                break;
            case (RefundArrival, { Status: "pending" }):
                Refunds.Arrive(ledger, target);
                break;
            case (RefundFailure, { Status: "succeeded" or "pending" }):
                Refunds.Fail(ledger, target);
                break;
            case (SessionExpiry, { Status: "open" }):
                CheckoutSessions.Expire(ledger, target);
                break;
            default:
                // It has come to its end by another way, and the row is only a reminder.
                break;
        }
    }
}
