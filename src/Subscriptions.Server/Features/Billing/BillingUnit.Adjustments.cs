using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What refunds, credits and closings imply: the account that moves, the subscription that lives on, the mail, the task.</summary>
public sealed partial class BillingUnit
{
    private void FollowAdjustment(InvoiceEvent e)
    {
        var invoice = Invoice!;
        switch (e)
        {
            case InvoiceEvent.InvoiceCameToNothing or InvoiceEvent.InvoiceVoided or InvoiceEvent.InvoiceWrittenOff when !invoice.Withdrawn:
                // Nothing is owed any more: where the subscription waits for this invoice, it goes on as if it were paid.
                Must(new SubscriptionCommand.RecordInvoicePaid(invoice.Id, WithoutPayment: true));
                break;
            case InvoiceEvent.CreditTaken taken:
                MoveCredit($"{invoice.Id.Value}:taken", Money.Zero(taken.Amount.Currency) - taken.Amount, null);
                break;
            case InvoiceEvent.CreditPutBack back:
                MoveCredit($"{invoice.Id.Value}:put-back", back.Amount, null);
                break;
            case InvoiceEvent.RemainderCarriedOver carried:
                MoveCredit($"{invoice.Id.Value}:carried", Money.Zero(carried.Amount.Currency) - carried.Amount, null);
                break;
            case InvoiceEvent.CreditNoteIssued { Destination: CreditDestination.Account } note:
                MoveCredit($"{invoice.Id.Value}:note:{note.Number}", note.Amount, note.Reason);
                break;
            case InvoiceEvent.RefundRequested { Reason: AdjustmentReason.LatePayment } late:
                RaiseTask("late-payment", invoice.Id.Value, $"{late.Amount} came for {invoice.Id}, on which it was not owed any more. It is being refunded.");
                break;
            case InvoiceEvent.PaymentRefunded made:
                var mail = AddMail(MailKind.RefundMade, ((Subscription.Started)Subscription).Contract, $"{invoice.Id.Value}-{made.Number}");
                mail.RefundNumber = made.Number;
                break;
            case InvoiceEvent.PaymentRefundFailed { Withdrawn: false } failed:
                RaiseTask(
                    "refund-failed", $"{invoice.Id.Value}:{failed.Number}",
                    $"Refund {failed.Number} of {invoice.Id} ({failed.Amount}{(failed.GatewayId is { } at ? $", {at}" : "")}) {(failed.Reverted ? "came back" : "was not made")}: {failed.Why}. The money has to go to the reader another way.");
                break;
        }
    }

    // Right after an invoice was raised: what stands on the account is used first, a debt is added.
    private void UseCredit()
    {
        if (db.CreditAccounts.Find(Invoice!.ReaderId, Invoice.Total.Currency) is { Balance: not 0 } account)
        {
            Must(new InvoiceCommand.UseCredit(new Money(account.Balance, account.Currency)));
        }
    }

    private void MoveCredit(string id, Money amount, AdjustmentReason? reason) => db.MoveCredit(new CreditEntryRow
    {
        Id = id,
        ReaderId = Invoice!.ReaderId,
        Currency = amount.Currency,
        Amount = amount.Amount,
        Reason = reason,
        InvoiceId = Invoice.Id,
        Actor = actor,
        At = now,
    });
}
