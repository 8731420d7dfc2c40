namespace Subscriptions.Paywall;

/// <summary>
/// Sessions that ended before their passes' time was up. A pass outlives its session by an hour at most, so a bounded memory does.
/// </summary>
internal sealed class RevokedSessions(TimeProvider time)
{
    private const int Most = 200_000;
    private readonly BoundedMemory<SessionLimit> _sessions = new(Most);
    private volatile bool _any;
    private long _doubtedBeforeTicks;

    public void Add(string sessionId, SessionLimit? limit = null)
    {
        _sessions.Set(sessionId, limit ?? SessionLimit.None);
        _any = true;
    }

    public bool Contains(string sessionId) => _any && _sessions.TryGet(sessionId, out _);

    /// <summary>The limit that ended a session; null if it was ended by somebody, or has not ended.</summary>
    public SessionLimit? LimitOf(string sessionId) =>
        _any && _sessions.TryGet(sessionId, out var limit) && limit != SessionLimit.None ? limit : null;

    /// <summary>Revocations may have been missed: every pass of before now is to be proven by its handle.</summary>
    public void DoubtAllSoFar()
    {
        // A pass tells whole seconds: one of this very second may be younger than the doubt.
        var now = time.GetUtcNow().UtcTicks;
        Volatile.Write(ref _doubtedBeforeTicks, now - (now % TimeSpan.TicksPerSecond));
    }

    public bool Doubts(VerifiedPass pass) => pass.IssuedAt.UtcTicks < Volatile.Read(ref _doubtedBeforeTicks);
}

/// <summary>A session had to make room for a later one of the same reader.</summary>
/// <param name="Sessions">How many at once the service allows; null if it did not say.</param>
internal sealed record SessionLimit(int? Sessions)
{
    /// <summary>In the place of a limit where none ended the session.</summary>
    public static readonly SessionLimit None = new(0);
}
