using System.Collections.Frozen;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;
using static Subscriptions.Domain.Invoices.DeclineClass;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>
/// What Stripe's codes mean for us. Sources: docs.stripe.com, "Smart retries" (the codes after which Stripe itself does
/// not try the same method again) and "Decline codes"; the last block of <see cref="Never"/> is convention beyond that
/// list. Read in November 2026.
/// </summary>
public static class StripeDeclines
{
    private const string Authentication = "authentication_required";

    // She was asked and it did not work out: the bank still wants her, and nothing else helps this method.
    private const string FailedChallenge = "payment_intent_authentication_failure";

    /// <summary>The issuer's own advice on one payment. It outranks every code.</summary>
    public static FrozenDictionary<string, DeclineClass> ByAdvice { get; } = new Dictionary<string, DeclineClass>
    {
        ["do_not_try_again"] = Never,
        ["confirm_card_data"] = ReaderMustAct,
        ["try_again_later"] = TimeMayHeal,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Decline codes and error codes alike. What is not listed may heal with time.</summary>
    public static FrozenDictionary<string, DeclineClass> ByCode { get; } = new Dictionary<string, DeclineClass>
    {
        ["lost_card"] = Never,
        ["stolen_card"] = Never,
        ["pickup_card"] = Never,
        ["incorrect_number"] = Never,
        ["revocation_of_authorization"] = Never,
        ["revocation_of_all_authorizations"] = Never,
        ["highest_risk_level"] = Never,
        ["transaction_not_allowed"] = Never,

        ["fraudulent"] = Never,
        ["restricted_card"] = Never,
        ["invalid_account"] = Never,
        ["stop_payment_order"] = Never,

        [Authentication] = ReaderMustAct,
        [FailedChallenge] = ReaderMustAct,
        ["expired_card"] = ReaderMustAct,
        ["incorrect_cvc"] = ReaderMustAct,
        ["invalid_cvc"] = ReaderMustAct,
        ["invalid_expiry_month"] = ReaderMustAct,
        ["invalid_expiry_year"] = ReaderMustAct,

        ["insufficient_funds"] = TimeMayHeal,
        ["generic_decline"] = TimeMayHeal,
        ["do_not_honor"] = TimeMayHeal,
        ["processing_error"] = TimeMayHeal,
        ["try_again_later"] = TimeMayHeal,
        ["issuer_not_available"] = TimeMayHeal,
        ["reenter_transaction"] = TimeMayHeal,
        ["approve_with_id"] = TimeMayHeal,
        ["card_velocity_exceeded"] = TimeMayHeal,
        ["withdrawal_count_limit_exceeded"] = TimeMayHeal,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// What a bank's answer to a Bacs debit means. Only "refer to payer" is worth presenting again; Stripe calls it so or
    /// by its usual cause. Whatever is not listed asks for the reader, since the scheme lets nothing else be presented again.
    /// </summary>
    public static FrozenDictionary<string, DeclineClass> OfBacs { get; } = new Dictionary<string, DeclineClass>
    {
        ["refer_to_payer"] = Represent,
        ["insufficient_funds"] = Represent,
        ["payer_deceased"] = PayerDeceased,
        ["debit_not_authorized"] = Never,
        ["mandate_canceled"] = Never,
        ["instruction_canceled"] = Never,
        ["bank_account_closed"] = Never,
        ["account_closed"] = Never,
        ["no_account"] = Never,
        ["bank_account_invalid_details"] = Never,
        ["processing_error"] = ReaderMustAct,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Puts a decline into our words. The finer decline code is asked before the error's code.</summary>
    /// <param name="code">The error's code.</param>
    /// <param name="declineCode">The issuer's finer word.</param>
    /// <param name="adviceCode">The issuer's advice.</param>
    /// <param name="chargeId">The failed charge.</param>
    /// <param name="networkForbids">True when the card's network forbids any further try, which outranks everything.</param>
    /// <param name="methodType">Stripe's type of the method that was tried.</param>
    public static PaymentDecline Read(string code, string? declineCode, string? adviceCode, string? chargeId, bool networkForbids = false, string? methodType = null) =>
        new(code, declineCode, adviceCode, networkForbids ? Never : methodType == StripeKinds.Bacs ? OfDebit(code, declineCode) : ClassOf(code, declineCode, adviceCode),
            !networkForbids && (code is Authentication or FailedChallenge || declineCode == Authentication), chargeId, networkForbids);

    private static DeclineClass OfDebit(string code, string? declineCode) =>
        declineCode is not null && OfBacs.TryGetValue(declineCode, out var said) ? said : OfBacs.GetValueOrDefault(code, ReaderMustAct);

    private static DeclineClass ClassOf(string code, string? declineCode, string? adviceCode) =>
        adviceCode is not null && ByAdvice.TryGetValue(adviceCode, out var advised) ? advised
        : declineCode is not null && ByCode.TryGetValue(declineCode, out var declined) ? declined
        : ByCode.GetValueOrDefault(code, TimeMayHeal);
}
