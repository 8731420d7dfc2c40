using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Access;

namespace Subscriptions.Data;

/// <summary>Given access as rows.</summary>
public static class GrantMapping
{
    /// <summary>What the row says.</summary>
    public static GivenAccess ToGiven(this GrantRow row) =>
        new(row.Id, row.Kind, JsonSerializer.Deserialize<IReadOnlyList<string>>(row.Entitlements, DomainJson.Options)!, row.From, row.Until, row.Source);

    internal static void Model(ModelBuilder model) => model.Entity<GrantRow>(e =>
    {
        e.Property(g => g.Id).HasMaxLength(64);
        e.Property(g => g.Entitlements).HasMaxLength(2000);
        e.Property(g => g.Source).HasMaxLength(60);
        e.Property(g => g.Contact).HasMaxLength(200);
        e.Property(g => g.Note).HasMaxLength(500);
        e.Property(g => g.GivenBy).HasMaxLength(100);
        e.Property(g => g.WithdrawnBy).HasMaxLength(100);
        e.HasIndex(g => g.ReaderId);
    });
}
