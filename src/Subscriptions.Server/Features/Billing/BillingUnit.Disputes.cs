using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What disputes and reversals of one invoice imply for its subscription, and what staff are told of them.</summary>
public sealed partial class BillingUnit
{
    // Invoices that something happened to before the unit went on with a new one: their streams, and their versions before.
    private readonly List<(string Stream, int Before)> aside = [];

    private static Money None(Money like) => Money.Zero(like.Currency);

    private void FollowContest(InvoiceEvent e)
    {
        switch (e)
        {
            case InvoiceEvent.DisputeOpened { Dispute.IsOpen: true } opened:
                RaiseTask("dispute", opened.Dispute.GatewayId, TaskOf(opened.Dispute));
                Must(new SubscriptionCommand.RecordDisputeOpened(opened.Dispute.GatewayId, Invoice!.Id));
                break;
            case InvoiceEvent.DisputeUpdated { Dispute.IsOpen: true } updated:
                // Known already, unless it had been decided before.
                RaiseTask("dispute", updated.Dispute.GatewayId, TaskOf(updated.Dispute));
                Must(new SubscriptionCommand.RecordDisputeOpened(updated.Dispute.GatewayId, Invoice!.Id));
                break;
            case InvoiceEvent.DisputeWon won:
                Must(new SubscriptionCommand.RecordDisputeClosed(won.Dispute.GatewayId));
                break;
            case InvoiceEvent.DisputeLost lost:
                Must(new SubscriptionCommand.RecordDisputeClosed(lost.Dispute.GatewayId));
                break;
            case InvoiceEvent.PaymentReversed reversed:
                TellOfReversal(reversed);
                Must(new SubscriptionCommand.RecordPaymentReversed(Invoice!.Id, Invoice.Period, reversed.Owed)
                {
                    PaymentMethodId = AsChargedNow(Invoice.Attempts.LastOrDefault(a => a.State == AttemptState.Succeeded)?.PaymentMethodId),
                });
                break;
            case InvoiceEvent.ReversalUndone when Invoice!.Reversed.Amount == 0:
                Must(new SubscriptionCommand.RecordReversalUndone(Invoice.Id));
                break;
            case InvoiceEvent.FraudWarningReceived warned when Rules.Disputes.OnFraudWarning != WarnedPayment.Nothing:
                RaiseTask(
                    "fraud-warning", warned.Warning.GatewayId,
                    $"A card network warns that the payment of {Invoice!.Id} is called fraud by the card's owner ({warned.Warning.FraudType}). "
                    + (Rules.Disputes.OnFraudWarning == WarnedPayment.Refund && warned.Warning.Actionable ? "It is refunded by setting, and its card is not charged again." : "A refund now may spare a dispute and its fee."));
                break;
            case InvoiceEvent.RefundRequested { Reason: AdjustmentReason.FraudWarning }:
                StopCharging(Invoice!.Attempts.Last(a => a.State == AttemptState.Succeeded).PaymentMethodId);
                break;
        }
    }

    /// <summary>A method as the subscription charges it now: who entered one card twice has two tokens of it, and the bank's word is about the card.</summary>
    public string? AsChargedNow(string? methodId) =>
        Subscription is Subscription.Started { Contract.PaymentMethodId: { } current } && methodId is not null && methodId != current
        && db.PaymentMethods.Find(methodId) is { } paid && db.PaymentMethods.Find(current) is { } charged && CardTries.AreCopies(paid, charged)
            ? current
            : methodId;

    // What its owner calls fraud is not charged again by itself.
    private void StopCharging(string methodId)
    {
        if (db.PaymentMethods.Find(methodId) is { } method)
        {
            method.RefusedForGoodAt ??= now;
            method.CalledFraudAt ??= now;
        }
    }

    private void TellOfReversal(InvoiceEvent.PaymentReversed reversed)
    {
        var why = (Subscription, Rules.Disputes.WhenLost) switch
        {
            _ when reversed.Owed == None(reversed.Owed) => "it was given back or asked for again before, so nothing is asked for now",
            (not Subscription.Ended, LostPayment.RaiseReplacement) when MinimumCharges.IsTooSmall(reversed.Owed) => "what was not given back before is too little to be charged, so it is given up",
            (Subscription.Ended, _) => "the subscription is over, so it is not asked for again",
            (Subscription.Active { CancelAtPeriodEnd: true }, LostPayment.RaiseReplacement) => "the subscription is cancelled, so it is asked for again only if the reader keeps it",
            (_, LostPayment.Keep) => "by setting it is not asked for again",
            _ when reversed.Owed != reversed.Amount => $"only {reversed.Owed} of it is asked for again",
            _ => null,
        };
        if (why is not null)
        {
            RaiseTask("payment-reversed", reversed.DisputeId, $"{reversed.Amount} of {Invoice!.Id} was taken back by the bank ({reversed.DisputeId}); {why}.");
        }
    }

