using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What a decline tells the subscription: the kind of method that was tried, and whether it may be tried again.</summary>
public sealed partial class BillingUnit
{
    /// <summary>A decline without a try: the method in use may not be tried, or not without the reader.</summary>
    public SubscriptionCommand NothingToTry(DeclineClass declineClass) =>
        new SubscriptionCommand.RecordInvoiceDeclined(Invoice!.Id, 0, declineClass, KindOf((Subscription as Subscription.Started)?.Contract.PaymentMethodId));

    /// <summary>Whether a case has tries ahead, or a track on which readers expect some.</summary>
    public bool RetriesAreTold(Subscription.PastDue pastDue) =>
        pastDue.Case is { Track: DunningTrack.TimeMayHeal } or { HeldBackUntil: not null }
        || Rules.ScheduleOf(pastDue.Case).NextRetryAt() is not null;

    // Only of the method in use can be said that it may not be tried again: another one may have been laid down meanwhile.
    private SubscriptionCommand.RecordInvoiceDeclined Declined(int attemptNumber, DeclineClass declineClass, bool unusable)
    {
        var attempt = Invoice!.Attempts.Single(a => a.Number == attemptNumber);
        var tried = attempt.PaymentMethodId;
        var inUse = tried == (Subscription as Subscription.Started)?.Contract.PaymentMethodId;
        if (inUse && declineClass is DeclineClass.TimeMayHeal or DeclineClass.Represent && db.PaymentMethods.Find(tried) is { DetachedAt: not null } or { RefusedForGoodAt: not null })
        {
            // It was lost while the try was on its way: time heals nothing, and a further try that is told would not be made.
            (declineClass, unusable) = (DeclineClass.ReaderMustAct, true);
        }

        return new(Invoice.Id, attemptNumber, declineClass, KindOf(tried), unusable && inUse) { TookDays = attempt.ResultDueOn is not null };
    }

    private string? KindOf(string? methodId) => methodId is null ? null : db.PaymentMethods.Find(methodId)?.Kind;
}
