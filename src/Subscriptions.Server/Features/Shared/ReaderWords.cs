using System.Globalization;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Server.Features.Shared;

/// <summary>Dates, prices and cards as readers see them, whatever the machine's language.</summary>
public static class ReaderWords
{
    /// <summary>Such as <c>Tuesday 1 December 2026</c>.</summary>
    public static string Day(DateOnly day) => day.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>1 December 2026</c>.</summary>
    public static string ShortDay(DateOnly day) => day.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>The publisher's local date of an instant.</summary>
    public static string Day(DateTimeOffset at, PublisherHours hours) => Day(hours.DateOf(at));

    /// <summary>The publisher's local date of an instant.</summary>
    public static string ShortDay(DateTimeOffset at, PublisherHours hours) => ShortDay(hours.DateOf(at));

    /// <summary>The publisher's local date and time of an instant.</summary>
    public static string Moment(DateTimeOffset at, PublisherHours hours) =>
        TimeZoneInfo.ConvertTime(at, hours.Zone).ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>£9.99 a month</c> or <c>£20.00 every 3 months</c>.</summary>
    public static string PriceOf(PlanVersion plan) => $"{plan.Price} {EachPeriod(plan)}";

    /// <summary>Such as <c>a month</c> or <c>every 3 months</c>.</summary>
    public static string EachPeriod(PlanVersion plan)
    {
        var unit = plan.Interval == PlanInterval.Year ? "year" : "month";
        return plan.IntervalCount == 1 ? $"a {unit}" : string.Create(CultureInfo.InvariantCulture, $"every {plan.IntervalCount} {unit}s");
    }

    /// <summary>Such as <c>Visa ending in 4242</c>, <c>Direct Debit ending in 2345</c> or <c>PayPal</c>.</summary>
    public static string Method(PaymentMethodRow method) => MethodKinds.Of(method.Kind) switch
    {
        MethodKind.BacsMandate => $"Direct Debit ending in {method.Last4}",
        MethodKind.PayPal => "PayPal",
        MethodKind.Card or MethodKind.WalletCard => $"{Capital(method.Brand)} ending in {method.Last4}",
    };

    /// <summary>The same with its expiry, where it has one.</summary>
    public static string MethodInFull(PaymentMethodRow method) =>
        MethodKinds.IsCard(MethodKinds.Of(method.Kind)) ? $"{Method(method)}, valid until {Expiry(method)}" : Method(method);

    /// <summary>A collection that is on its way, and when its result is due; null when none takes days.</summary>
    public static string? Collection(Billing.SubscriptionOverview it) => it is not { ResultDueOn: { } due, Owed: { } owed } ? null
        : $"{(it.CollectingWith is { } with && MethodKinds.Of(with.Kind) == MethodKind.BacsMandate ? "Your Direct Debit collection" : "Your payment")} of {owed} is on its way; "
            + (it.ResultLate ? $"we expected the result by {Day(due)}. It takes longer than usual, and your bank is being asked." : $"we expect the result by {Day(due)}.");

    /// <summary>What happens without a payment, and when; null where no date is told.</summary>
    public static string? WithoutPayment(Billing.SubscriptionOverview it, PublisherHours hours) => it switch
    {
        { EndsAt: { } ends, Closed: true } => $"Subscriber articles are closed for you until we have been paid; without a payment your subscription ends on {Day(ends, hours)}.",
        { EndsAt: { } ends, ClosesAt: { } closes } =>
            $"You can read on for now; without a payment subscriber articles close for you on {Day(closes, hours)}, and your subscription ends on {Day(ends, hours)}.",
        { AccessEndsAt: { } ends } => $"You can read on for now; without a payment your access ends on {Day(ends, hours)}.",
        _ => null,
    };

    /// <summary>What becomes of another way to pay while a collection is on its way.</summary>
    public static string WhileCollecting(Billing.SubscriptionOverview it) => it.Method is { } method && it.CollectingWith is { } with && method.Id != with.Id
        ? $"Your {Method(method)} is used at once if that fails; until then nothing is taken from it."
        : "You can add another way to pay. It is used at once if the collection fails; until then nothing is taken from it.";

    /// <summary>Such as <c>04/2029</c>.</summary>
    public static string Expiry(PaymentMethodRow method) => string.Create(CultureInfo.InvariantCulture, $"{method.ExpiryMonth:00}/{method.ExpiryYear}");

    private static string Capital(string word) => word.Length == 0 ? "Card" : char.ToUpperInvariant(word[0]) + word[1..];
}
