using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// The network governor's reading: one card is one card, whoever laid it down, however often, and for which subscription.
/// </summary>
public static class CardTries
{
    /// <summary>Whether the card networks' limits are about methods of this kind; wallets hold cards too.</summary>
    public static bool AreLimited(PaymentMethodRow method) => MethodKinds.IsCard(MethodKinds.Of(method.Kind));

    /// <summary>
    /// The stored copies of the same card. What a bank says of a mandate is no word on another one that its holder signs for
    /// the same account, so a mandate has none.
    /// </summary>
    public static IQueryable<PaymentMethodRow> Copies(SubscriptionsDb db, PaymentMethodRow method)
    {
        var card = CardOf(method);
        return db.PaymentMethods.Where(m => m.Id == method.Id || (card != null && m.Fingerprint == card));
    }

    /// <summary>Whether two stored methods are the same card.</summary>
    public static bool AreCopies(PaymentMethodRow left, PaymentMethodRow right) => left.Id == right.Id || (CardOf(left) is { } card && card == CardOf(right));

    private static string? CardOf(PaymentMethodRow method) => MethodKinds.IsCard(MethodKinds.Of(method.Kind)) ? method.Fingerprint : null;

    /// <summary>
    /// When a card was tried since a moment. What was taken without a decline is no try again, and what never reached the
    /// bank is none at all; one whose outcome is open may still become one. Tries of a token
    /// before its bank put another number behind it were of that other card.
    /// </summary>
    public static IQueryable<DateTimeOffset> Since(SubscriptionsDb db, PaymentMethodRow method, DateTimeOffset since)
    {
        var copies = Copies(db, method).Select(m => m.Id);
        return db.PaymentAttempts
            .Where(a => copies.Contains(a.PaymentMethodId) && a.StartedAt > since && a.State != AttemptState.NotReceived && a.State != AttemptState.RefusedByGateway && a.State != AttemptState.Succeeded)
            .Where(a => !db.PaymentMethods.Any(m => m.Id == a.PaymentMethodId && m.CardSince != null && m.CardSince > a.StartedAt))
            .Select(a => a.StartedAt);
    }
}
