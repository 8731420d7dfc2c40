using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Warns readers whose cards expire, on the dates that the cards themselves set; nobody else's row is looked at.</summary>
public sealed class WarnOfDueExpiries(DueWorkStore due, BillingUnits units, DueWorkRunner runner) : IRecurringJob
{
    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.WarnOfExpiry, WarnAsync, stopping);

    private async Task WarnAsync(Claim claim)
    {
        var looked = await units.ChangeAsync(SubscriptionId.From(claim.Id), Actors.System, unit => new Looked(unit.WarnOfExpiry()));
        await due.CompleteAsync(claim, looked?.Next);
    }

    private sealed record Looked(DateTimeOffset? Next);
}
