using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What becomes of stored methods without the reader's coming here.</summary>
public sealed partial class BillingUnit
{
    private static readonly Refusal _knownDefault = new("default-known", "This default is known already.");

    private static readonly Refusal _setAside = new("default-charged-back", "The new default is a card of which a payment was taken back.");

    private static readonly Refusal _sameCard = new("same-card", "The new default is the card that is charged already.");

    /// <summary>
    /// Takes over what a stored method is now. Another number or another date of expiry is as good as a new method for the
    /// subscription that it pays: once, since the row that is compared with is written in the same transaction.
    /// </summary>
    /// <returns>True when anything was news.</returns>
    public bool RenewMethod(StoredMethod read)
    {
        if (db.PaymentMethods.Find(read.Token) is not { } row || IsSame(row, read))
        {
            return false;
        }

        var sameNumber = row.Fingerprint is { } known ? known == read.Fingerprint : row.Last4 == read.Last4;
        (row.Brand, row.Last4, row.ExpiryMonth, row.ExpiryYear, row.Fingerprint) =
            (read.Brand, read.Last4, read.ExpiryMonth, read.ExpiryYear, read.Fingerprint ?? (sameNumber ? row.Fingerprint : null));
        if (!sameNumber)
        {
            // The refusal and the tries were the former number's; that its owner called a payment fraud is said of the owner.
            (row.RefusedForGoodAt, row.CardSince) = (row.CalledFraudAt, now);
        }

        Must(new SubscriptionCommand.RecordMethodRenewed(read.Token, sameNumber));
        return true;
    }

    /// <summary>Charges another method of the payer's, which became her default at the gateway, if it is another card; once for each default.</summary>
    /// <returns>Why not, or null.</returns>
    public Refusal? TakeOverDefault(string methodId)
    {
        var contract = ((Subscription.Started)Subscription).Contract;
        var reader = db.Readers.Find(contract.ReaderId)!;
        if (reader.GatewayDefaultMethodId == methodId)
        {
            return _knownDefault;
        }

        reader.GatewayDefaultMethodId = methodId;
        if (db.PaymentMethods.Find(methodId) is { } next && contract.Contested.SetAside.Any(aside =>
            aside.PaymentMethodId == methodId || (next.Fingerprint is { } print && db.PaymentMethods.Find(aside.PaymentMethodId)?.Fingerprint == print)))
        {
            // A default is set for many reasons; only laying the card down here says that it may be charged again.
            return _setAside;
        }

        if (contract.PaymentMethodId is { } current && db.PaymentMethods.Find(current) is { } charged && db.PaymentMethods.Find(methodId) is { } wanted
            && charged.DetachedAt is null && charged.Fingerprint is not null && charged.Fingerprint == wanted.Fingerprint
            && (charged.ExpiryYear, charged.ExpiryMonth) == (wanted.ExpiryYear, wanted.ExpiryMonth))
        {
            return _sameCard;
        }

        return Do(new SubscriptionCommand.ChangePaymentMethod(methodId));
    }

    /// <summary>The gateway does not have a method for the reader any more.</summary>
    /// <returns>True when that was news.</returns>
    public bool MethodIsGone(string methodId)
    {
        if (db.PaymentMethods.Find(methodId) is not { DetachedAt: null } row)
        {
            return false;
        }

        row.DetachedAt = now;
        TellThatItIsGone(methodId);
        if (Subscription is Subscription.Started and not Subscription.Ended and var living && ((Subscription.Started)living).Contract.PaymentMethodId == methodId)
        {
            RaiseTask("method-gone", methodId, $"The payment method {methodId} was taken away at the gateway, not here. The next payment cannot be taken unless the reader lays another one down; My Account asks her to.");
        }

        return true;
    }

    /// <summary>
    /// A payer was deleted at the gateway, and its methods with it. Payer and methods are forgotten in one transaction: where another
    /// payer has taken its place by now, what was laid down for that one stays.
    /// </summary>
    public void PayerIsGone(string customerId)
    {
        var reader = db.Readers.Find(((Subscription.Started)Subscription).Contract.ReaderId)!;
        if (reader.GatewayCustomerId != customerId)
        {
            return;
        }

        foreach (var method in db.PaymentMethods.Where(m => m.ReaderId == reader.Id && m.DetachedAt == null).Select(m => m.Id).ToList())
        {
            MethodIsGone(method);
        }

        reader.GatewayCustomerId = null;
    }

    /// <summary>The mandate behind a method has ended at the bank.</summary>
    public void MandateHasEnded(string methodId)
    {
        if (db.PaymentMethods.Find(methodId) is { RefusedForGoodAt: null } row)
        {
            row.RefusedForGoodAt = now;
            TellThatItIsGone(methodId);
        }
    }

    // One mail for each loss, to whom it will hit; where money is owed already, notices tell of it.
    private void TellThatItIsGone(string methodId)
    {
        if (Subscription is not Subscription.Started started || started.Contract.PaymentMethodId != methodId)
        {
            return;
        }

        Must(new SubscriptionCommand.RecordMethodGone(methodId));
        if (CardExpiry.WillRenew(started) && db.Mails.Find(MailId(MailKind.MethodGone, started.Contract, methodId)) is null)
        {
            AddMail(MailKind.MethodGone, started.Contract, methodId);
        }

        if (started is Subscription.PastDue { Ending: null } pastDue && Invoice is { Status: InvoiceStatus.Open, LiveAttempt: null } && RetriesAreTold(pastDue))
        {
            // The tries that were told were of this method: there are none.
            Must(NothingToTry(DeclineClass.ReaderMustAct));
        }
    }

    private static bool IsSame(PaymentMethodRow row, StoredMethod read) =>
        (read.Fingerprint is null || row.Fingerprint == read.Fingerprint) && row.Last4 == read.Last4
        && (row.ExpiryYear, row.ExpiryMonth) == (read.ExpiryYear, read.ExpiryMonth);
}
