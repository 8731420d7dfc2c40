using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;

namespace Subscriptions.Data;

/// <summary>Meters and gift links as rows.</summary>
internal static class GateMapping
{
    public static void Model(ModelBuilder model)
    {
        model.Entity<MeterRow>(e =>
        {
            e.HasKey(m => m.ReaderId);
            e.Property(m => m.Counted).HasMaxLength(8000);
            e.Property(m => m.Version).IsConcurrencyToken();
            e.HasIndex(m => m.ForgetAt);
        });
        model.Entity<GiftRow>(e =>
        {
            e.Property(g => g.Id).HasMaxLength(64);
            e.Property(g => g.SiteId).HasMaxLength(64);
            e.Property(g => g.Article).HasMaxLength(500);
            e.Property(g => g.Month).HasMaxLength(7);
            e.HasIndex(g => new { g.ReaderId, g.Month, g.Number }).IsUnique();
            e.HasIndex(g => g.EndsAt);
        });
        model.Entity<GiftUseRow>(e =>
        {
            e.HasKey(u => new { u.GiftId, u.Visit });
            e.Property(u => u.GiftId).HasMaxLength(64);
            e.Property(u => u.Visit).HasMaxLength(32);
        });
    }
}
