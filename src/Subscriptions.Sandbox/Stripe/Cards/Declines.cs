namespace Subscriptions.Sandbox.Stripe.Cards;

/// <summary>What Stripe says about one way of being declined.</summary>
/// <param name="Code"><c>error.code</c> and <c>charge.failure_code</c>.</param>
/// <param name="DeclineCode"><c>error.decline_code</c>; absent where Stripe's list of test cards has none.</param>
/// <param name="Message">The sentence that Stripe would show to a card holder.</param>
/// <param name="AdviceCode"><c>advice_code</c>, where the issuer gives one.</param>
/// <param name="NetworkCode">The card network's response code.</param>
public sealed record Decline(string Code, string? DeclineCode, string Message, string? AdviceCode, string? NetworkCode);

/// <summary>The declines that a simulated bank can answer with (docs.stripe.com/declines/codes), by name.</summary>
public static class Declines
{
    /// <summary>The name that stands for success.</summary>
    public const string Succeeds = "succeeds";

    /// <summary>The name of a refusal that heals by authenticating on session.</summary>
    public const string AuthenticationRequired = "authentication_required";

    private const string BankDebitRefused = "payment_method_bank_debit_refused";
    private const string Declined = "Your card was declined.";
    private const string Never = "do_not_try_again";
    private const string Later = "try_again_later";
    private const string Confirm = "confirm_card_data";

    private static readonly Dictionary<string, Decline> Known = new(StringComparer.Ordinal)
    {
        ["generic_decline"] = Card("generic_decline", Declined, null, "05"),
        ["do_not_honor"] = Card("do_not_honor", Declined, null, "05"),
        ["insufficient_funds"] = Card("insufficient_funds", "Your card has insufficient funds.", Later, "51"),
        ["lost_card"] = Card("lost_card", Declined, Never, "41"),
        ["stolen_card"] = Card("stolen_card", Declined, Never, "43"),
        ["pickup_card"] = Card("pickup_card", Declined, Never, "04"),
        ["fraudulent"] = Card("fraudulent", Declined, null, "59"),
        ["restricted_card"] = Card("restricted_card", Declined, Never, "62"),
        ["invalid_account"] = Card("invalid_account", Declined, Confirm, "14"),
        ["transaction_not_allowed"] = Card("transaction_not_allowed", Declined, null, "57"),
        ["revocation_of_authorization"] = Card("revocation_of_authorization", Declined, Never, "R1"),
        ["revocation_of_all_authorizations"] = Card("revocation_of_all_authorizations", Declined, Never, "R3"),
        ["stop_payment_order"] = Card("stop_payment_order", Declined, Never, "R0"),
        ["issuer_not_available"] = Card("issuer_not_available", Declined, Later, "91"),
        ["reenter_transaction"] = Card("reenter_transaction", Declined, Later, "19"),
        ["try_again_later"] = Card("try_again_later", Declined, Later, "96"),
        ["approve_with_id"] = Card("approve_with_id", Declined, Later, "08"),
        ["withdrawal_count_limit_exceeded"] = Card("withdrawal_count_limit_exceeded", Declined, Later, "65"),
        ["card_velocity_exceeded"] = Card("card_velocity_exceeded",
            "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.", Later, "65"),
        ["highest_risk_level"] = Card("fraudulent", Declined, null, null),
        ["expired_card"] = new("expired_card", null, "Your card has expired.", Confirm, "54"),
        ["incorrect_cvc"] = new("incorrect_cvc", null, "Your card's security code is incorrect.", Confirm, "N7"),
        ["processing_error"] = new("processing_error", null,
            "An error occurred while processing your card. Try again in a little bit.", Later, "96"),
        [AuthenticationRequired] = new(AuthenticationRequired, AuthenticationRequired,
            "Your card was declined. This transaction requires authentication.", null, "1A"),
        ["refer_to_payer"] = new(BankDebitRefused, "refer_to_payer",
            "The bank asked to refer to the payer.", null, null),
        ["debit_insufficient_funds"] = Debit("insufficient_funds", "The customer's account has insufficient funds to cover this payment."),
        ["debit_not_authorized"] = Debit("debit_not_authorized", "The customer has notified their bank that this payment was unauthorized."),
        ["bank_account_closed"] = Debit("bank_account_closed", "The customer's bank account has been closed."),
        ["payer_deceased"] = Debit("payer_deceased", "The bank says that the payer is deceased."),
        ["paypal_declined"] = new("payment_method_provider_decline", null, "PayPal declined the payment.", null, null),
    };

    /// <summary>Every name, <see cref="Succeeds"/> excluded.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The names with which a bank can answer a charge at once: all but those of a debit's result.</summary>
    public static IReadOnlyCollection<string> AtOnce => [.. Known.Where(known => known.Value.Code != BankDebitRefused).Select(known => known.Key)];

    /// <summary>The decline of this name; the name is one of <see cref="Names"/>.</summary>
    public static Decline Of(string name) =>
        Known.GetValueOrDefault(name) ?? throw new ArgumentException($"No decline is called '{name}'.", nameof(name));

    private static Decline Debit(string declineCode, string message) => new(BankDebitRefused, declineCode, message, null, null);

    private static Decline Card(string declineCode, string message, string? advice, string? network) =>
        new("card_declined", declineCode, message, advice, network);
}
