namespace Subscriptions.Paywall;

/// <summary>When the change feed was heard last.</summary>
internal sealed class FeedState(TimeProvider time)
{
    private static readonly long TrustedTicks = TimeSpan.FromSeconds(5).Ticks;

    private static readonly long ComesBackTicks = TimeSpan.FromSeconds(4).Ticks;

    // While there is no feed, the service is asked something else at each attempt to open one: every 13 s at least.
    private static readonly long AnswerCountsTicks = TimeSpan.FromSeconds(15).Ticks;

    // Another thread may hear it after the caller looked at the clock; more than that means that the clock was set back.
    private static readonly long AheadTicks = TimeSpan.FromSeconds(1).Ticks;
    private long _heardAtTicks = long.MinValue / 2;
    private long _lostAtTicks;
    private long _answeredAtTicks;

    /// <summary>The wall time in ticks up to which every change was heard of; below any real one if there never was a feed.</summary>
    public long HeardAtTicks => Volatile.Read(ref _heardAtTicks);

    /// <summary>Whether the feed has been away for longer than it takes to come back.</summary>
    public bool IsLost(DateTimeOffset wall) => Volatile.Read(ref _lostAtTicks) is > 0 and var lostAt && wall.UtcTicks - lostAt > ComesBackTicks;

    /// <summary>
    /// Whether the service has fallen silent: the feed is lost, and nothing else is answered either. Nobody need be led to it unasked, even if no question of ours
    /// has failed yet. Where something in between breaks the feed alone, the service is not silent.
    /// </summary>
    public bool IsSilent(DateTimeOffset wall) =>
        IsLost(wall) && wall.UtcTicks - Volatile.Read(ref _answeredAtTicks) is var since && (since < 0 || since > AnswerCountsTicks);

    public void Heard()
    {
        Volatile.Write(ref _heardAtTicks, time.GetUtcNow().UtcTicks);
        Volatile.Write(ref _lostAtTicks, 0);
    }

    /// <summary>The service answered something. What it did before the feed was lost says nothing of now.</summary>
    public void Answered()
    {
        if (Volatile.Read(ref _lostAtTicks) > 0)
            Volatile.Write(ref _answeredAtTicks, time.GetUtcNow().UtcTicks);
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
