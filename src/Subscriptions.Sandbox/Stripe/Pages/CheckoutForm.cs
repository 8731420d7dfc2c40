using System.Globalization;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe.Pages;

/// <summary>
/// What was typed on the hosted page. Fields: <c>card</c> (number), <c>exp</c> (MM/YY), <c>cvc</c>, <c>name</c>, and
/// <c>test_card</c> (the number of a listed card, which then counts instead of <c>card</c> and may leave the rest empty).
/// </summary>
internal sealed record CheckoutForm(string Card, string Exp, string Cvc, string Name, string TestCard)
{
    public static CheckoutForm Empty { get; } = new("", "", "", "", "");

    public static CheckoutForm Read(IFormCollection form) => new(
        Field(form, "card"), Field(form, "exp"), Field(form, "cvc"), Field(form, "name"), Field(form, "test_card"));

    private string Digits => string.Concat((TestCard.Length > 0 ? TestCard : Card).Where(letter => letter is not (' ' or '-')));

    /// <summary>The card and what is known about it, or the errors by field.</summary>
    public (TestCard? Card, CardEntry Entry, IReadOnlyList<(string Field, string Message)> Errors) Judge(DateTimeOffset now)
    {
        var errors = new List<(string, string)>();
        var card = Number(errors);
        var entry = Expiry(now, errors);
        var cvcMissing = Cvc.Length == 0 && TestCard.Length == 0;
        if (cvcMissing || Cvc.Length > 0 && !(Cvc.Length is 3 or 4 && Cvc.All(char.IsAsciiDigit)))
        {
            errors.Add(("cvc", "Enter the three or four digits of the security code."));
        }

        if (Name.Length > 100)
        {
            errors.Add(("name", "The name can have at most 100 characters."));
        }

        return (card, entry with { Name = Name.Length == 0 ? null : Name }, errors);
    }

    private TestCard? Number(List<(string, string)> errors)
    {
        var digits = Digits;
        var card = TestCards.OfNumber(digits);
        if (digits.Length is < 12 or > 19 || !digits.All(char.IsAsciiDigit) || !PassesLuhn(digits))
        {
            errors.Add(("card", digits.Length == 0 ? "Enter a card number, or choose a test card." : "Your card number is invalid."));
        }
        else if (card is null)
        {
            errors.Add(("card", "Your card was declined. This page takes test cards only: choose one from the list."));
        }

        return card;
    }

    private CardEntry Expiry(DateTimeOffset now, List<(string, string)> errors)
    {
        if (Exp.Length == 0 && TestCard.Length > 0)
        {
            return new CardEntry(12, now.Year + PaymentMethods.ValidYears, null);
        }

        var digits = string.Concat(Exp.Where(char.IsAsciiDigit));
        if (digits.Length is not (4 or 6) || Exp.Any(letter => !char.IsAsciiDigit(letter) && letter is not (' ' or '/'))
            || int.Parse(digits[..2], CultureInfo.InvariantCulture) is var month && month is < 1 or > 12)
        {
            errors.Add(("exp", "Enter the expiry date as MM/YY."));
            return new CardEntry(12, now.Year, null);
        }

        var year = int.Parse(digits[2..], CultureInfo.InvariantCulture);
        year += year < 100 ? 2000 : 0;
        if (year < now.Year || year == now.Year && month < now.Month)
        {
            errors.Add(("exp", "Your card's expiry date is in the past."));
        }
        else if (year > now.Year + 50)
        {
            errors.Add(("exp", "Your card's expiry year is invalid."));
        }

        return new CardEntry(month, year, null);
    }

    private static bool PassesLuhn(string digits)
    {
        var sum = 0;
        for (var index = 0; index < digits.Length; index++)
        {
            var digit = digits[^(index + 1)] - '0';
            sum += index % 2 == 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9;
        }

        return sum % 10 == 0;
    }

    private static string Field(IFormCollection form, string name) => form[name].ToString().Trim();
}
