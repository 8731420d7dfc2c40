namespace Subscriptions.Paywall;

/// <summary>
/// Sessions that ended before their passes' time was up. A pass outlives its session by an hour at most, so a bounded memory does.
/// </summary>
internal sealed class RevokedSessions(TimeProvider time)
{
    private const int Most = 200_000;
    private readonly BoundedMemory<bool> _sessions = new(Most);
    private volatile bool _any;
    private long _doubtedBeforeTicks;

    public void Add(string sessionId)
    {
        _sessions.Set(sessionId, true);
        _any = true;
    }

    public bool Contains(string sessionId) => _any && _sessions.TryGet(sessionId, out _);

    /// <summary>Revocations may have been missed: every pass of before now is renewed soon, which finds out.</summary>
    public void DoubtAllSoFar() => Volatile.Write(ref _doubtedBeforeTicks, time.GetUtcNow().UtcTicks);

    public bool Doubts(VerifiedPass pass) => pass.IssuedAt.UtcTicks < Volatile.Read(ref _doubtedBeforeTicks);
}
