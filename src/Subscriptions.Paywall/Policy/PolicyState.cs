using System.Text.Json;

namespace Subscriptions.Paywall;

/// <summary>
/// The service's policy for this website: fetched when the change feed connects (a service that changes its settings restarts), every
/// few minutes besides, and by the first request that needs it. The last one that was heard stays while the service is down.
/// </summary>
internal sealed class PolicyState(ServiceClient service, ServiceHealth health, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private readonly Lock _lock = new();
    private volatile SitePolicy? _policy;
    private Task? _flight;
    private long _triedAtTicks;

    /// <summary>Whether anything was heard yet.</summary>
    public bool IsKnown => _policy is not null;

    /// <summary>What is known; nothing is switched on while nothing is.</summary>
    public SitePolicy Known => _policy ?? SitePolicy.Nothing;

    /// <summary>What is known, asking first if nothing is. Asks again in the background when it is old.</summary>
    public async ValueTask<SitePolicy> GetAsync()
    {
        var isOld = time.GetUtcNow().UtcTicks - Volatile.Read(ref _triedAtTicks) > Life.Ticks;
        if (_policy is { } policy && !isOld)
            return policy;
        if ((isOld || _policy is null) && health.MayAsk() && RefreshAsync() is var refresh && _policy is null)
            await refresh;
        return Known;
    }

    /// <summary>Asks now, one question at a time.</summary>
    public Task RefreshAsync()
    {
        lock (_lock)
            return _flight is { IsCompleted: false } underWay ? underWay : _flight = FetchAsync();
    }

    private async Task FetchAsync()
    {
        Volatile.Write(ref _triedAtTicks, time.GetUtcNow().UtcTicks);
        if (await service.PolicyAsync() is not { Value: { } body })
            return;
        try
        {
            _policy = SitePolicy.From(body);
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            health.Failed("site", failure.Message, noConnection: false);
        }
    }
}
