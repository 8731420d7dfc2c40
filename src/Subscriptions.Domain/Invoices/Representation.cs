using Subscriptions.Domain.Calendar;

namespace Subscriptions.Domain.Invoices;

/// <summary>
/// How often and when a bank debit that came back as "refer to payer" may be presented again. The scheme allows it for
/// that answer only; each further one costs the payer a fee at many banks, and banks ask originators that overdo it to stop.
/// </summary>
public static class Representation
{
    /// <summary>How often one invoice is presented again at most.</summary>
    public const int MostTimes = 2;

    /// <summary>Working days of the banks that lie between an answer and the next presentation at least.</summary>
    public const int WorkingDaysBetween = 5;

    /// <summary>The first local date on which a method may be presented again on an invoice; null when it may not be, or needs no such wait.</summary>
    public static DateOnly? NextOn(Invoice invoice, string paymentMethodId, PublisherHours hours) =>
        !UsedUp(invoice, paymentMethodId) && Last(invoice, paymentMethodId) is { Decline.Class: DeclineClass.Represent, SettledAt: { } at }
            ? BankHolidays.AddWorkingDays(hours.DateOf(at), WorkingDaysBetween)
            : null;

    /// <summary>True when the bank referred to the payer as often as the invoice may be presented: nothing but another method helps.</summary>
    public static bool UsedUp(Invoice invoice, string paymentMethodId) =>
        Last(invoice, paymentMethodId) is { Decline.Class: DeclineClass.Represent }
        && invoice.Attempts.Count(a => a.Decline?.Class == DeclineClass.Represent) > MostTimes;

    private static PaymentAttempt? Last(Invoice invoice, string paymentMethodId) =>
        invoice.Attempts.LastOrDefault(a => a.PaymentMethodId == paymentMethodId && a.WasDeclined);
}
