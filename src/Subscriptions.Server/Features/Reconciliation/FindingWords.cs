using Subscriptions.Data.Rows;
using Subscriptions.Domain.Ledger;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>Differences and accounts in plain words, for finance and support.</summary>
public static class FindingWords
{
    /// <summary>What the difference is.</summary>
    public static string Title(FindingKind kind) => kind switch
    {
        FindingKind.PaymentNotRecorded => "A payment was taken that we had not recorded",
        FindingKind.PaidTwice => "One invoice was paid twice",
        FindingKind.PaymentMissing => "We say paid, the provider does not",
        FindingKind.AmountDiffers => "The amounts differ",
        FindingKind.InvoiceMissing => "A payment names an invoice that we do not have",
        FindingKind.PaymentStillOpen => "A payment could still be taken that is not owed",
        FindingKind.OpenAfterEnd => "An ended subscription still owes an invoice",
        FindingKind.TriedAfterEnd => "A payment was tried after the end",
        FindingKind.RefundNotRecorded => "Money went back that we had not recorded",
        FindingKind.RefundMissing => "We say refunded, the provider does not",
        FindingKind.DisputeNotRecorded => "A dispute that we had not recorded",
        FindingKind.PayoutDiffers => "A payout is not the sum of its bookings",
        FindingKind.LedgerDiffers => "The ledger is not what the events give",
    };

    /// <summary>What to do about it.</summary>
    public static string Advice(FindingKind kind) => kind switch
    {
        FindingKind.PaymentNotRecorded => "It is recorded by itself; the invoice becomes paid, or the money goes back if nothing was owed.",
        FindingKind.PaidTwice => "Apply the repair: the second payment is recorded and sent back in full.",
        FindingKind.PaymentMissing => "Look the payment up at the provider. The reader reads on; decide whether the invoice was really paid.",
        FindingKind.AmountDiffers => "Compare invoice and payment, and refund or write off the difference.",
        FindingKind.InvoiceMissing => "After a restored backup the invoice comes back by itself, and the next comparison records the payment. Otherwise refund it at the provider.",
        FindingKind.PaymentStillOpen => "It is cancelled by itself; apply the repair if that did not work.",
        FindingKind.OpenAfterEnd => "Nothing is collected on it. Tell the engineers: an end closes its invoice.",
        FindingKind.TriedAfterEnd => "Look whether money was taken, and refund it. Tell the engineers.",
        FindingKind.RefundNotRecorded => "Record the refund on the reader's page, or accept it as made outside.",
        FindingKind.RefundMissing => "Look the refund up at the provider; if it is not there, the reader still waits for the money.",
        FindingKind.DisputeNotRecorded => "Answer the dispute at the provider in time; it is recorded when its webhook arrives.",
        FindingKind.PayoutDiffers => "Ask the provider for the payout's report; compare it with the bank statement.",
        FindingKind.LedgerDiffers => "Rows of the ledger were changed outside the service. Compare with a backup.",
    };

    /// <summary>Where it stands.</summary>
    public static string State(FindingRow row) => row.State switch
    {
        FindingState.Open => "Waits for a decision",
        FindingState.Repaired => row.SettledBy == Billing.Actors.System ? "Mended by itself" : "Mended by staff",
        FindingState.Accepted => "Accepted as it is",
        FindingState.Gone => "Gone at a later comparison",
    };

    /// <summary>An account's name.</summary>
    public static string Name(LedgerAccount account) => account switch
    {
        LedgerAccount.Receivable => "Owed by readers",
        LedgerAccount.Gateway => "Held by the payment provider",
        LedgerAccount.Bank => "Paid out to the bank",
        LedgerAccount.Income => "Income, without tax",
        LedgerAccount.TaxPayable => "Tax payable",
        LedgerAccount.Fees => "Fees of the provider",
        LedgerAccount.Refunds => "Refunds",
        LedgerAccount.Disputes => "Disputed payments",
        LedgerAccount.CreditOnAccount => "Credit of readers",
        LedgerAccount.ToReturn => "To be sent back",
        LedgerAccount.WrittenOff => "Written off",
        LedgerAccount.GatewayOther => "Other bookings of the provider",
    };
}
