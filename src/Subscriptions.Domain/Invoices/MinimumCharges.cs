namespace Subscriptions.Domain.Invoices;

/// <summary>
/// The smallest amount that the gateway takes in each currency (docs.stripe.com/currencies, read in November 2026). What
/// is left of an invoice below it cannot be charged and goes to the next invoice.
/// </summary>
public static class MinimumCharges
{
    private static readonly Dictionary<string, long> _least = new(StringComparer.Ordinal)
    {
        ["GBP"] = 30,
        ["EUR"] = 50,
        ["USD"] = 50,
        ["CAD"] = 50,
        ["AUD"] = 50,
        ["NZD"] = 50,
        ["CHF"] = 50,
        ["SEK"] = 300,
        ["NOK"] = 300,
        ["DKK"] = 250,
        ["JPY"] = 50,
    };

    /// <summary>The least that can be charged; nothing is known of other currencies, so any amount passes there.</summary>
    public static Money Of(string currency) => new(_least.GetValueOrDefault(currency, 1), currency);

    /// <summary>True for an amount that is owed and too small to be charged.</summary>
    public static bool IsTooSmall(Money amount) => amount.Amount > 0 && amount.Amount < Of(amount.Currency).Amount;
}
