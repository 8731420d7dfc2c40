namespace Subscriptions.Sandbox.Stripe.Cards;

/// <summary>When a card asks its holder to authenticate.</summary>
public enum Authentication
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Until a SetupIntent has authenticated it for later payments.</summary>
    UnlessSetUp,

    /// <summary>At every payment and every set-up.</summary>
    Always,
}

/// <summary>One of Stripe's test cards (docs.stripe.com/testing).</summary>
/// <param name="Token">The PaymentMethod token of the API, such as <c>pm_card_visa</c>.</param>
/// <param name="Number">The number for the hosted page, digits only.</param>
/// <param name="Brand">Brand as the API spells it.</param>
/// <param name="Does">What the card does, in the words of the hosted page.</param>
public sealed record TestCard(string Token, string Number, string Brand, string Does)
{
    /// <summary>The decline that every charge gets, by the names of <see cref="Declines"/>; null: charges succeed.</summary>
    public string? Decline { get; init; }

    /// <summary>Whether attaching and setting up is declined as well.</summary>
    public bool RefusedAtSetup { get; init; }

    /// <summary>When the bank asks for 3-D Secure.</summary>
    public Authentication Authentication { get; init; }

    /// <summary>Whether a successful charge is disputed as fraudulent.</summary>
    public bool Disputed { get; init; }

    /// <summary>Whether a refund fails some time after it succeeded.</summary>
    public bool RefundFails { get; init; }

    /// <summary>Whether a refund is on its way for a day before it succeeds.</summary>
    public bool RefundPends { get; init; }

    /// <summary>The last four digits.</summary>
    public string Last4 => Number[^4..];
}

/// <summary>The catalogue of test cards.</summary>
public static class TestCards
{
    /// <summary>Every card, in the order in which the hosted page offers them.</summary>
    public static IReadOnlyList<TestCard> All { get; } =
    [
        new("pm_card_visa", "4242424242424242", "visa", "Succeeds"),
        new("pm_card_mastercard", "5555555555554444", "mastercard", "Succeeds (Mastercard)"),
        new("pm_card_chargeCustomerFail", "4000000000000341", "visa", "Can be saved, but is declined whenever it is charged")
            { Decline = "generic_decline" },
        new("pm_card_authenticationRequiredOnSetup", "4000002500003155", "visa", "Asks for authentication now, and not at later payments")
            { Authentication = Authentication.UnlessSetUp },
        new("pm_card_authenticationRequired", "4000002760003184", "visa", "Asks for authentication now and at every payment")
            { Authentication = Authentication.Always },
        Refused("pm_card_visa_chargeDeclined", "4000000000000002", "generic_decline", "Declined"),
        Refused("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", "insufficient_funds", "Declined: insufficient funds"),
        Refused("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", "lost_card", "Declined: lost card"),
        Refused("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", "stolen_card", "Declined: stolen card"),
        Refused("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_velocity_exceeded", "Declined: used too often"),
        Refused("pm_card_chargeDeclinedExpiredCard", "4000000000000069", "expired_card", "Declined: expired"),
        Refused("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", "Declined: wrong security code"),
        Refused("pm_card_chargeDeclinedProcessingError", "4000000000000119", "processing_error", "Declined: processing error"),
        new("pm_card_createDispute", "4000000000000259", "visa", "Succeeds, then the payment is disputed") { Disputed = true },
        new("pm_card_refundFail", "4000000000005126", "visa", "Succeeds, but a refund fails later") { RefundFails = true },
        new("pm_card_pendingRefund", "4000000000007726", "visa", "Succeeds, but a refund is on its way for a day") { RefundPends = true },
        new("pm_card_radarBlock", "4100000000000019", "visa", "Can be saved, but payments are blocked as too risky")
            { Decline = "highest_risk_level" },
    ];

    private static readonly Dictionary<string, TestCard> Tokens = ByToken();

    /// <summary>The card behind a token, if it is one. Stripe has two spellings for some; both are known.</summary>
    public static TestCard? OfToken(string token) => Tokens.GetValueOrDefault(token);

    /// <summary>The card with this number; anything but digits is ignored.</summary>
    public static TestCard? OfNumber(string number)
    {
        var digits = string.Concat(number.Where(char.IsAsciiDigit));
        return All.FirstOrDefault(card => card.Number == digits);
    }

    private static Dictionary<string, TestCard> ByToken()
    {
        var tokens = All.ToDictionary(card => card.Token, StringComparer.Ordinal);
        foreach (var card in All.Where(card => card.RefusedAtSetup))
        {
            tokens[card.Token.Contains("_visa_", StringComparison.Ordinal)
                ? card.Token.Replace("_visa_", "_", StringComparison.Ordinal)
                : card.Token.Replace("pm_card_", "pm_card_visa_", StringComparison.Ordinal)] = card;
        }

        return tokens;
    }

    private static TestCard Refused(string token, string number, string decline, string does) =>
        new(token, number, "visa", does) { Decline = decline, RefusedAtSetup = true };
}
