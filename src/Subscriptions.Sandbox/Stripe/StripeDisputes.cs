using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>What a payer's bank or card network can do about a payment.</summary>
public enum BankMove
{
    /// <summary>The bank takes the payment back; an inquiry that is open becomes a dispute.</summary>
    Dispute,

    /// <summary>The bank only asks.</summary>
    Inquire,

    /// <summary>The newest dispute is decided for the publisher, even after it had been lost.</summary>
    Win,

    /// <summary>The newest dispute is decided against the publisher; an inquiry comes to nothing.</summary>
    Lose,

    /// <summary>The card network sends an early fraud warning.</summary>
    WarnOfFraud,
}

/// <summary>How a wish to move ended.</summary>
/// <param name="Id">The dispute or warning; null when nothing was done.</param>
/// <param name="Status">Where it stands now.</param>
/// <param name="Refusal">Why nothing was done.</param>
public sealed record BankMoved(string? Id, string? Status, string? Refusal);

/// <summary>The payers' banks from the inside: the panel lets anybody dispute a payment and decide the dispute.</summary>
public sealed class StripeDisputes
{
    private readonly LedgerFile file;

    internal StripeDisputes(LedgerFile file) => this.file = file;

    /// <summary>Makes a move about a payment.</summary>
    /// <param name="payment">A charge, a PaymentIntent, a customer or a payer's e-mail address: of the last two the newest payment is meant.</param>
    /// <param name="move">What the bank does.</param>
    public Task<BankMoved> MoveAsync(string payment, BankMove move) => file.WriteAsync(ledger =>
        ChargeOf(ledger, payment.Trim()) is { } charge ? Move(ledger, charge, move) : new BankMoved(null, null, "No payment was taken from that payer, or under that id."));

    private static BankMoved Move(LedgerTransaction ledger, StripeObject charge, BankMove move)
    {
        var newest = Disputes.Of(ledger, charge).FirstOrDefault();
        switch (move, newest?.Status)
        {
            case (BankMove.WarnOfFraud, _):
                return new(FraudWarnings.Warn(ledger, charge).Id, "sent", null);
            case (BankMove.Dispute, "warning_needs_response" or "warning_under_review" or "warning_closed"):
                Disputes.Escalate(ledger, newest!);
                break;
            case (BankMove.Dispute or BankMove.Inquire, not (null or "won" or "warning_closed")):
                return new(null, null, $"The payment {charge.Id} is disputed already ({newest!.Status}).");
            case (BankMove.Dispute, _):
                newest = Disputes.Open(ledger, charge);
                break;
            case (BankMove.Inquire, _):
                newest = Disputes.Inquire(ledger, charge);
                break;
            case (_, null):
                return new(null, null, $"The payment {charge.Id} is not disputed.");
            case (BankMove.Win, not ("won" or "warning_closed")):
                Disputes.Win(ledger, newest!);
                break;
            case (BankMove.Lose, not ("lost" or "won" or "warning_closed")):
                Disputes.Lose(ledger, newest!);
                break;
            default:
                return new(null, null, $"The dispute {newest!.Id} is decided already ({newest.Status}).");
        }

        return new(newest!.Id, newest.Status, null);
    }

    private static StripeObject? ChargeOf(LedgerTransaction ledger, string payment) => ledger.FindAny(payment) switch
    {
        { Kind: Charges.Kind, Status: "succeeded" } charge => charge,
        { Kind: PaymentIntents.Kind, Status: "succeeded" } intent => ledger.Get(Charges.Kind, intent["latest_charge"]),
        { Kind: Customers.Kind } customer => NewestOf(ledger, customer.Id),
        null when payment.Contains('@', StringComparison.Ordinal) => CustomerOf(ledger, payment) is { } id ? NewestOf(ledger, id) : null,
        _ => null,
    };

    private static StripeObject? NewestOf(LedgerTransaction ledger, string customer) =>
        ledger.Page(new ListQuery(Charges.Kind) { Customer = customer, Limit = 100 })!.Value.Page.FirstOrDefault(charge => charge.Status == "succeeded");

    private static string? CustomerOf(LedgerTransaction ledger, string email) => ledger.Sql.Rows(
        "SELECT id FROM objects WHERE kind = @p0 AND lower(json_extract(body, '$.email')) = lower(@p1) ORDER BY seq DESC LIMIT 1",
        row => row.GetString(0), Customers.Kind, email).FirstOrDefault();
}
