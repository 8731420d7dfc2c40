using System.Collections.Frozen;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// A decline in plain words: one sentence for staff, another for the reader, who is never told that the bank called
/// a card lost, stolen or fraudulent.
/// </summary>
public static class DeclineWords
{
    private const string AskBank = "Your bank declined the payment. It can tell you why; another card is the quickest way on.";
    private const string BankSaidNo = "Your bank declined the payment without giving us a reason. It can tell you more.";

    private static readonly FrozenDictionary<string, (string Staff, string Reader)> _words =
        new Dictionary<string, (string Staff, string Reader)>
        {
            ["insufficient_funds"] = ("There was not enough money in the account.", "There was not enough money in the account."),
            ["card_velocity_exceeded"] = ("The card is over its limit.", "The card is over its limit."),
            ["withdrawal_count_limit_exceeded"] = ("The card is over its limit.", "The card is over its limit."),
            ["generic_decline"] = ("The bank declined and gave no reason.", BankSaidNo),
            ["do_not_honor"] = ("The bank declined and gave no reason.", BankSaidNo),
            ["processing_error"] = ("The bank could not process the payment.", "The bank could not process the payment this time."),
            ["try_again_later"] = ("The bank could not process the payment just then.", "The bank could not process the payment this time."),
            ["issuer_not_available"] = ("The bank could not be reached.", "The bank could not be reached this time."),
            ["reenter_transaction"] = ("The bank could not process the payment.", "The bank could not process the payment this time."),
            ["approve_with_id"] = ("The bank could not authorise the payment.", BankSaidNo),
            ["authentication_required"] =
                ("The reader has to confirm the payment in person.", "This payment needs your own confirmation."),
            ["payment_intent_authentication_failure"] =
                ("The reader's confirmation with the bank failed.", "The confirmation with your bank did not succeed."),
            ["expired_card"] = ("The card has expired.", "The card has expired."),
            ["incorrect_cvc"] = ("The security code was wrong.", "The security code was not right."),
            ["invalid_cvc"] = ("The security code was wrong.", "The security code was not right."),
            ["invalid_expiry_month"] = ("The expiry date was wrong.", "The expiry date was not right."),
            ["invalid_expiry_year"] = ("The expiry date was wrong.", "The expiry date was not right."),
            ["incorrect_number"] = ("The card number is wrong.", "The card number was not right."),
            ["lost_card"] = ("The card was reported lost. Do not tell the reader so.", AskBank),
            ["stolen_card"] = ("The card was reported stolen. Do not tell the reader so.", AskBank),
            ["pickup_card"] = ("The bank wants the card withdrawn (it may be lost or stolen). Do not tell the reader so.", AskBank),
            ["fraudulent"] = ("The payment was judged fraudulent. Do not tell the reader so.", AskBank),
            ["highest_risk_level"] = ("The payment was blocked as too risky. Do not tell the reader so.", AskBank),
            ["restricted_card"] = ("The card may not be used for this (it may be lost or stolen). Do not tell the reader so.", AskBank),
            ["transaction_not_allowed"] = ("The bank does not allow this kind of payment.", AskBank),
            ["invalid_account"] = ("The card or its account is not valid.", AskBank),
            ["stop_payment_order"] = ("The account holder told the bank to stop this payment.", AskBank),
            ["revocation_of_authorization"] = ("The account holder withdrew permission for this payment.", AskBank),
            ["refer_to_payer"] = ("The bank referred the Direct Debit to the payer; as a rule there was not enough money.", "Your bank did not pay the Direct Debit; as a rule there was not enough money in the account."),
            ["debit_not_authorized"] = ("The Direct Debit was cancelled at the bank.", "Your bank says that the Direct Debit is not in force any more."),
            ["mandate_canceled"] = ("The Direct Debit was cancelled at the bank.", "Your bank says that the Direct Debit is not in force any more."),
            ["bank_account_closed"] = ("The bank account is closed.", "Your bank says that the account takes no Direct Debit any more."),
            ["account_closed"] = ("The bank account is closed.", "Your bank says that the account takes no Direct Debit any more."),
            ["no_account"] = ("There is no such bank account.", "Your bank does not know the account of the Direct Debit."),
            ["payer_deceased"] = ("The bank says that the payer has died. Write to nobody about money.", "Your bank did not pay the Direct Debit."),
            ["revocation_of_all_authorizations"] = ("The account holder withdrew permission for all payments to us.", AskBank),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For support: what happened, what that means for the method, and what not to pass on.</summary>
    public static string ForStaff(Decline decline) =>
        $"{(Find(decline)?.Staff ?? $"The bank declined ({decline.DeclineCode ?? decline.Code}).")} {Consequence(decline.Class)}";

    /// <summary>For the reader.</summary>
    public static string ForReader(Decline decline) =>
        Find(decline)?.Reader ?? (decline.Class is DeclineClass.TimeMayHeal or DeclineClass.Represent ? BankSaidNo : AskBank);

    private static (string Staff, string Reader)? Find(Decline decline) =>
        decline.DeclineCode is { } finer && _words.TryGetValue(finer, out var words) ? words
        : _words.TryGetValue(decline.Code, out words) ? words
        : null;

    private static string Consequence(DeclineClass meaning) => meaning switch
    {
        // Whether a try is left is for the timetable to say, which stands beside it.
        DeclineClass.TimeMayHeal => "A later try may succeed.",
        DeclineClass.ReaderMustAct => "It will not be tried again until the reader acts.",
        DeclineClass.Never => "This payment method will not be tried again.",
        DeclineClass.Represent => "It is presented again at most twice, five working days apart.",
        DeclineClass.PayerDeceased => "Everything has stopped.",
    };
}
