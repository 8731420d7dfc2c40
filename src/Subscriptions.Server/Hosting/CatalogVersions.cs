using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Plans;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Hosting;

/// <summary>Turns the plans and the policy of the settings into version rows: a new one only where the content is new.</summary>
public sealed class CatalogVersions(
    IDbContextFactory<SubscriptionsDb> databases, ServerSettings settings, Catalog catalog, BillingClock clock, Data.DatabaseProvider provider)
{
    private const string PolicyName = "default";

    /// <summary>Writes what is new and makes it current.</summary>
    public async Task MakeCurrentAsync()
    {
        for (var tries = 0; ; tries++)
        {
            await using var db = await databases.CreateDbContextAsync();
            var offered = new List<PlanVersion>();
            foreach (var plan in settings.Plans)
            {
                offered.Add(await CurrentAsync(db, plan));
            }

            var policy = await CurrentAsync(db, settings.Dunning);
            try
            {
                await db.SaveChangesAsync();
            }
            catch (DbUpdateException together) when (tries < 5 && provider.IsUniqueViolation(together))
            {
                // Another process starts with the same settings at the same moment and was first.
                continue;
            }

            catalog.Use(offered, policy);
            return;
        }
    }

    private async Task<PlanVersion> CurrentAsync(SubscriptionsDb db, PlanVersion plan)
    {
        var newest = await db.PlanVersions.Where(p => p.PlanId == plan.PlanId).OrderByDescending(p => p.Version).FirstOrDefaultAsync();
        if (newest is not null && Same(newest.ToPlan() with { Id = "", Version = 0 }, plan))
        {
            return newest.ToPlan();
        }

        var number = (newest?.Version ?? 0) + 1;
        var version = plan with { Id = $"{plan.PlanId}@{number}", Version = number };
        db.PlanVersions.Add(new PlanVersionRow { Id = version.Id, PlanId = plan.PlanId, Version = number, Content = Write(version), CreatedAt = clock.Now });
        return version;
    }

    private async Task<DunningPolicy> CurrentAsync(SubscriptionsDb db, DunningPolicy policy)
    {
        var newest = await db.PolicyVersions.Where(p => p.PolicyId == PolicyName).OrderByDescending(p => p.Version).FirstOrDefaultAsync();
        if (newest is not null && Same(newest.ToPolicy() with { Id = "" }, policy))
        {
            return newest.ToPolicy();
        }

        var number = (newest?.Version ?? 0) + 1;
        var version = policy with { Id = $"{PolicyName}@{number}" };
        db.PolicyVersions.Add(new PolicyVersionRow { Id = version.Id, PolicyId = PolicyName, Version = number, Content = Write(version), CreatedAt = clock.Now });
        return version;
    }

    // Records with lists do not compare by content; what would be written does.
    private static bool Same<T>(T known, T wanted) => Write(known) == Write(wanted);

    private static string Write<T>(T content) => JsonSerializer.Serialize(content, DomainJson.Options);
}
