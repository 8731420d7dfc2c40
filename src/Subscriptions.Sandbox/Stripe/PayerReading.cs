using System.Globalization;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>A customer of the ledger as the panel tells of her.</summary>
internal static class PayerReading
{
    /// <summary>Payments that are told of.</summary>
    private const int Payments = 20;

    public static Payer Of(LedgerTransaction ledger, StripeObject customer)
    {
        var preferred = customer.Body.Object("invoice_settings")?.Text("default_payment_method");
        return new(customer.Id, customer.Body.Text("email"), customer.Body.Text("name"), customer.Body.Flag("deleted"),
            [.. PaymentMethods.OfCustomer(ledger, customer.Id).Select(method => Method(ledger, method, preferred))],
            [.. ledger.Page(new ListQuery(PaymentIntents.Kind) { Customer = customer.Id, Limit = Payments })!.Value.Page.Select(intent => Payment(ledger, intent))]);
    }

    private static PayerMethod Method(LedgerTransaction ledger, StripeObject method, string? preferred) => new(
        method.Id, method["type"], Words(method), Does(method), method.Id == preferred,
        method["type"] == TestAccounts.Bacs && Mandates.IsActive(ledger, method));

    private static string Words(StripeObject method)
    {
        if (method.Body.Object("card") is { } card)
        {
            var brand = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(card.Text("brand") ?? "card");
            return string.Create(CultureInfo.InvariantCulture, $"{brand} ending {card.Text("last4")}, until {card.Number("exp_month"):00}/{card.Number("exp_year")}");
        }

        return method.Body.Object(TestAccounts.Bacs) is { } account ? $"Direct Debit, account ending {account.Text("last4")}" : "PayPal";
    }

    private static string Does(StripeObject method)
    {
        if (CardBehaviour.FromJson(method.Hidden.Object("behaviour")) is { } behaviour)
        {
            var answer = behaviour.Answer == Declines.Succeeds ? "Succeeds" : "Answers " + behaviour.Answer;
            return answer + (behaviour.From is { } from ? $" from {from.UtcDateTime:d MMMM yyyy}" : "") + (behaviour.Tries is { } tries ? $", {tries} times more" : "");
        }

        return Bank.CardOf(method)?.Does ?? Bank.AccountOf(method)?.Does ?? "Succeeds";
    }

    private static PayerPayment Payment(LedgerTransaction ledger, StripeObject intent)
    {
        var charge = ledger.Find(Charges.Kind, intent.Body.Text("latest_charge"));
        return new(intent.Id, charge?.Id, DateTimeOffset.FromUnixTimeSeconds(intent.Created), Amount(intent), intent.Status!,
            charge is null ? null : Disputes.Of(ledger, charge).FirstOrDefault()?.Status,
            [.. ledger.Page(new ListQuery(Refunds.Kind) { Parent = intent.Id, Limit = 100 })!.Value.Page.Select(refund => new PayerRefund(refund.Id, Amount(refund), refund.Status!))]);
    }

    private static string Amount(StripeObject money) =>
        (money.Body.Number("amount") / 100m).ToString("0.00", CultureInfo.InvariantCulture) + " " + money["currency"].ToUpperInvariant();
}
