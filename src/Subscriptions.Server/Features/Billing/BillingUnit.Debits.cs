using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What follows from collections that take days.</summary>
public sealed partial class BillingUnit
{
    /// <summary>
    /// What the subscription is told of a decline. A debit that was referred to the payer is presented again as the scheme
    /// allows; where another method was laid down meanwhile, that one is tried at once instead.
    /// </summary>
    private SubscriptionCommand.RecordInvoiceDeclined Told(InvoiceEvent.PaymentAttemptDeclined declined)
    {
        var told = Declined(declined.Attempt, declined.Decline.Class, unusable: declined.Decline.Class == DeclineClass.Never);
        var method = Invoice!.Attempts.Single(a => a.Number == declined.Attempt).PaymentMethodId;
        if (told.DeclineClass != DeclineClass.Represent || (Subscription as Subscription.Started)?.Contract.PaymentMethodId != method)
        {
            return told;
        }

        return Representation.NextOn(Invoice, method, Rules.Hours) is { } on
            ? told with { AgainAt = Rules.Hours.StartOf(on) }
            : told with { DeclineClass = DeclineClass.ReaderMustAct, MethodUnusable = true };
    }

    /// <summary>Tells the reader by mail what is being collected and when its result is due.</summary>
    private void TellOfCollection(InvoiceEvent.PaymentAttemptProcessing processing)
    {
        if (processing.ResultDueOn is not null && Subscription is Subscription.Started { Contract: var contract })
        {
            AddMail(MailKind.CollectionUnderWay, contract, $"{Invoice!.Id.Value}-{processing.Attempt}");
        }
    }

    private void TellOfLostMandate(PaymentMethodRow method, Decline decline)
    {
        var invoice = Invoice!.Id;
        if (decline.Class == DeclineClass.PayerDeceased)
        {
            RaiseTask(
                "payer-deceased", invoice.Value,
                $"The bank says that the payer of {invoice} has died. The subscription ends, nothing more is charged and no mail is sent. See to what is left by hand.");
        }
        else if (MethodKinds.Of(method.Kind) == MethodKind.BacsMandate)
        {
            RaiseTask("mandate-ended", method.Id, $"The Direct Debit {method.Id} has ended at the bank ({decline.DeclineCode ?? decline.Code}). Nothing is collected with it any more.");
        }
    }

    private void RefuseForGood(int attemptNumber, Decline decline)
    {
        if (decline.Class is not (DeclineClass.Never or DeclineClass.PayerDeceased))
        {
            return;
        }

        var methodId = Invoice!.Attempts.Single(a => a.Number == attemptNumber).PaymentMethodId;
        if (db.PaymentMethods.Find(methodId) is { } method)
        {
            method.RefusedForGoodAt ??= now;
            TellOfLostMandate(method, decline);
        }
    }
}
