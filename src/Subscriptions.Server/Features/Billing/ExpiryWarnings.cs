using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>A warning that is to be given now.</summary>
/// <param name="DaysAhead">Which one.</param>
/// <param name="LastDay">The card's last day.</param>
/// <param name="Number">The same for the same card, date of expiry and warning, however often the card was laid down.</param>
public sealed record ExpiryWarning(int DaysAhead, DateOnly LastDay, string Number);

/// <summary>Reads from a stored card which warning of its expiry is due. Mails, pages and the timetable all ask here.</summary>
public static class ExpiryWarnings
{
    /// <summary>The card's last day; null for a method that does not expire or cannot be charged anyway.</summary>
    public static DateOnly? LastDay(PaymentMethodRow? method) =>
        method is { Kind: "card", ExpiryMonth: >= 1 and <= 12, ExpiryYear: >= 2000 and < 9999, DetachedAt: null, RefusedForGoodAt: null }
            ? CardExpiry.LastDay(method.ExpiryYear, method.ExpiryMonth) : null;

    /// <summary>The warning to be given at a moment, or null.</summary>
    public static ExpiryWarning? Of(PaymentMethodRow? method, PublisherHours hours, DateTimeOffset now) =>
        LastDay(method) is { } last && CardExpiry.StepOn(last, hours.DateOf(method!.CardSince ?? method.AddedAt), hours.DateOf(now), hours.Calendar) is { } step
            ? new(step, last, string.Create(CultureInfo.InvariantCulture, $"{Card(method)}-{last:yyyyMM}-{step}")) : null;

    /// <summary>When the next warning after a moment is due, or null when none follows.</summary>
    public static DateTimeOffset? NextAfter(PaymentMethodRow? method, PublisherHours hours, DateTimeOffset now) =>
        LastDay(method) is { } last && CardExpiry.NextAfter(last, hours.DateOf(now), hours.Calendar) is { } on ? hours.At(on, hours.Send) : null;

    // The mail's id goes out with it, so it carries no word of the gateway's about the card.
    private static string Card(PaymentMethodRow method) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(method.Fingerprint ?? method.Id)))[..16];
}
