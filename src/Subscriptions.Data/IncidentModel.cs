using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;

namespace Subscriptions.Data;

/// <summary>The tables of freezes and pauses, and the indexes by which an incident is seen cheaply.</summary>
internal static class IncidentModel
{
    /// <summary>The filter of the index that allows one open freeze of a kind.</summary>
    public const string OpenFilter = "\"OpenSlot\" IS NOT NULL";

    public static void Build(ModelBuilder model)
    {
        model.Entity<FreezeRow>(e =>
        {
            e.Property(f => f.Id).HasMaxLength(100);
            e.Property(f => f.OpenedBy).HasMaxLength(100);
            e.Property(f => f.ClosedBy).HasMaxLength(100);
            e.Property(f => f.Reason).HasMaxLength(500);
            e.HasIndex(f => new { f.Kind, f.OpenSlot }, "IX_Freezes_OneOpen").IsUnique().HasFilter(OpenFilter);
            e.HasIndex(f => f.ClosedAt);
        });
        model.Entity<PauseNoteRow>(e =>
        {
            e.Property(n => n.Id).HasMaxLength(160);
            e.Property(n => n.Text).HasMaxLength(1000);
            e.HasIndex(n => n.SubscriptionId);
        });
        model.Entity<PaymentAttemptRow>().HasIndex(a => a.StartedAt);
        model.Entity<PaymentAttemptRow>().HasIndex(a => a.SettledAt);
        model.Entity<MailRow>().HasIndex(m => m.LastTriedAt);
    }
}
