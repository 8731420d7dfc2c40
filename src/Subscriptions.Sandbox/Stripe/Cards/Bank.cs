using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Cards;

/// <summary>What the issuing bank says.</summary>
internal abstract record BankAnswer
{
    public sealed record Approved : BankAnswer;

    public sealed record Refused(Decline Decline, bool BlockedByRadar) : BankAnswer;

    public sealed record AsksForAuthentication : BankAnswer;
}

/// <summary>The issuing bank of every test card. It reads a PaymentMethod's hidden part and keeps count there.</summary>
internal static class Bank
{
    /// <summary>Answers a charge, and counts it where a behaviour lasts for some tries only.</summary>
    public static BankAnswer Charge(StripeObject method, bool authenticated, DateTimeOffset now)
    {
        var card = CardOf(method);
        if (CardBehaviour.FromJson(method.Hidden.Object("behaviour")) is { } behaviour)
        {
            return ByBehaviour(method, behaviour, authenticated, now);
        }

        if (!authenticated && NeedsAuthentication(method, card))
        {
            return new BankAnswer.AsksForAuthentication();
        }

        return (card?.Decline ?? AccountOf(method)?.Decline) is { } decline ? Refuse(decline, null) : new BankAnswer.Approved();
    }

    /// <summary>What a bank says by the name of a decline, whatever the card would have done.</summary>
    public static BankAnswer Says(string name) =>
        name == Declines.AuthenticationRequired ? new BankAnswer.AsksForAuthentication() : Refuse(name, null);

    /// <summary>Answers the wish to keep a card for later.</summary>
    public static BankAnswer SetUp(StripeObject method, bool authenticated) => CardOf(method) switch
    {
        { RefusedAtSetup: true, Decline: { } decline } => Refuse(decline, null),
        { Authentication: not Authentication.Never } when !authenticated => new BankAnswer.AsksForAuthentication(),

        // PayPal asks its customer on its own page, at every agreement.
        _ when !authenticated && AccountOf(method) is { Type: TestAccounts.PayPal } => new BankAnswer.AsksForAuthentication(),
        _ => new BankAnswer.Approved(),
    };

    /// <summary>Whether a charge of this card could be answered with a challenge.</summary>
    public static bool MayAsk(StripeObject method) => CardBehaviour.FromJson(method.Hidden.Object("behaviour")) is { } behaviour
        ? behaviour.Answer == Declines.AuthenticationRequired
        : NeedsAuthentication(method, CardOf(method));

    public static TestCard? CardOf(StripeObject method) =>
        method.Hidden.Text("token") is { } token ? TestCards.OfToken(token) : null;

    public static TestAccount? AccountOf(StripeObject method) =>
        method.Hidden.Text("token") is { } token ? TestAccounts.OfToken(token) : null;

    /// <summary>Whether the bank ends the mandate with this answer.</summary>
    public static bool EndsMandate(StripeObject method, BankAnswer.Refused refused) =>
        refused.Decline.DeclineCode is "debit_not_authorized" or "payer_deceased" or "bank_account_closed" || AccountOf(method) is { EndsMandate: true };

    private static BankAnswer ByBehaviour(StripeObject method, CardBehaviour behaviour, bool authenticated, DateTimeOffset now)
    {
        var applies = behaviour.From is not { } from || now >= from;
        if (!applies || behaviour.Answer == Declines.Succeeds || behaviour.Tries is <= 0)
        {
            return new BankAnswer.Approved();
        }

        if (behaviour.Answer == Declines.AuthenticationRequired)
        {
            return authenticated ? new BankAnswer.Approved() : new BankAnswer.AsksForAuthentication();
        }

        method.Hidden["behaviour"] = (behaviour with { Tries = behaviour.Tries - 1 }).ToJson();
        return Refuse(behaviour.Answer, behaviour.AdviceCode);
    }

    private static BankAnswer.Refused Refuse(string name, string? advice)
    {
        var decline = Declines.Of(name);
        return new BankAnswer.Refused(advice is null ? decline : decline with { AdviceCode = advice }, name == "highest_risk_level");
    }

    private static bool NeedsAuthentication(StripeObject method, TestCard? card) => card?.Authentication switch
    {
        null => AccountOf(method) is { AsksEachTime: true },
        Authentication.Always => true,
        Authentication.UnlessSetUp => !method.Hidden.Flag("setUp"),
        _ => false,
    };
}
