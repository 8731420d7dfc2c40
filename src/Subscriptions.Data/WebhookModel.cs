using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;

namespace Subscriptions.Data;

/// <summary>The tables of the webhook inbox.</summary>
internal static class WebhookModel
{
    public static void Describe(ModelBuilder model)
    {
        model.Entity<WebhookEventRow>(e =>
        {
            e.Property(w => w.Id).HasMaxLength(100);
            e.Property(w => w.Type).HasMaxLength(100);
            e.Property(w => w.State).HasDefaultValue(WebhookState.Received);
            e.Property(w => w.Result).HasMaxLength(500);
            e.Property(w => w.LastError).HasMaxLength(200);
            e.Property(w => w.ObjectId).HasMaxLength(100);
            e.Property(w => w.PaymentIntentId).HasMaxLength(100);
            e.Property(w => w.CustomerId).HasMaxLength(100);
            e.Property(w => w.ReplayedBy).HasMaxLength(100);
            e.HasIndex(w => w.ReceivedAt);
            e.HasIndex(w => w.ObjectId);
            e.HasIndex(w => w.PaymentIntentId);
            e.HasIndex(w => new { w.State, w.ReceivedAt });
        });
        model.Entity<WebhookResyncRow>(e =>
        {
            e.Property(r => r.Id).ValueGeneratedNever();
            e.Property(r => r.Cursor).HasMaxLength(100);
            e.Property(r => r.Version).IsConcurrencyToken();
        });
    }
}
