using System.Text.Json;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Data;

/// <summary>Between an invoice and its rows.</summary>
public static class InvoiceMapping
{
    /// <summary>The invoice that a row and its attempts hold.</summary>
    public static Invoice ToInvoice(this InvoiceRow row) => new(
        row.Id, row.ReaderId, row.SubscriptionId, row.Purpose, new BillingPeriod(row.PeriodFrom, row.PeriodTo),
        JsonSerializer.Deserialize<InvoiceLine[]>(row.Lines, DomainJson.Options)!, new Money(row.Total, row.Currency), row.Status,
        row.PaymentIntentNumber == 0 ? null : new PaymentIntentRef(
            row.PaymentIntentNumber, row.PaymentIntentId, row.PaymentIntentCanceled, new Money(row.PaymentIntentAmount, row.Currency), MethodKinds.Of(row.PaymentIntentKind ?? "")),
        [.. row.Attempts.OrderBy(a => a.Number).Select(a => ToAttempt(a) with { Amount = new Money(a.Amount, row.Currency) })],
        row.CollectingStopped, row.RaisedAt, row.SettledAt)
    {
        Refunds = [.. row.Refunds.OrderBy(r => r.Number).Select(r => AdjustmentMapping.ToRefund(r, row.Currency))],
        CreditNotes = [.. row.CreditNotes.OrderBy(n => n.Number).Select(n => AdjustmentMapping.ToCreditNote(n, row.Currency))],
        CreditUsed = new Money(row.CreditUsed, row.Currency),
        CarriedOver = new Money(row.CarriedOver, row.Currency),
        Contest = row.Contest is null ? PaymentContest.None : JsonSerializer.Deserialize<PaymentContest>(row.Contest, DomainJson.Options)!,
        Replaces = row.Replaces,
        Withdrawn = row.Withdrawn,
    };

    /// <summary>A row for an invoice that has none yet; <see cref="Write"/> fills the rest.</summary>
    public static InvoiceRow NewRow(Invoice invoice) => new()
    {
        Id = invoice.Id,
        Number = NumberOf(invoice),
        ReaderId = invoice.ReaderId,
        SubscriptionId = invoice.SubscriptionId,
        Purpose = invoice.Purpose,
        PeriodFrom = invoice.Period.From,
        PeriodTo = invoice.Period.To,
        Lines = JsonSerializer.Serialize(invoice.Lines, DomainJson.Options),
        Total = invoice.Total.Amount,
        Currency = invoice.Total.Currency,
        Replaces = invoice.Replaces,
        RaisedAt = invoice.RaisedAt,
    };

    /// <summary>Writes an invoice into its rows and raises the version by the number of events that led to it.</summary>
    public static void Write(this InvoiceRow row, Invoice invoice, int events)
    {
        row.Status = invoice.Status;
        row.Refunded = invoice.Refunded.Amount;
        row.CreditUsed = invoice.CreditUsed.Amount;
        row.CarriedOver = invoice.CarriedOver.Amount;
        row.PaymentIntentNumber = invoice.PaymentIntent?.Number ?? 0;
        row.PaymentIntentId = invoice.PaymentIntent?.GatewayId;
        row.PaymentIntentAmount = invoice.PaymentIntent?.Amount.Amount ?? 0;
        row.PaymentIntentCanceled = invoice.PaymentIntent?.Canceled ?? false;
        row.PaymentIntentKind = invoice.PaymentIntent is { Kind: not MethodKind.Card and var kind } ? MethodKinds.NameOf(kind) : null;
        row.CollectingStopped = invoice.CollectingStopped;
        row.SettledAt = invoice.SettledAt;
        row.Contest = invoice.Contest == PaymentContest.None ? null : JsonSerializer.Serialize(invoice.Contest, DomainJson.Options);
        row.Reversed = invoice.Reversed.Amount;
        row.ReversedAt = invoice.Contest.ReversedAt;
        row.Withdrawn = invoice.Withdrawn;
        row.Version += events;
        foreach (var attempt in invoice.Attempts)
        {
            var target = row.Attempts.FirstOrDefault(a => a.Number == attempt.Number);
            if (target is null)
            {
                target = NewAttempt(invoice.Id, attempt);
                row.Attempts.Add(target);
            }

            WriteAttempt(target, attempt);
        }

        AdjustmentMapping.WriteAdjustments(row, invoice);
    }

    // Readable on paper, unique because the id is, and the same however often the invoice is raised.
    private static string NumberOf(Invoice invoice) => invoice.Id.Value.Replace("inv_", "", StringComparison.Ordinal).Replace('_', '-').ToUpperInvariant();

    private static PaymentAttemptRow NewAttempt(InvoiceId invoice, PaymentAttempt attempt) => new()
    {
        InvoiceId = invoice,
        Number = attempt.Number,
        PaymentMethodId = attempt.PaymentMethodId,
        Trigger = attempt.Trigger,
        Actor = attempt.Actor,
        PaymentIntentId = attempt.PaymentIntentId,
        OnSession = attempt.OnSession,
        ReturnUrl = attempt.ReturnUrl,
        StartedAt = attempt.StartedAt,
        FirstSentAt = attempt.FirstSentAt,
        ChargeSeenBefore = attempt.ChargeSeenBefore,
    };

    private static void WriteAttempt(PaymentAttemptRow row, PaymentAttempt attempt)
    {
        row.State = attempt.State;
        row.Amount = attempt.Amount?.Amount ?? 0;
        row.LiveSlot = attempt.IsLive ? 1 : null;
        row.ChargeId = attempt.ChargeId;
        row.DeclineCode = attempt.Decline?.Code;
        row.IssuerCode = attempt.Decline?.DeclineCode;
        row.AdviceCode = attempt.Decline?.AdviceCode;
        row.DeclineClass = attempt.Decline?.Class;
        row.ChallengeUrl = attempt.ChallengeUrl;
        row.Note = attempt.Note is { Length: > 500 } note ? note[..500] : attempt.Note;
        row.SettledAt = attempt.SettledAt;
        row.ResultDueOn = attempt.ResultDueOn;
        row.FormerCard = attempt.FormerCard;
    }

    /// <summary>The try that a row holds.</summary>
    public static PaymentAttempt ToAttempt(PaymentAttemptRow row) => new(
        row.Number, row.State, row.PaymentMethodId, row.Trigger, row.Actor, row.PaymentIntentId, row.OnSession, row.ReturnUrl,
        row.StartedAt, row.FirstSentAt, row.ChargeSeenBefore, row.ChargeId,
        row.DeclineCode is null ? null : new Decline(row.DeclineCode, row.IssuerCode, row.AdviceCode, row.DeclineClass ?? DeclineClass.TimeMayHeal),
        row.ChallengeUrl, row.Note, row.SettledAt, null, row.ResultDueOn)
    {
        FormerCard = row.FormerCard,
    };
}
