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
    int Generation)
{
    private volatile Made? _lastMade;

    /// <summary>The packed form that the entry keeps: which answer this is, however often it was unpacked.</summary>
    public byte[]? Packed { get; set; }

    /// <summary>Decides by it; a repeated question within the decision's life costs a comparison.</summary>
    public Decision Decide(Requirement requirement, DateTimeOffset serviceNow)
    {
        if (_lastMade is { } last && ReferenceEquals(last.Answer, this) && last.Decision.Requirement.Equals(requirement)
            && serviceNow >= last.At && (last.Decision.ValidUntil is null || serviceNow < last.Decision.ValidUntil))
            return last.Decision;
        var decision = AccessMatcher.Decide(requirement, Access, serviceNow);
        _lastMade = new Made(this, decision, serviceNow);
        return decision;
    }

    private sealed record Made(ReaderAnswer Answer, Decision Decision, DateTimeOffset At);
}

/// <summary>
/// One reader's place in memory: the latest answer, and the one question that may be under way. The answer is kept packed; of readers who were here
/// just now it is open as well.
/// </summary>
internal sealed class ReaderEntry(string readerId = "")
{
    private static readonly Task<bool> AnsweredMeanwhile = Task.FromResult(true);
    private volatile byte[] _packed = ReaderPacking.Pack(readerId);
    private volatile ReaderAnswer? _open;
    private Task<bool>? _flight;
    private int _generation;

    /// <summary>The next entry of the same place of the table.</summary>
    public ReaderEntry? Next;

    /// <summary>Of the id.</summary>
    public int Hash { get; init; }

    /// <summary>The minute of the last use; see <see cref="ReaderTable"/>.</summary>
    public int UsedAt { get; set; }

    /// <summary>The minute in which the present answer was forgotten; 0 while it was not. The feed vouches for it no longer than that.</summary>
    public int ForgottenAt { get; private set; }

    public ReaderAnswer? Answer => _open ?? Open();

    /// <summary>The same without keeping it open.</summary>
    public ReaderAnswer? Glance => _open ?? ReaderPacking.Unpack(_packed);

    public bool IsOpen => _open is not null;

    public int Generation => Volatile.Read(ref _generation);

    public bool IsAsking => _flight is { IsCompleted: false };

    public bool IsOf(string readerId) => ReaderPacking.IsOf(_packed, readerId);

    /// <summary>Makes the present answer, and one still under way, too old to be trusted; they stay for the case that the service is down.</summary>
    public void Forget(DateTimeOffset now)
    {
        lock (this)
        {
            Interlocked.Increment(ref _generation);
            if (ForgottenAt == 0)
                ForgottenAt = ReaderTable.MinuteOf(now);
        }
    }

    /// <summary>Keeps the packed answer only.</summary>
    public void Close() => _open = null;

    /// <summary>Takes an answer unless a newer one is here: the higher version wins, and among equals the later time.</summary>
    public void Offer(ReaderAnswer offered)
    {
        // An object for the lock alone would be a sixth of the entry.
        lock (this)
        {
            if (Glance is { Access: { } held } present && offered.Access is { } late && present.Epoch == offered.Epoch
                && (late.Version, offered.ServiceNow).CompareTo((held.Version, present.ServiceNow)) < 0)
                return;
            offered.Packed = ReaderPacking.Pack(_packed, offered);
            (_packed, _open) = (offered.Packed, offered);
            if (offered.Generation == Generation)
                ForgottenAt = 0;
        }
    }

    /// <summary>Joins the question that is under way, or begins one, unless an answer came since the caller looked.</summary>
    /// <param name="seen">The answer that the caller found wanting.</param>
    public Task<bool> AskAsync(string readerId, ReaderAnswer? seen, Func<ReaderEntry, string, Task<bool>> ask)
    {
        lock (this)
        {
            if (_flight is { IsCompleted: false } underWay)
                return underWay;
            if (seen is null ? ReaderPacking.HoldsAnswer(_packed) : !ReferenceEquals(_packed, seen.Packed))
                return AnsweredMeanwhile;
            var flight = ask(this, readerId);
            _flight = flight.IsCompleted ? null : flight;
            return flight;
        }
    }

    /// <summary>The question under way is answered, or will not be: what it ran on is let go.</summary>
    public void Landed()
    {
        lock (this)
            _flight = null;
    }

    private ReaderAnswer? Open()
    {
        lock (this)
            return _open ??= ReaderPacking.Unpack(_packed);
    }
}
