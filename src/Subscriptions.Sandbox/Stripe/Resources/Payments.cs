using System.Text.Json.Nodes;
using Subscriptions.Domain.Calendar;
using Subscriptions.Domain.Invoices;
using Subscriptions.Sandbox.Stripe.Api;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Resources;

/// <summary>The outcomes of a try, each with its charge and its events.</summary>
internal static class Payments
{
    /// <summary>Billing time after which a bank disputes the charge of the dispute card.</summary>
    private static readonly TimeSpan UntilDispute = TimeSpan.FromMinutes(1);

    /// <summary>Working days after which a bank takes back what it had paid.</summary>
    private const int TakenBackWorkingDays = 3;

    public static StripeObject Succeed(LedgerTransaction ledger, StripeObject intent, StripeObject method)
    {
        var charge = ledger.Insert(Charges.Kind, "ch_", Charges.Body(intent, method, "succeeded", null));
        BalanceTransactions.OfCharge(ledger, charge);
        ledger.Emit("charge.succeeded", charge);
        Complete(ledger, intent, method, charge);
        return charge;
    }

    public static StripeAnswer Refuse(LedgerTransaction ledger, StripeObject intent, StripeObject method, BankAnswer.Refused refused)
    {
        var charge = ledger.Insert(Charges.Kind, "ch_", Charges.Body(intent, method, "failed", refused));
        ledger.Emit("charge.failed", charge);
        var about = Fail(ledger, intent, method, charge, refused);
        about["payment_intent"] = intent.Body.DeepClone();
        return CardErrors.Answer(refused.Decline, about);
    }

    /// <summary>A bank debit: sent off now, known some working days later.</summary>
    public static StripeObject Begin(LedgerTransaction ledger, StripeObject intent, StripeObject method)
    {
        var charge = ledger.Insert(Charges.Kind, "ch_", Charges.Body(intent, method, "pending", null));
        ledger.Emit("charge.pending", charge);
        intent.Body["status"] = "processing";
        intent.Body["latest_charge"] = charge.Id;
        ledger.Save(intent);
        ledger.Save(method);
        ledger.Emit("payment_intent.processing", intent);
        var days = method.Hidden.Flag("collected") ? MethodKinds.BacsWorkingDays : MethodKinds.BacsNewMandateWorkingDays;
        ledger.Schedule(AfterWorkingDays(ledger.Now, days), DueSettlements.BankDebit, intent.Id);
        return intent;
    }

    /// <summary>The bank's word on a debit that was under way.</summary>
    public static void Settle(LedgerTransaction ledger, StripeObject intent)
    {
        var charge = ledger.Get(Charges.Kind, intent["latest_charge"]);
        var method = ledger.Get(PaymentMethods.Kind, intent["payment_method"]);
        var refused = Bank.Charge(method, authenticated: true, ledger.Now) as BankAnswer.Refused;
        var taken = refused is null;
        charge.Body["status"] = taken ? "succeeded" : "failed";
        charge.Body["paid"] = taken;
        charge.Body["captured"] = taken;
        charge.Body["amount_captured"] = taken ? charge.Body.Number("amount") : 0;
        charge.Body["failure_code"] = refused?.Decline.Code;
        charge.Body["failure_message"] = refused?.Decline.Message;
        charge.Body["outcome"] = Charges.Outcome(refused);
        ledger.Save(charge);
        if (taken)
        {
            BalanceTransactions.OfCharge(ledger, charge);
        }

        ledger.Emit(taken ? "charge.succeeded" : "charge.failed", charge);
        if (refused is null)
        {
            method.Hidden["collected"] = true;
            Complete(ledger, intent, method, charge);
            return;
        }

        Fail(ledger, intent, method, charge, refused);
        if (Bank.EndsMandate(method, refused))
        {
            Mandates.End(ledger, method, refused.Decline.DeclineCode ?? refused.Decline.Code);
        }
    }

    private static void Complete(LedgerTransaction ledger, StripeObject intent, StripeObject method, StripeObject charge)
    {
        intent.Body["status"] = "succeeded";
        intent.Body["amount_received"] = intent.Body.Number("amount");
        intent.Body["latest_charge"] = charge.Id;
        intent.Body["next_action"] = null;
        intent.Body["last_payment_error"] = null;
        intent.Hidden.Remove("challenge");
        ledger.Save(intent);
        if (method.Customer is null)
        {
            method.Hidden["spent"] = true;
        }

        if (intent.Body.Text("setup_future_usage") is not null && intent.Customer is { } customer)
        {
            PaymentMethods.Attach(ledger, method, customer);
        }
        else
        {
            ledger.Save(method);
        }

        ledger.Emit("payment_intent.succeeded", intent);
        if (Bank.CardOf(method) is { Disputed: true })
        {
            ledger.Schedule(ledger.Now + UntilDispute, DueSettlements.Dispute, charge.Id);
        }

        if (Bank.AccountOf(method) is { TakenBack: true })
        {
            ledger.Schedule(AfterWorkingDays(ledger.Now, TakenBackWorkingDays), DueSettlements.Dispute, charge.Id);
        }
    }

    private static JsonObject Fail(
        LedgerTransaction ledger, StripeObject intent, StripeObject method, StripeObject charge, BankAnswer.Refused refused)
    {
        var about = new JsonObject { ["charge"] = charge.Id, ["payment_method"] = method.Body.DeepClone() };
        var confirmations = intent.Hidden.Number("confirmations") + 1;
        intent.Hidden["confirmations"] = confirmations;
        intent.Hidden.Remove("challenge");
        intent.Body["status"] = "requires_payment_method";
        intent.Body["payment_method"] = null;
        intent.Body["next_action"] = null;
        intent.Body["latest_charge"] = charge.Id;
        intent.Body["last_payment_error"] = CardErrors.Body(refused.Decline, about);
        ledger.Save(intent);
        ledger.Save(method);
        ledger.Emit("payment_intent.payment_failed", intent);
        if (confirmations >= Confirmation.MaxConfirmations)
        {
            PaymentIntents.Cancel(ledger, intent, "automatic");
        }

        return about;
    }

    private static DateTimeOffset AfterWorkingDays(DateTimeOffset from, int days)
    {
        var on = DateOnly.FromDateTime(from.UtcDateTime);
        return from.AddDays(BankHolidays.AddWorkingDays(on, days).DayNumber - on.DayNumber);
    }
}
