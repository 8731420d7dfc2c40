using System.Collections.Frozen;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>Our kinds of payment method in Stripe's words.</summary>
internal static class StripeKinds
{
    public const string Bacs = "bacs_debit";

    /// <summary>The only currency in which Bacs collects.</summary>
    public const string BacsCurrency = "GBP";

    private static readonly FrozenDictionary<string, string> _types = new Dictionary<string, string>
    {
        ["card"] = "card",
        ["wallet"] = "card",
        ["bacs"] = Bacs,
        ["paypal"] = "paypal",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Stripe's type for one of our kinds.</summary>
    public static string TypeOf(string kind) => _types.GetValueOrDefault(kind, "card");

    /// <summary>Our kind for one of Stripe's types; null for one that we don't take.</summary>
    public static string? KindOf(string? type) => type switch
    {
        "card" => "card",
        Bacs => "bacs",
        "paypal" => "paypal",
        _ => null,
    };

    /// <summary>The types that a hosted page offers for what the publisher takes.</summary>
    public static IEnumerable<string> Offered(IEnumerable<string> kinds, string currency) => kinds
        .Select(TypeOf).Distinct(StringComparer.Ordinal)
        .Where(type => type != Bacs || string.Equals(currency, BacsCurrency, StringComparison.OrdinalIgnoreCase))
        .DefaultIfEmpty("card");
}
