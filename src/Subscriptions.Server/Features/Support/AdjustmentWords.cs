using System.Globalization;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Credits;
using Subscriptions.Domain.Invoices;
using static Subscriptions.Domain.Invoices.InvoiceEvent;

namespace Subscriptions.Server.Features.Support;

/// <summary>Refunds, credits and closings in words for staff. Pure.</summary>
public static class AdjustmentWords
{
    private static AdjustmentReason[] ByItself =>
        [AdjustmentReason.LatePayment, AdjustmentReason.MadeAtGateway, AdjustmentReason.FraudWarning, AdjustmentReason.ReversalUndone];

    /// <summary>The reasons that a person may give.</summary>
    public static IReadOnlyList<AdjustmentReason> Choices { get; } =
        [.. Enum.GetValues<AdjustmentReason>().Except(ByItself)];

    /// <summary>Tells what happened to an invoice's amounts; null for what is told elsewhere.</summary>
    public static string? Tell(InvoiceEvent happened, string invoice) => happened switch
    {
        InvoiceVoided e => $"Invoice {invoice} was voided: its {e.Amount} were never owed{Because(e.Reason)}.",
        InvoiceWrittenOff e => $"Invoice {invoice} was written off: its {e.Amount} were owed and are given up{Because(e.Reason)}.",
        InvoiceCameToNothing => $"Nothing is due on invoice {invoice}: credits cover it, and nothing is charged.",
        CreditTaken { Amount.Amount: < 0 } e => $"{e.Amount with { Amount = -e.Amount.Amount }} that had been left over before were added to invoice {invoice}.",
        CreditTaken e => $"Invoice {invoice} used {e.Amount} of the reader's credit.",
        CreditPutBack e => $"{e.Amount} of credit that invoice {invoice} had used are on the reader's account again.",
        RemainderCarriedOver e => $"{e.Amount} of invoice {invoice} are too little to be charged and go to the next invoice.",
        CreditNoteIssued e => $"Credit note {e.Number} of invoice {invoice}: {e.Amount} {Whither(e.Destination)}{Because(e.Reason)}.",
        RefundRequested { Reason: AdjustmentReason.LatePayment } e => $"{e.Amount} must go back (refund {e.Number}): they came for invoice {invoice}, on which they were not owed any more.",
        RefundRequested { Reason: AdjustmentReason.MadeAtGateway } e => $"Refund {e.Number} of invoice {invoice}, {e.Amount}, was found at the gateway, where somebody made it by hand.",
        RefundRequested { Reason: AdjustmentReason.FraudWarning } e => $"{e.Amount} of invoice {invoice} go back by setting (refund {e.Number}), before a dispute takes them; its card is not charged again.",
        RefundRequested { Reason: AdjustmentReason.ReversalUndone } e => $"{e.Amount} of invoice {invoice} must go back (refund {e.Number}): what it had asked for again came back from the bank.",
        RefundRequested e => $"Refund {e.Number} of invoice {invoice} was asked for: {e.Amount}{Because(e.Reason)}.",
        PaymentRefunded { Pending: true } e => $"The gateway has taken refund {e.Number} of invoice {invoice} on: {e.Amount} are on their way to the reader ({e.GatewayId}).",
        PaymentRefunded e => $"{e.Amount} of invoice {invoice} went back to the reader (refund {e.Number}, {e.GatewayId}).",
        RefundCompleted e => $"Refund {e.Number} of invoice {invoice} has arrived: {e.Amount}.",
        PaymentRefundFailed { Withdrawn: true, Reverted: false } e => $"Refund {e.Number} of invoice {invoice}, {e.Amount}, was called off ({e.Why}).",
        PaymentRefundFailed { Reverted: true } e => $"Refund {e.Number} of invoice {invoice} failed later: {e.Amount} came back to us ({e.GatewayId}); the money has to go back another way.",
        PaymentRefundFailed e => $"Refund {e.Number} of invoice {invoice}, {e.Amount}, was not made ({e.Why}); the money has to go back another way.",
        _ => null,
    };

    /// <summary>Tells of credit that was given.</summary>
    public static string Tell(CreditEvent.CreditGranted granted) => $"{granted.Amount} of credit were given to the reader{Because(granted.Reason)}; the next invoice uses them first.";

    /// <summary>A reason as staff choose it.</summary>
    public static string Reason(AdjustmentReason reason) => reason switch
    {
        AdjustmentReason.AskedByReader => "The reader asked for it",
        AdjustmentReason.DeliveryProblem => "A problem with delivery or access",
        AdjustmentReason.ChargedInError => "Charged in error",
        AdjustmentReason.Goodwill => "Goodwill",
        AdjustmentReason.Hardship => "Hardship or bereavement",
        AdjustmentReason.Other => "Another reason",
        AdjustmentReason.LatePayment => "Money that came late",
        AdjustmentReason.MadeAtGateway => "Made at the gateway by hand",
        AdjustmentReason.FraudWarning => "A card network's fraud warning",
        AdjustmentReason.ReversalUndone => "Reversed money that came back",
    };

    /// <summary>A credit note's number as it is printed.</summary>
    public static string NumberOf(InvoiceRow invoice, int note) => $"{invoice.Number}-CN{note}";

    /// <summary>Where a refund stands.</summary>
    public static string State(RefundState state) => state switch
    {
        RefundState.Requested => "The gateway is being asked",
        RefundState.Pending => "On its way",
        RefundState.Succeeded => "Made",
        RefundState.Failed => "Failed; nothing went back",
        RefundState.Canceled => "Called off; nothing went back",
    };

    /// <summary>What a credit note did.</summary>
    public static string Whither(CreditDestination destination) => destination switch
    {
        CreditDestination.Invoice => "less is owed",
        CreditDestination.Account => "to the reader's credit",
        CreditDestination.Refund => "back to the payment method",
    };

    /// <summary>What moved a credit account.</summary>
    public static string Entry(CreditEntryRow entry) => entry switch
    {
        { Reason: { } reason, InvoiceId: null } => $"Given: {Reason(reason)}",
        { Reason: { } reason } => $"Credit note: {Reason(reason)}",
        { Amount: < 0 } => "Used by an invoice, or left over on it",
        _ => "Put back, or settled with an invoice",
    };

    /// <summary>An amount with its sign.</summary>
    public static string Signed(Money amount) => amount.Amount < 0 ? $"−{amount with { Amount = -amount.Amount }}" : $"+{amount}";

    /// <summary>An amount as it is entered into a form, such as <c>9.99</c>.</summary>
    public static string Plain(Money amount)
    {
        var digits = Money.KnownCurrencies.GetValueOrDefault(amount.Currency, 2);
        return (amount.Amount / (decimal)Math.Pow(10, digits)).ToString("F" + digits, CultureInfo.InvariantCulture);
    }

    private static string Because(AdjustmentReason? reason) => reason is { } known ? $" (reason: {char.ToLowerInvariant(Reason(known)[0])}{Reason(known)[1..]})" : "";
}
