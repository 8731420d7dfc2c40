namespace Subscriptions.Paywall;

/// <summary>When the change feed was heard last.</summary>
internal sealed class FeedState(TimeProvider time)
{
    private static readonly long TrustedTicks = TimeSpan.FromSeconds(5).Ticks;

    // Another thread may hear it after the caller looked at the clock; more than that means that the clock was set back.
    private static readonly long AheadTicks = TimeSpan.FromSeconds(1).Ticks;
    private long _heardAtTicks = long.MinValue / 2;

    /// <summary>The wall time in ticks up to which every change was heard of; below any real one if there never was a feed.</summary>
    public long HeardAtTicks => Volatile.Read(ref _heardAtTicks);

    public void Heard() => Volatile.Write(ref _heardAtTicks, time.GetUtcNow().UtcTicks);

    /// <summary>Whether a change would have been heard of: only then may an answer be trusted until its own end.</summary>
    public bool IsHeard(DateTimeOffset wall)
    {
        var since = wall.UtcTicks - Volatile.Read(ref _heardAtTicks);
        return since >= -AheadTicks && since <= TrustedTicks;
    }
}
