using System.Globalization;

namespace Subscriptions.Domain;

/// <summary>An amount in the minor units of one currency (pence, cents); never a fraction, never a float.</summary>
/// <param name="Amount">Minor units; negative only for what is owed to the reader.</param>
/// <param name="Currency">ISO 4217 code in capitals, one of <see cref="KnownCurrencies"/>.</param>
public readonly record struct Money(long Amount, string Currency)
{
    /// <summary>Currencies that plans may be priced in, with the digits after the decimal point (ISO 4217).</summary>
    public static IReadOnlyDictionary<string, int> KnownCurrencies { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["GBP"] = 2,
        ["EUR"] = 2,
        ["USD"] = 2,
        ["CAD"] = 2,
        ["AUD"] = 2,
        ["NZD"] = 2,
        ["CHF"] = 2,
        ["SEK"] = 2,
        ["NOK"] = 2,
        ["DKK"] = 2,
        ["JPY"] = 0,
    };

    /// <summary>Nothing, in the given currency.</summary>
    public static Money Zero(string currency) => new(0, currency);

    /// <summary>Adds two amounts of one currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ: a bug, never a reader's doing.</exception>
    public static Money operator +(Money left, Money right) =>
        left.Currency == right.Currency
            ? left with { Amount = checked(left.Amount + right.Amount) }
            : throw new InvalidOperationException($"{left.Currency} and {right.Currency} do not add up.");

    /// <summary>Takes one amount from another of the same currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public static Money operator -(Money left, Money right) => left + right with { Amount = -right.Amount };

    /// <summary>The amount as people write it, such as <c>£9.99</c> or <c>SEK 120.00</c>.</summary>
    public override string ToString()
    {
        var digits = KnownCurrencies.GetValueOrDefault(Currency ?? "", 2);
        var value = (Math.Abs((decimal)Amount) / (decimal)Math.Pow(10, digits)).ToString("N" + digits, CultureInfo.InvariantCulture);
        var sign = Amount < 0 ? "−" : "";
        return sign + Currency switch { "GBP" => "£" + value, "EUR" => "€" + value, "USD" => "$" + value, _ => $"{Currency} {value}" };
    }
}
