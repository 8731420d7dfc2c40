using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Incidents;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// The versions of plans and dunning policies. Versions never change, so they are read once and kept; the current ones
/// are what settings say since the last start.
/// </summary>
public sealed class Catalog(IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours, DisputePolicy disputes, FreezeBook freezes)
{
    private readonly ConcurrentDictionary<string, PlanVersion> plans = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DunningPolicy> policies = new(StringComparer.Ordinal);

    /// <summary>The newest version of each plan that is on offer.</summary>
    public IReadOnlyList<PlanVersion> Offered { get; private set; } = [];

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    /// <summary>The policy that a case opened now runs on.</summary>
    public DunningPolicy CurrentPolicy { get; private set; } = null!;

    /// <summary>Takes the versions that settings made current.</summary>
    public void Use(IReadOnlyList<PlanVersion> offered, DunningPolicy policy)
    {
        Offered = offered;
        CurrentPolicy = policy;
    }

    /// <summary>The plan on offer under a name, or null.</summary>
    public PlanVersion? FindOffered(string planId) => Offered.FirstOrDefault(plan => plan.PlanId == planId);

    /// <summary>A version by its id; those that are sold no more included.</summary>
    public async Task<PlanVersion> PlanAsync(string id)
    {
        if (!plans.TryGetValue(id, out var plan))
        {
            await using var db = await databases.CreateDbContextAsync();
            plan = plans[id] = (await db.PlanVersions.AsNoTracking().SingleAsync(row => row.Id == id)).ToPlan();
        }

        return plan;
    }

    /// <summary>The versions and hours that a subscription is decided under.</summary>
    public async Task<SubscriptionRules> RulesForAsync(Subscription.Started state) => new SubscriptionRules(
        await PlanAsync(state.Contract.PlanVersionId),
        state is Subscription.PastDue pastDue ? await PolicyAsync(pastDue.Case.PolicyId) : CurrentPolicy,
        hours)
    {
        Disputes = disputes,
        Freezes = state is Subscription.PastDue open ? await freezes.HoldsSinceAsync(open.Case.OpenedAt) : [],
    };

    private async Task<DunningPolicy> PolicyAsync(string id)
    {
        if (!policies.TryGetValue(id, out var policy))
        {
            await using var db = await databases.CreateDbContextAsync();
            policy = policies[id] = (await db.PolicyVersions.AsNoTracking().SingleAsync(row => row.Id == id)).ToPolicy();
        }

        return policy;
    }
}
