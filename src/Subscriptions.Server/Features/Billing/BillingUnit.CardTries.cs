using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Billing;

/// <summary>The limit of a card's network, kept in the very transaction that begins a try.</summary>
public sealed partial class BillingUnit
{
    /// <summary>
    /// Counts a try of a card, or says before which moment it may not be made. The card's row is read before its tries are
    /// counted and its version is saved with the new one: whoever counted at the same moment loses, reads and counts again.
    /// </summary>
    /// <param name="methodId">The stored copy that is to be tried.</param>
    public DateTimeOffset? TakeCardTry(string methodId)
    {
        if (db.PaymentMethods.Find(methodId) is not { } method || !CardTries.AreLimited(method))
        {
            return null;
        }

        var key = method.Fingerprint ?? method.Id;
        var card = db.CardTries.Find(key);
        var tries = CardTries.Since(db, method, now.AddHours(-NetworkLimits.LongestHours)).ToList();
        if (NetworkLimits.HeldUntil(method.Brand, tries, now) is { } held)
        {
            return held;
        }

        card ??= db.CardTries.Add(new CardTriesRow { Card = key }).Entity;
        card.Version++;
        return null;
    }
}
