namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>Stripe's rules for amounts (minor units) and currencies.</summary>
internal static class Amounts
{
    /// <summary>Stripe takes at most eight digits.</summary>
    private const long Max = 99_999_999;

    /// <summary>The smallest charge by currency (docs.stripe.com/currencies).</summary>
    private static readonly Dictionary<string, long> Min = new(StringComparer.Ordinal)
    {
        ["gbp"] = 30,
        ["eur"] = 50,
        ["usd"] = 50,
        ["cad"] = 50,
        ["aud"] = 50,
        ["nzd"] = 50,
        ["chf"] = 50,
        ["sgd"] = 50,
        ["inr"] = 50,
        ["brl"] = 50,
        ["jpy"] = 50,
        ["dkk"] = 250,
        ["nok"] = 300,
        ["sek"] = 300,
        ["pln"] = 200,
        ["czk"] = 1500,
        ["huf"] = 17500,
        ["ron"] = 200,
        ["hkd"] = 400,
        ["mxn"] = 1000,
    };

    public static string Currency(StripeParams request)
    {
        var code = request.Required("currency").ToLowerInvariant();
        return Min.ContainsKey(code) ? code : throw StripeFailure.Invalid(null,
            $"Invalid currency: {code[..Math.Min(code.Length, 20)]}. Stripe currently supports these currencies: "
            + string.Join(", ", Min.Keys), "currency");
    }

    public static long Positive(StripeParams request, string name)
    {
        var amount = request.Integer(name) ?? throw StripeFailure.Missing(name);
        return amount >= 1 ? amount
            : throw StripeFailure.Invalid("parameter_invalid_integer", "This value must be greater than or equal to 1.", name);
    }

    public static long Chargeable(StripeParams request, string currency)
    {
        var amount = Positive(request, "amount");
        if (amount > Max)
        {
            throw StripeFailure.Invalid("amount_too_large", $"Amount must be no more than {Max}.", "amount");
        }

        return amount >= Min[currency] ? amount : throw StripeFailure.Invalid("amount_too_small",
            $"The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set: "
            + $"{Min[currency]} {currency}.", "amount");
    }
}
