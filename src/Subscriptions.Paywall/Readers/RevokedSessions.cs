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

    /// <summary>Revocations may have been missed: every pass that may be of before now is to be proven by its handle.</summary>
    public void DoubtAllSoFar() => Volatile.Write(ref _doubtedBeforeTicks, time.GetUtcNow().UtcTicks);

    /// <summary>
    /// Whether a pass may be of before the doubt. It tells its time by the service's clock, which may be ahead of ours; of one that was fetched here ours tells it.
    /// </summary>
    public bool Doubts(VerifiedPass pass) =>
        (pass.AskedAt ?? pass.IssuedAt - PassVerifier.ClockSkew).UtcTicks < Volatile.Read(ref _doubtedBeforeTicks);
}

/// <summary>A session had to make room for a later one of the same reader.</summary>
/// <param name="Sessions">How many at once the service allows; null if it did not say.</param>
internal sealed record SessionLimit(int? Sessions)
{
    /// <summary>In the place of a limit where none ended the session.</summary>
    public static readonly SessionLimit None = new(0);
}
