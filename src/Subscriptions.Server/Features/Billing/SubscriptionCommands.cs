using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Asks something of a subscription on behalf of a person: cancel, keep, pause, resume.</summary>
public sealed class SubscriptionCommands(BillingUnits units, IJobScheduler jobs)
{
    /// <summary>There is no subscription with that id.</summary>
    public static Refusal NotFound { get; } = new("subscription-not-found", "There is no such subscription.");

    /// <summary>Null when it was done, or why not.</summary>
    public async Task<Refusal?> RunAsync(SubscriptionId id, SubscriptionCommand command, string actor)
    {
        var asked = await units.ChangeAsync(id, actor, unit => new Asked(unit.Do(command)));
        await jobs.LookNowAsync<AdvanceDueSubscriptions>();
        return asked is null ? NotFound : asked.Refusal;
    }

    private sealed record Asked(Refusal? Refusal);
}
