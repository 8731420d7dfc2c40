namespace Subscriptions.Paywall;

/// <summary>What the service said about a reader, and when.</summary>
/// <param name="Access">Null if the service knows nobody of that id.</param>
/// <param name="ServiceNow">The service's time in the answer.</param>
/// <param name="ValidUntil">The first instant of the service's time at which the answer could change by itself.</param>
/// <param name="CheckedAt">Our wall time when the answer came.</param>
/// <param name="RecheckAt">When refusals, and without the feed everything, are to be asked again; jittered.</param>
/// <param name="Epoch">The number of times that the whole cache had been emptied when the question was asked.</param>
/// <param name="Generation">The number of times that this reader had been forgotten when the question was asked.</param>
internal sealed record ReaderAnswer(
    ReaderAccess? Access,
    DateTimeOffset ServiceNow,
    DateTimeOffset? ValidUntil,
    DateTimeOffset CheckedAt,
    DateTimeOffset RecheckAt,
    int Epoch,
    int Generation);

/// <summary>One reader's place in memory: the latest answer, and the one question that may be under way.</summary>
internal sealed class ReaderEntry
{
    private static readonly Task<bool> AnsweredMeanwhile = Task.FromResult(true);
    private readonly Lock _lock = new();
    private volatile ReaderAnswer? _answer;
    private volatile Made? _lastMade;
    private Task<bool>? _flight;
    private int _generation;

    public ReaderAnswer? Answer => _answer;

    public int Generation => Volatile.Read(ref _generation);

    /// <summary>Makes the present answer, and one still under way, too old to be trusted; they stay for the case that the service is down.</summary>
    public void Forget() => Interlocked.Increment(ref _generation);

    /// <summary>Takes an answer unless a newer one is here: the higher version wins, and among equals the later time.</summary>
    public void Offer(ReaderAnswer offered)
    {
        lock (_lock)
        {
            if (_answer is { Access: { } held } present && offered.Access is { } late && present.Epoch == offered.Epoch
                && (late.Version, offered.ServiceNow).CompareTo((held.Version, present.ServiceNow)) < 0)
                return;
            _answer = offered;
        }
    }

    /// <summary>Decides by an answer; a repeated question within the decision's life costs a comparison.</summary>
    public Decision Decide(ReaderAnswer answer, Requirement requirement, DateTimeOffset serviceNow)
    {
        if (_lastMade is { } last && ReferenceEquals(last.Answer, answer) && last.Decision.Requirement.Equals(requirement)
            && serviceNow >= last.At && (last.Decision.ValidUntil is null || serviceNow < last.Decision.ValidUntil))
            return last.Decision;
        var decision = AccessMatcher.Decide(requirement, answer.Access, serviceNow);
        _lastMade = new Made(answer, decision, serviceNow);
        return decision;
    }

    /// <summary>Joins the question that is under way, or begins one, unless an answer came since the caller looked.</summary>
    /// <param name="seen">The answer that the caller found wanting.</param>
    public Task<bool> AskAsync(string readerId, ReaderAnswer? seen, Func<ReaderEntry, string, Task<bool>> ask)
    {
        lock (_lock)
        {
            if (_flight is { IsCompleted: false } underWay)
                return underWay;
            if (!ReferenceEquals(_answer, seen))
                return AnsweredMeanwhile;
            return _flight = ask(this, readerId);
        }
    }

    public bool IsAsking => _flight is { IsCompleted: false };

    private sealed record Made(ReaderAnswer Answer, Decision Decision, DateTimeOffset At);
}