    // One task for each dispute that can be answered, with its date; it closes itself when the dispute is decided.
    private void TellOfDisputes(Subscription.Started started)
    {
        foreach (var dispute in Invoice?.Contest.Disputes ?? [])
        {
            if (db.StaffTasks.Find($"dispute:{dispute.GatewayId}") is { ClosedAt: null } task)
            {
                (task.Text, task.SubscriptionId, task.ClosedAt) = (TaskOf(dispute), started.Contract.Id, dispute.IsOpen ? null : now);
            }
        }
    }

    private string TaskOf(Dispute dispute)
    {
        var by = dispute.EvidenceDueAt is { } due ? $" until {due.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : "";
        return $"{dispute.Amount} of {Invoice!.Id} is disputed ({dispute.GatewayId}, {dispute.Reason}). Evidence can be given at the gateway{by}; nothing is charged by itself meanwhile.";
    }

    private void TellOfUnclaimed()
    {
        foreach (var owed in ((Subscription.Started)Subscription).Contract.Contested.Waiting)
        {
            RaiseTask("reversal-unclaimed", owed.Replaces.Value, $"{owed.Amount} of {owed.Replaces} was taken back by the bank and had not been asked for again when the subscription ended. It is given up unless somebody asks for it.");
        }
    }

    private void RaiseReplacement(SubscriptionEvent.ReplacementInvoiceRaised raised)
    {
        TakeUpNewInvoice();
        var contract = ((Subscription.Started)Subscription).Contract;
        Must(new InvoiceCommand.RaiseReplacement(
            raised.Invoice.Id, contract.ReaderId, contract.Id, raised.Invoice.Period, Rules.Plan, raised.Invoice.Replaces!.Value, raised.Amount));
    }

    /// <summary>
    /// What the bank had taken back of the invoice came back: the one that asks for it again is withdrawn in this very transaction, so that
    /// nobody is asked for it who dies between the two. The unit goes on with that one.
    /// </summary>
    public void WithdrawReplacement()
    {
        if (Invoice is not { Contest.Reversals: > 0, Reversed.Amount: 0, Id: var id })
        {
            return;
        }

        var row = db.Invoices.Include(i => i.Attempts).SingleOrDefault(i => i.Replaces == id);
        if (row?.ToInvoice() is not { } replacement || InvoiceDecider.Decide(replacement, new InvoiceCommand.WithdrawInvoice(), now) is not Outcome<InvoiceEvent>.Accepted { Events.Count: > 0 })
        {
            // Withdrawn already, or closed so that there is nothing to take back: taken up all the same, it would be taken up for ever.
            return;
        }

        TakeUpNewInvoice();
        (invoiceRow, Invoice, CollectWorked) = (row, replacement, true);
        Must(new InvoiceCommand.WithdrawInvoice());
    }

    /// <summary>
    /// Closes a withdrawn replacement that can take no money any more, and the payment problem with it. An end that was asked for
    /// because it was not paid has lost its reason; one that the reader asked for comes with the period that is paid for.
    /// </summary>
    public void CloseWithdrawn()
    {
        Must(new InvoiceCommand.CloseUnpaid(WriteOff: false));
        SubscriptionCommand then = Subscription.Ending() is EndReason.PayerDeceased or EndReason.PaymentReversed
            ? new SubscriptionCommand.CompleteEnd()
            : new SubscriptionCommand.RecordReplacementWithdrawn(Invoice!.Id);
        Must(then);
    }

    // The former invoice is done with here; what happened to it is written, and the unit goes on with the new one.
    private void TakeUpNewInvoice()
    {
        if (Invoice is not null && invoiceRow is not null && invoiceEvents > 0)
        {
            TellOfDisputes((Subscription.Started)Subscription);
            aside.Add((invoiceRow.Id.Value, invoiceRow.Version));
            invoiceRow.Write(Invoice, invoiceEvents);
        }

        invoiceRow = null;
        Invoice = null;
        invoiceEvents = 0;
        CollectTries = 0;
    }
}
