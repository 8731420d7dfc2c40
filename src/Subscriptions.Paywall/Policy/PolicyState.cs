using System.Text.Json;

namespace Subscriptions.Paywall;

/// <summary>
/// The service's policy for this website: fetched when the change feed connects (a service that changes its settings restarts), every
/// few minutes besides, and by the first request that needs it. The last one that was heard stays while the service is down.
/// </summary>
internal sealed class PolicyState(ServiceClient service, ServiceHealth health, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private volatile SitePolicy? _policy;
    private volatile Task? _flight;
    private long _triedAtTicks;

    /// <summary>Whether anything was heard yet.</summary>
    public bool IsKnown => _policy is not null;

    /// <summary>What is known; nothing is switched on while nothing is.</summary>
    public SitePolicy Known => _policy ?? SitePolicy.Nothing;

    /// <summary>
    /// What is known, asking first if nothing is, though not for each request anew while no answer comes. Asks again in the background when it is old.
    /// </summary>
    public async ValueTask<SitePolicy> GetAsync()
    {
        var since = time.GetUtcNow().UtcTicks - Volatile.Read(ref _triedAtTicks);
        var isDue = since < 0 || since > (IsKnown ? Life : RetryAfter).Ticks;
        var refresh = isDue && health.MayAsk() ? RefreshAsync() : _flight;
        if (!IsKnown && refresh is not null)
            await RequestWait.IsOverAsync(refresh);
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
        var result = await service.PolicyAsync();
        if (result.Outcome == CallOutcome.Unreachable)
            return;
        try
        {
            // A service of before there were policies knows no such address.
            _policy = result.Value is { } body ? SitePolicy.From(body) : SitePolicy.Nothing;
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            health.Failed("site", failure.Message, noConnection: false);
        }
    }
}
