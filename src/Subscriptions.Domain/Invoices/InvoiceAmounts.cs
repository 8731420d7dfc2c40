namespace Subscriptions.Domain.Invoices;

/// <summary>What is left to be paid, given back or credited, worked out of the invoice's own records.</summary>
public static class InvoiceAmounts
{
    /// <summary>What may still go back to the payment method: never above what was paid, nor twice what was credited instead.</summary>
    public static Money Refundable(this Invoice invoice) =>
        Least(invoice.Paid - invoice.Reversed - invoice.Sum(invoice.Refunds.Where(r => r.Counts).Select(r => r.Amount)), invoice.Creditable());

    /// <summary>Why none of that may go back now, because of what the bank said or did; null when nothing stands in the way.</summary>
    public static Refusal? RefundObstacle(this Invoice invoice) => Contests.RefundObstacle(invoice);

    /// <summary>What may still be credited to the account of what was paid in money or by credit.</summary>
    public static Money Creditable(this Invoice invoice)
    {
        var used = invoice.CreditUsed.Amount > 0 ? invoice.CreditUsed : Money.Zero(invoice.Total.Currency);
        var left = invoice.Paid + used - invoice.Reversed
            - invoice.Sum(invoice.Refunds.Where(r => r.Counts).Select(r => r.Amount))
            - invoice.Sum(invoice.CreditNotes.Where(n => n.Destination == CreditDestination.Account).Select(n => n.Amount));
        return left.Amount < 0 ? Money.Zero(left.Currency) : left;
    }

    /// <summary>What one PaymentIntent took, less what goes back from it.</summary>
    public static Money LeftOn(this Invoice invoice, string paymentIntentId) =>
        invoice.Sum(invoice.Attempts.Where(a => a.State == AttemptState.Succeeded && a.PaymentIntentId == paymentIntentId).Select(a => a.Amount ?? invoice.Total))
        - invoice.Sum(invoice.Refunds.Where(r => r.Counts && r.PaymentIntentId == paymentIntentId).Select(r => r.Amount));

    internal static Money Sum(this Invoice invoice, IEnumerable<Money> amounts) =>
        amounts.Aggregate(Money.Zero(invoice.Total.Currency), (sum, amount) => sum + amount);

    private static Money Least(Money left, Money right) => left.Amount < right.Amount ? left : right;
}
