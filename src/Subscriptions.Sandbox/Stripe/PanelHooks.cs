using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Faults;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Sandbox.Stripe.Faults;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>The simulator's place in the panel: its due moments for the clock, its faults, and the reset.</summary>
public static class PanelHooks
{
    /// <summary>Registers the hooks; <see cref="StripeSimulator.AddStripeSimulator"/> registers what they lead to.</summary>
    public static IServiceCollection AddStripeSimulatorHooks(this IServiceCollection services) => services
        .AddSingleton<IDueMoments>(provider => new DueMoments(provider.GetRequiredService<SimulatorDueWork>()))
        .AddSingleton<IFaultSource>(provider => new StripeFaultSource(provider.GetRequiredService<StripeFaults>()))
        .AddSingleton<IResettable>(provider => new Reset(provider.GetRequiredService<StripeLedger>()));

    private sealed class DueMoments(SimulatorDueWork work) : IDueMoments
    {
        public string Name => "the Stripe simulator";

        public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset until) =>
            Task.FromResult(work.NextDueAt() is { } next && next <= until ? next : (DateTimeOffset?)null);

        public Task<bool> BusyAsync() => Task.FromResult(work.AnythingInFlight());

        public Task NudgeAsync() => work.RunDueAsync();
    }

    private sealed class Reset(StripeLedger ledger) : IResettable
    {
        public Task ClearAsync() => ledger.ResetAsync();
    }
}
