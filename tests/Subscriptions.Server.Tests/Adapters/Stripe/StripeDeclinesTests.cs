using NUnit.Framework;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Adapters.Stripe;
using static Subscriptions.Domain.Invoices.DeclineClass;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

[TestFixture]
public sealed class StripeDeclinesTests
{
    [TestCase("card_declined", "insufficient_funds", null, TimeMayHeal)]
    [TestCase("card_declined", "generic_decline", null, TimeMayHeal)]
    [TestCase("card_declined", "do_not_honor", null, TimeMayHeal)]
    [TestCase("card_declined", "card_velocity_exceeded", null, TimeMayHeal)]
    [TestCase("processing_error", null, null, TimeMayHeal)]
    [TestCase("card_declined", null, null, TimeMayHeal)]
    [TestCase("card_declined", "a_code_of_next_year", null, TimeMayHeal)]
    [TestCase("expired_card", null, null, ReaderMustAct)]
    [TestCase("expired_card", "a_code_of_next_year", null, ReaderMustAct)]
    [TestCase("incorrect_cvc", "incorrect_cvc", null, ReaderMustAct)]
    [TestCase("invalid_expiry_year", null, null, ReaderMustAct)]
    [TestCase("authentication_required", "authentication_required", null, ReaderMustAct)]
    [TestCase("card_declined", "lost_card", null, Never)]
    [TestCase("card_declined", "stolen_card", null, Never)]
    [TestCase("card_declined", "pickup_card", null, Never)]
    [TestCase("incorrect_number", null, null, Never)]
    [TestCase("card_declined", "revocation_of_authorization", null, Never)]
    [TestCase("card_declined", "revocation_of_all_authorizations", null, Never)]
    [TestCase("card_declined", "highest_risk_level", null, Never)]
    [TestCase("card_declined", "transaction_not_allowed", null, Never)]
    [TestCase("card_declined", "fraudulent", null, Never)]
    [TestCase("card_declined", "restricted_card", null, Never)]
    [TestCase("card_declined", "invalid_account", null, Never)]
    [TestCase("card_declined", "stop_payment_order", null, Never)]
    [TestCase("card_declined", "insufficient_funds", "do_not_try_again", Never)]
    [TestCase("card_declined", "generic_decline", "confirm_card_data", ReaderMustAct)]
    [TestCase("card_declined", "lost_card", "try_again_later", TimeMayHeal)]
    [TestCase("card_declined", "lost_card", "an_advice_of_next_year", Never)]
    public void A_decline_has_one_class(string code, string? declineCode, string? adviceCode, DeclineClass expected) =>
        Assert.That(StripeDeclines.Read(code, declineCode, adviceCode, null).Class, Is.EqualTo(expected));

    [TestCase("authentication_required", null, true)]
    [TestCase("card_declined", "authentication_required", true)]
    [TestCase("card_declined", "insufficient_funds", false)]
    public void Authentication_is_told_apart(string code, string? declineCode, bool expected) =>
        Assert.That(StripeDeclines.Read(code, declineCode, null, null).NeedsAuthentication, Is.EqualTo(expected));
}
