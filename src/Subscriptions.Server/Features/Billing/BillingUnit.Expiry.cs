using Subscriptions.Data.Rows;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Cards that expire.</summary>
public sealed partial class BillingUnit
{
    /// <summary>Warns the reader if the day of a warning has come: once for each card, date of expiry and warning.</summary>
    /// <returns>When to look again, or null.</returns>
    public DateTimeOffset? WarnOfExpiry()
    {
        if (Subscription is not Subscription.Started { Contract: { PaymentMethodId: { } id } contract })
        {
            return null;
        }

        var method = db.PaymentMethods.Find(id);
        if (ExpiryWarnings.Of(method, Rules.Hours, now) is { } due && db.Mails.Find(MailId(MailKind.CardExpires, contract, due.Number)) is null)
        {
            var before = subscriptionEvents;
            Must(new SubscriptionCommand.WarnOfExpiry(id, due.DaysAhead));
            if (subscriptionEvents > before)
            {
                AddMail(MailKind.CardExpires, contract, due.Number);
            }
        }

        return ExpiryWarnings.NextAfter(method, Rules.Hours, now);
    }

    /// <summary>The id of a mail: the same mail of the same subscription is never raised twice.</summary>
    public static string MailId(MailKind kind, Contract contract, string number) => $"mail_{kind}_{contract.Id.Value}_{number}".ToLowerInvariant();

    // The date is the card's: it is worked out anew whenever the card, or whether it will be charged again, may have changed.
    private async Task ScheduleExpiryAsync(Subscription.Started started)
    {
        if (!happened.Any(h => BearsOnExpiry(h.Event)))
        {
            return;
        }

        var method = started is not Subscription.Ended && started.Contract.PaymentMethodId is { } id ? await db.PaymentMethods.FindAsync(id) : null;
        var at = ExpiryWarnings.Of(method, Rules.Hours, now) is null ? ExpiryWarnings.NextAfter(method, Rules.Hours, now) : now;
        await SetDueAsync(WorkKind.WarnOfExpiry, started.Contract.Id.Value, at, 0);
    }

    private static bool BearsOnExpiry(object happening) => happening is SubscriptionEvent.SubscriptionStarted or SubscriptionEvent.TrialStarted
        or SubscriptionEvent.SubscriptionActivated or SubscriptionEvent.SubscriptionRenewed or SubscriptionEvent.SubscriptionRecovered
        or SubscriptionEvent.SubscriptionResumed or SubscriptionEvent.ReplacementWithdrawn or SubscriptionEvent.ChargesReleased
        or SubscriptionEvent.PaymentMethodChanged or SubscriptionEvent.PaymentMethodRenewed or SubscriptionEvent.CancellationWithdrawn
        or SubscriptionEvent.SubscriptionEnded;
}
