using System.Text.Json.Serialization;
using FluentValidation;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Api;

/// <summary>An amount that a caller names; both members have to be there.</summary>
/// <param name="Amount">Minor units, more than nothing.</param>
/// <param name="Currency">ISO 4217 in capitals.</param>
[JsonNumberHandling(JsonNumberHandling.Strict)]
public sealed record AmountRequest(long? Amount, string? Currency)
{
    internal Money ToMoney() => new(Amount!.Value, Currency!);

    internal sealed class Rules : AbstractValidator<AmountRequest>
    {
        private const long Most = 99_999_999;

        public Rules()
        {
            RuleFor(a => a.Amount).NotNull().WithMessage("Write the amount in minor units.")
                .InclusiveBetween(1, Most).WithMessage($"Write a whole number of minor units from 1 to {Most}.");
            RuleFor(a => a.Currency).Must(code => code is not null && Money.KnownCurrencies.ContainsKey(code)).WithMessage("Write the currency's code, such as GBP.");
        }
    }
}

/// <summary>Money to be given back.</summary>
/// <param name="Amount">How much; null for all that can still go back.</param>
/// <param name="Reason">Why.</param>
public sealed record RefundRequest(AmountRequest? Amount, AdjustmentReason? Reason)
{
    internal sealed class Rules : AbstractValidator<RefundRequest>
    {
        public Rules()
        {
            RuleFor(r => r.Amount!).SetValidator(new AmountRequest.Rules()).When(r => r.Amount is not null);
            RuleFor(r => r.Reason).MustBeGiven();
        }
    }
}

/// <summary>A credit note to be issued.</summary>
/// <param name="Amount">How much less was owed.</param>
/// <param name="Reason">Why.</param>
/// <param name="Destination"><c>Invoice</c> lowers an open one; of a paid one it goes to the <c>Account</c> or is a <c>Refund</c>.</param>
public sealed record CreditNoteRequest(AmountRequest? Amount, AdjustmentReason? Reason, CreditDestination? Destination)
{
    internal sealed class Rules : AbstractValidator<CreditNoteRequest>
    {
        public Rules()
        {
            RuleFor(r => r.Amount!).NotNull().WithMessage("Write an amount, such as {\"amount\":100,\"currency\":\"GBP\"}.").SetValidator(new AmountRequest.Rules());
            RuleFor(r => r.Reason).MustBeGiven();
            RuleFor(r => r.Destination).NotNull().WithMessage("Write Invoice, Account or Refund.");
        }
    }
}

/// <summary>An open invoice to be closed without a payment.</summary>
public sealed record CloseInvoiceRequest(AdjustmentReason? Reason)
{
    internal sealed class Rules : AbstractValidator<CloseInvoiceRequest>
    {
        public Rules() => RuleFor(r => r.Reason).MustBeGiven();
    }
}

/// <summary>Credit to be given out of goodwill.</summary>
public sealed record CreditRequest(AmountRequest? Amount, AdjustmentReason? Reason)
{
    internal sealed class Rules : AbstractValidator<CreditRequest>
    {
        public Rules()
        {
            RuleFor(r => r.Amount!).NotNull().WithMessage("Write an amount, such as {\"amount\":100,\"currency\":\"GBP\"}.").SetValidator(new AmountRequest.Rules());
            RuleFor(r => r.Reason).MustBeGiven();
        }
    }
}

internal static class AdjustmentRules
{
    public static void MustBeGiven<T>(this IRuleBuilder<T, AdjustmentReason?> reason) => reason
        .Must(r => r is { } given && Support.AdjustmentWords.Choices.Contains(given)).WithMessage($"Write one of {string.Join(", ", Support.AdjustmentWords.Choices)}.");
}

/// <summary>Money of an invoice that goes or went back.</summary>
/// <param name="Number">From 1 within the invoice.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="GatewayId">The gateway's id; null until it is known.</param>
public sealed record RefundAnswer(
    string InvoiceId, int Number, Money Amount, AdjustmentReason Reason, string Actor, RefundState State, string? GatewayId, DateTimeOffset RequestedAt, DateTimeOffset? SettledAt)
{
    internal static RefundAnswer Of(InvoiceId invoice, Refund r) => new(
        invoice.Value, r.Number, r.Amount, r.Reason, r.Actor, r.State, r.GatewayId, r.RequestedAt, r.SettledAt);
}

/// <summary>A credit note.</summary>
/// <param name="Number">The invoice's number and the note's own, as printed.</param>
public sealed record CreditNoteAnswer(
    string InvoiceId, string Number, Money Amount, AdjustmentReason Reason, CreditDestination Destination, string Actor, DateTimeOffset IssuedAt)
{
    internal static CreditNoteAnswer Of(InvoiceRow row, CreditNote n) => new(
        row.Id.Value, Support.AdjustmentWords.NumberOf(row, n.Number), n.Amount, n.Reason, n.Destination, n.Actor, n.IssuedAt);
}

/// <summary>One movement of a reader's credit.</summary>
/// <param name="Amount">Positive where the reader gained.</param>
/// <param name="InvoiceId">The invoice behind it; null for credit that was granted.</param>
public sealed record CreditEntryAnswer(Money Amount, AdjustmentReason? Reason, string? InvoiceId, string Actor, DateTimeOffset At)
{
    internal static CreditEntryAnswer Of(CreditEntryRow e) => new(new Money(e.Amount, e.Currency), e.Reason, e.InvoiceId?.Value, e.Actor, e.At);
}

/// <summary>A reader's credit: what the next invoice uses first; negative for what it adds.</summary>
/// <param name="Balances">One for each currency.</param>
/// <param name="Entries">The newest movements.</param>
public sealed record CreditsAnswer(IReadOnlyList<Money> Balances, IReadOnlyList<CreditEntryAnswer> Entries);
