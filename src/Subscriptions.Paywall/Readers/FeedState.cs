namespace Subscriptions.Paywall;

/// <summary>When the change feed was heard last.</summary>
internal sealed class FeedState(TimeProvider time)
{
    private static readonly long TrustedTicks = TimeSpan.FromSeconds(5).Ticks;

    private static readonly long ComesBackTicks = TimeSpan.FromSeconds(4).Ticks;

    // Another thread may hear it after the caller looked at the clock; more than that means that the clock was set back.
    private static readonly long AheadTicks = TimeSpan.FromSeconds(1).Ticks;
    private long _heardAtTicks = long.MinValue / 2;
    private long _lostAtTicks;

    /// <summary>The wall time in ticks up to which every change was heard of; below any real one if there never was a feed.</summary>
    public long HeardAtTicks => Volatile.Read(ref _heardAtTicks);

    /// <summary>
    /// Whether the service has fallen silent for longer than a feed takes to come back: nobody need be led to it unasked, even if no question of ours has failed yet.
    /// </summary>
    public bool IsSilent(DateTimeOffset wall) => Volatile.Read(ref _lostAtTicks) is > 0 and var lostAt && wall.UtcTicks - lostAt > ComesBackTicks;

    public void Heard()
    {
        Volatile.Write(ref _heardAtTicks, time.GetUtcNow().UtcTicks);
        Volatile.Write(ref _lostAtTicks, 0);
    }

    /// <summary>The connection broke, or could not be made.</summary>
    public void Lost() => Interlocked.CompareExchange(ref _lostAtTicks, time.GetUtcNow().UtcTicks, 0);

    /// <summary>Whether a change would have been heard of: only then may an answer be trusted until its own end.</summary>
    public bool IsHeard(DateTimeOffset wall)
    {
        var since = wall.UtcTicks - Volatile.Read(ref _heardAtTicks);
        return since >= -AheadTicks && since <= TrustedTicks;
    }
}
