using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;

namespace Subscriptions.Data;

/// <summary>The tables of the ledger and of reconciliation.</summary>
internal static class LedgerModel
{
    public static void Describe(ModelBuilder model)
    {
        model.Entity<LedgerRow>(e =>
        {
            e.HasKey(l => new { l.SetId, l.Account });
            e.Property(l => l.SetId).HasMaxLength(120);
            e.Property(l => l.Currency).HasMaxLength(3);
            e.Property(l => l.Cause).HasMaxLength(60);
            e.Property(l => l.GatewayId).HasMaxLength(100);
            e.HasIndex(l => new { l.At, l.SetId });
            e.HasIndex(l => l.InvoiceId);
            e.HasIndex(l => new { l.ReaderId, l.Account });
            e.HasIndex(l => l.GatewayId);
        });
        model.Entity<GatewayTransactionRow>(e =>
        {
            e.Property(t => t.Id).HasMaxLength(100);
            e.Property(t => t.Currency).HasMaxLength(3);
            e.Property(t => t.SourceId).HasMaxLength(100);
            e.HasIndex(t => t.SourceId);
            e.HasIndex(t => t.At);
        });
        model.Entity<ReconciliationRunRow>(e =>
        {
            e.Property(r => r.Actor).HasMaxLength(100);
            e.Property(r => r.Failure).HasMaxLength(500);
        });
        model.Entity<FindingRow>(e =>
        {
            e.Property(f => f.Id).HasMaxLength(160);
            e.Property(f => f.Subject).HasMaxLength(100);
            e.Property(f => f.Ours).HasMaxLength(300);
            e.Property(f => f.Theirs).HasMaxLength(300);
            e.Property(f => f.Currency).HasMaxLength(3);
            e.Property(f => f.SettledBy).HasMaxLength(100);
            e.HasIndex(f => new { f.State, f.FirstSeenAt });
        });
        model.Entity<CollectingGateRow>(e =>
        {
            e.Property(g => g.Id).HasMaxLength(20);
            e.Property(g => g.Reason).HasMaxLength(500);
            e.Property(g => g.Actor).HasMaxLength(100);
        });
        model.Entity<EventRow>().HasIndex(v => v.At);
        model.Entity<SubscriptionRow>().HasIndex(s => s.EndedAt);
        model.Entity<PaymentAttemptRow>().HasIndex(a => a.SettledAt);
        model.Entity<PaymentAttemptRow>().HasIndex(a => a.StartedAt);
        model.Entity<PaymentAttemptRow>().HasIndex(a => a.ChargeId);
        model.Entity<PaymentAttemptRow>().HasIndex(a => a.PaymentIntentId);
    }
}
