using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Data;

/// <summary>Between refunds, credit notes and credit accounts and their rows.</summary>
public static class AdjustmentMapping
{
    internal static Refund ToRefund(RefundRow row, string currency) => new(
        row.Number, new Money(row.Amount, currency), row.Reason, row.Actor, row.RequestKey, row.PaymentIntentId, row.State, row.GatewayId, row.RequestedAt, row.SettledAt);

    internal static CreditNote ToCreditNote(CreditNoteRow row, string currency) =>
        new(row.Number, new Money(row.Amount, currency), row.Reason, row.Destination, row.Actor, row.RequestKey, row.IssuedAt);

    internal static void WriteAdjustments(InvoiceRow row, Invoice invoice)
    {
        foreach (var refund in invoice.Refunds)
        {
            var target = row.Refunds.FirstOrDefault(r => r.Number == refund.Number);
            if (target is null)
            {
                target = new RefundRow
                {
                    InvoiceId = invoice.Id,
                    Number = refund.Number,
                    Amount = refund.Amount.Amount,
                    Reason = refund.Reason,
                    Actor = refund.Actor,
                    RequestKey = refund.RequestKey,
                    PaymentIntentId = refund.PaymentIntentId,
                    RequestedAt = refund.RequestedAt,
                };
                row.Refunds.Add(target);
            }

            (target.State, target.GatewayId, target.SettledAt) = (refund.State, refund.GatewayId, refund.SettledAt);
        }

        row.CreditNotes.AddRange(invoice.CreditNotes.Skip(row.CreditNotes.Count).Select(note => new CreditNoteRow
        {
            InvoiceId = invoice.Id,
            Number = note.Number,
            Amount = note.Amount.Amount,
            Reason = note.Reason,
            Destination = note.Destination,
            Actor = note.Actor,
            RequestKey = note.RequestKey,
            IssuedAt = note.IssuedAt,
        }));
    }

    internal static void Model(ModelBuilder model)
    {
        model.Entity<RefundRow>(e =>
        {
            e.HasKey(r => new { r.InvoiceId, r.Number });
            e.Property(r => r.Actor).HasMaxLength(100);
            e.Property(r => r.RequestKey).HasMaxLength(100);
            e.Property(r => r.PaymentIntentId).HasMaxLength(100);
            e.Property(r => r.GatewayId).HasMaxLength(100);
            e.HasIndex(r => r.GatewayId);
        });
        model.Entity<CreditNoteRow>(e =>
        {
            e.HasKey(n => new { n.InvoiceId, n.Number });
            e.Property(n => n.Actor).HasMaxLength(100);
            e.Property(n => n.RequestKey).HasMaxLength(100);
        });
        model.Entity<CreditAccountRow>(e =>
        {
            e.HasKey(a => new { a.ReaderId, a.Currency });
            e.Property(a => a.Currency).HasMaxLength(3);
            e.Property(a => a.Version).IsConcurrencyToken();
        });
        model.Entity<CreditEntryRow>(e =>
        {
            e.Property(c => c.Id).HasMaxLength(200);
            e.Property(c => c.Currency).HasMaxLength(3);
            e.Property(c => c.Actor).HasMaxLength(100);
            e.HasIndex(c => c.ReaderId);
        });
    }

    /// <summary>
    /// Moves a reader's credit within the caller's transaction, once for each entry id. Who read an older balance loses
    /// when it is saved, and decides again.
    /// </summary>
    public static CreditAccountRow MoveCredit(this SubscriptionsDb db, CreditEntryRow entry)
    {
        var account = db.CreditAccounts.Find(entry.ReaderId, entry.Currency);
        if (account is null)
        {
            account = new CreditAccountRow { ReaderId = entry.ReaderId, Currency = entry.Currency };
            db.CreditAccounts.Add(account);
        }

        db.CreditEntries.Add(entry);
        account.Balance = checked(account.Balance + entry.Amount);
        account.Version++;
        return account;
    }
}
