using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>What the Stripe simulator has to do and when: deliveries of webhooks, results that take days.</summary>
public sealed class SimulatorDueMoments(SimulatorDueWork simulator) : IDueMoments
{
    /// <inheritdoc />
    public string Name => "the Stripe simulator";

    /// <inheritdoc />
    public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset until) =>
        Task.FromResult(simulator.NextDueAt() is { } at && at <= until ? at : (DateTimeOffset?)null);

    /// <inheritdoc />
    public Task<bool> BusyAsync() => Task.FromResult(simulator.AnythingInFlight());

    /// <inheritdoc />
    public Task NudgeAsync() => simulator.RunDueAsync();
}
