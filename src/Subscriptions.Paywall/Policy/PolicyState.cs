using System.Security.Cryptography;
using System.Text.Json;

namespace Subscriptions.Paywall;

/// <summary>
/// The service's policy for this website: fetched when the change feed connects (a service that changes its settings restarts), every
/// few minutes besides, whether anybody reads or not, and by the first request that needs it. The last one that was heard stays while the
/// service is down.
/// </summary>
internal sealed class PolicyState(ServiceClient service, ServiceHealth health, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    // With an older policy at hand nobody waits for the answer, and the processes of a website do not all ask a service that comes back at once.
    private const int LeastPauseMilliseconds = 10_000;
    private const int MostPauseMilliseconds = 20_000;
    private readonly Lock _lock = new();
    private volatile SitePolicy? _policy;
    private volatile Task? _flight;
    private long _dueAtTicks;

    /// <summary>Whether anything was heard yet.</summary>
    public bool IsKnown => _policy is not null;

    /// <summary>What is known; nothing is switched on while nothing is.</summary>
    public SitePolicy Known => _policy ?? SitePolicy.Nothing;

    /// <summary>
    /// What is known, asking first if nothing is, though not for each request anew while no answer comes. Asks again in the background when it is old.
    /// </summary>
    public async ValueTask<SitePolicy> GetAsync()
    {
        var refresh = IsDue && health.MayAsk() ? RefreshAsync() : _flight;
        if (!IsKnown && refresh is not null)
            await RequestWait.IsOverAsync(refresh);
        return Known;
    }

    /// <summary>
    /// Asks in the background when what is known is old, or a later question got no answer. Requests do not see to that: where a policy switched nothing on, none
    /// has a reason to look at it again.
    /// </summary>
    public void RefreshIfDue()
    {
        if (IsKnown && IsDue && health.MayAsk())
            _ = RefreshAsync();
    }

    /// <summary>Asks now, one question at a time.</summary>
    public Task RefreshAsync()
    {
        lock (_lock)
            return _flight is { IsCompleted: false } underWay ? underWay : _flight = FetchAsync();
    }

    // Further off than it can be means that the clock was set back.
    private bool IsDue => Volatile.Read(ref _dueAtTicks) - time.GetUtcNow().UtcTicks is var left && (left < 0 || left > Life.Ticks);

    private void DueIn(TimeSpan pause) => Volatile.Write(ref _dueAtTicks, (time.GetUtcNow() + pause).UtcTicks);

    private async Task FetchAsync()
    {
        DueIn(IsKnown ? TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(LeastPauseMilliseconds, MostPauseMilliseconds)) : RetryAfter);
        var result = await service.PolicyAsync();
        if (result.Outcome == CallOutcome.Unreachable)
            return;
        try
        {
            // A service of before there were policies knows no such address.
            _policy = result.Value is { } body ? SitePolicy.From(body) : SitePolicy.Nothing;
            DueIn(Life);
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            health.Failed("site", failure.Message, noConnection: false);
        }
    }
}
