using Subscriptions.Domain.Calendar;

namespace Subscriptions.Domain.Invoices;

/// <summary>What a stored payment method is.</summary>
public enum MethodKind
{
    /// <summary>A payment card.</summary>
    Card,

    /// <summary>A card in a telephone's wallet; it is charged as a card.</summary>
    WalletCard,

    /// <summary>A Direct Debit mandate on a bank account of the United Kingdom: the result of a collection takes working days.</summary>
    BacsMandate,

    /// <summary>An agreement with PayPal.</summary>
    PayPal,
}

/// <summary>What the kinds differ in, as data.</summary>
public static class MethodKinds
{
    /// <summary>Working days after which the result of a collection is known when the mandate is in place (docs.stripe.com, Bacs Direct Debit, November 2026).</summary>
    public const int BacsWorkingDays = 4;

    /// <summary>The same for the first collection on a new mandate.</summary>
    public const int BacsNewMandateWorkingDays = 7;

    /// <summary>Working days after which a payment is known that PayPal draws from a bank account.</summary>
    public const int PayPalWorkingDays = 5;

    /// <summary>The name under which a kind is stored and answered, free of any provider.</summary>
    public static string NameOf(MethodKind kind) => kind switch
    {
        MethodKind.Card => "card",
        MethodKind.WalletCard => "wallet",
        MethodKind.BacsMandate => "bacs",
        MethodKind.PayPal => "paypal",
    };

    /// <summary>The kind of a stored name; an unknown one counts as a card, as everything did before there were kinds.</summary>
    public static MethodKind Of(string name) => Find(name) ?? MethodKind.Card;

    /// <summary>The kind of a name, or null when it is none.</summary>
    public static MethodKind? Find(string name) => name switch
    {
        "card" => MethodKind.Card,
        "wallet" => MethodKind.WalletCard,
        "bacs" => MethodKind.BacsMandate,
        "paypal" => MethodKind.PayPal,
        _ => null,
    };

    /// <summary>True for cards, the only kind with limits of a network and an expiry.</summary>
    public static bool IsCard(MethodKind kind) => kind is MethodKind.Card or MethodKind.WalletCard;

    /// <summary>True when the gateway charges both in the same way.</summary>
    public static bool ChargedAlike(MethodKind left, MethodKind right) => left == right || (IsCard(left) && IsCard(right));

    /// <summary>The local date on which the result of a collection that begins now is known at the latest; null for a card, whose bank promises none.</summary>
    /// <param name="kind">The kind of its method.</param>
    /// <param name="established">True when the same method has been collected from before.</param>
    /// <param name="begunOn">The local date on which it begins.</param>
    public static DateOnly? ResultDueOn(MethodKind kind, bool established, DateOnly begunOn) => kind switch
    {
        MethodKind.BacsMandate => BankHolidays.AddWorkingDays(begunOn, established ? BacsWorkingDays : BacsNewMandateWorkingDays),
        MethodKind.PayPal => BankHolidays.AddWorkingDays(begunOn, PayPalWorkingDays),
        MethodKind.Card or MethodKind.WalletCard => null,
    };
}
