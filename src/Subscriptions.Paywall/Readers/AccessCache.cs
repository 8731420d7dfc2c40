using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>A decision and how it came about.</summary>
/// <param name="Access">What it rests on; null if nothing is known of the reader.</param>
internal readonly record struct DecisionMade(Decision Decision, bool WithoutService, ReaderAccess? Access);

/// <summary>
/// What is known of readers: bounded, ordered by version, trusted while the change feed is heard, one question per reader under way.
/// </summary>
internal sealed class AccessCache
{
    private static readonly TimeSpan RecheckAfter = TimeSpan.FromSeconds(1.5);
    private const int RecheckJitterMilliseconds = 500;
    private const int QuestionsPerDecision = 2;
    private const int EpochsKept = 16;

    // Readers of the last minutes, whose answers stay as objects: nothing is made for their requests.
    private const int MostOpen = 10_000;
    private readonly ReaderTable _entries;
    private readonly OpenEntries _open;
    private readonly ServiceClient _service;
    private readonly ServiceHealth _health;
    private readonly ServiceTime _serviceTime;
    private readonly FeedState _feed;
    private readonly PaywallMeters _meters;
    private readonly TimeProvider _time;
    private readonly PaywallOptions _options;
    private readonly Func<ReaderEntry, string, Task<bool>> _ask;

    // When the feed was heard last in each of the latest epochs that are over.
    private readonly long[] _heardAtTicks = new long[EpochsKept];
    private readonly Lock _emptying = new();
    private int _epoch;

    public AccessCache(
        ServiceClient service, ServiceHealth health, ServiceTime serviceTime, FeedState feed, PaywallMeters meters, TimeProvider time,
        IOptions<PaywallOptions> options)
    {
        (_service, _health, _serviceTime, _feed, _meters, _time) = (service, health, serviceTime, feed, meters, time);
        _options = options.Value;
        _entries = new ReaderTable(_options.CacheEntries);
        _open = new OpenEntries(Math.Min(MostOpen, _options.CacheEntries));
        _ask = FetchAsync;
    }

    /// <summary>Decides from memory alone, without waiting; false if the service has to be asked.</summary>
    public bool TryDecide(string readerId, Requirement requirement, out Decision? decision, DateTimeOffset wall)
    {
        decision = null;
        return _entries.Use(readerId, wall) is { } entry && TryDecide(entry, AnswerOf(entry), requirement, out decision, wall);
    }

    private bool TryDecide(ReaderEntry entry, ReaderAnswer? answer, Requirement requirement, out Decision? decision, DateTimeOffset wall)
    {
        decision = null;
        if (answer is null)
            return false;
        var serviceNow = _serviceTime.ToServiceTime(wall);
        if (!IsFresh(entry, answer, wall, serviceNow))
            return false;
        decision = answer.Decide(requirement, serviceNow);
        return decision.Allowed || (wall >= answer.CheckedAt && wall < answer.RecheckAt);
    }

    /// <summary>Decides, asking the service if memory does not suffice; never throws, never waits longer than the set limit.</summary>
    /// <param name="known">What a signed cookie that still counts says of the reader, for the case that nothing else is known.</param>
    public async ValueTask<DecisionMade> DecideAsync(string readerId, Requirement requirement, KnownReader? known)
    {
        var entry = _entries.UseOrAdd(readerId, _time.GetUtcNow());
        for (var i = 0; i < QuestionsPerDecision; i++)
        {
            var (generation, seen) = (entry.Generation, AnswerOf(entry));
            if (TryDecide(entry, seen, requirement, out var remembered, _time.GetUtcNow()))
                return new(remembered!, false, seen?.Access);
            if (!(entry.IsAsking || _health.MayAsk()))
                break;
            var answered = entry.AskAsync(readerId, seen, _ask);
            if (!await RequestWait.IsOverAsync(answered) || !await answered)
                break;
            if (AnswerOf(entry) is { } answer && (answer.Generation >= generation || i == QuestionsPerDecision - 1))
                return new(answer.Decide(requirement, _serviceTime.Now), false, answer.Access);
        }

        var (decision, access) = DecideWithoutService(entry, AnswerOf(entry), requirement, known);
        _health.CountDecision(decision.Outcome);
        return new(decision, true, access);
    }

    /// <summary>The notice to show above a page that asks nothing of its reader.</summary>
    public async ValueTask<ReaderNotice?> NoticeAsync(string readerId) =>
        (await DecideAsync(readerId, Requirement.Registered, null)).Decision.Notice;

    /// <summary>The version of the latest answer about a reader; null if there is none, or the service knows nobody of that id.</summary>
    public long? VersionOf(string readerId) => _entries.Find(readerId)?.Glance?.Access?.Version;

    /// <summary>The next request asks the service again.</summary>
    public void Forget(string readerId) => _entries.Find(readerId)?.Forget(_time.GetUtcNow());

    /// <summary>A change was announced: unless its version is here already, the next request asks again.</summary>
    public void Changed(string readerId, long version)
    {
        if (_entries.Find(readerId) is { } entry && (entry.IsAsking || entry.Glance?.Access is not { } access || access.Version < version))
            entry.Forget(_time.GetUtcNow());
    }

    /// <summary>Nothing that is here may be trusted any longer, except while the service is down.</summary>
    public void Empty()
    {
        lock (_emptying)
        {
            _heardAtTicks[_epoch % EpochsKept] = _feed.HeardAtTicks;
            Interlocked.Increment(ref _epoch);
        }
    }

    private bool IsFresh(ReaderEntry entry, ReaderAnswer answer, DateTimeOffset wall, DateTimeOffset serviceNow)
    {
        if (answer.Epoch != Volatile.Read(ref _epoch) || answer.Generation != entry.Generation)
            return false;
        // An answer that was already past its own end when it came is all the service has to say, and is asked again in due time.
        var outlived = answer.ValidUntil <= serviceNow && answer.ServiceNow < answer.ValidUntil;
        if (outlived)
            return false;
        var recent = wall >= answer.CheckedAt && wall < answer.RecheckAt;
        return recent || (_feed.IsHeard(wall) && !(answer.ValidUntil <= serviceNow));
    }

    private ReaderAnswer? AnswerOf(ReaderEntry entry)
    {
        if (entry.IsOpen || entry.Answer is not { } opened)
            return entry.Answer;
        _open.Add(entry);
        return opened;
    }

    private async Task<bool> FetchAsync(ReaderEntry entry, string readerId)
    {
        try
        {
            return await AskServiceAsync(entry, readerId);
        }
        finally
        {
            entry.Landed();
        }
    }

    private async Task<bool> AskServiceAsync(ReaderEntry entry, string readerId)
    {
        var (generation, epoch) = (entry.Generation, Volatile.Read(ref _epoch));
        _meters.Lookups.Add(1);
        var result = await _service.EntitlementsAsync(readerId);
        if (result.Outcome == CallOutcome.Unreachable)
            return false;

        var wall = _time.GetUtcNow();
        if (result.Value is not { } answer)
        {
            Offer(entry, new ReaderAnswer(null, _serviceTime.Now, null, wall, RecheckAt(readerId, wall), epoch, generation));
            return true;
        }

        if (_serviceTime.Heard(answer.Now, result.AskedAt, result.HeardAt))
        {
            Empty();
            epoch = Volatile.Read(ref _epoch);
        }

        var recheckAt = RecheckAt(readerId, wall);
        Offer(entry, new ReaderAnswer(answer.Access, answer.Now, answer.ValidUntil, wall, recheckAt, epoch, generation));
        return true;
    }

    private void Offer(ReaderEntry entry, ReaderAnswer answer)
    {
        entry.Offer(answer);
        _open.Add(entry);
    }

    // Readers met in the same instant must not all be asked about again in the same instant.
    private static DateTimeOffset RecheckAt(string readerId, DateTimeOffset wall) =>
        wall + RecheckAfter
        + TimeSpan.FromMilliseconds((uint)HashCode.Combine(readerId, wall.Ticks) % RecheckJitterMilliseconds);

    private (Decision Decision, ReaderAccess? Access) DecideWithoutService(
        ReaderEntry entry, ReaderAnswer? answer, Requirement requirement, KnownReader? known)
    {
        var now = _serviceTime.Now;
        var vouchedUntil = answer is null ? DateTimeOffset.MinValue : VouchedUntil(entry, answer);
        var recent = answer is not null && _time.GetUtcNow() - vouchedUntil <= _options.StaleFor ? answer.Access : null;
        if (recent is not null && AccessMatcher.Decide(requirement, recent, now) is { Allowed: true } allowed)
            return (allowed, recent);
        // The cookie does not speak against an answer that is later than itself and refuses, or has ended.
        var access = known is not null && (known.EntitledAt > vouchedUntil || answer!.Decide(requirement, now).Allowed) ? known.Access : recent;
        if (access is not null && AccessMatcher.Decide(requirement, access, now) is { Allowed: true } vouched)
            return (vouched, access);
        // Nobody comes here without a pass of ours or a cookie that vouches for her, which is enough for registered readers.
        var notice = access?.Notice;
        var decision = requirement.Kind is RequirementKind.Registered or RequirementKind.Metered
            ? new Decision(requirement, DecisionOutcome.Allowed, DecisionReason.SignedIn, NextStep.None, Notice: notice)
            : AccessMatcher.ServiceUnreachable(requirement, notice);
        return (decision, access);
    }

    // While the feed is heard and tells no change, an answer is as good as one that was asked for just now.
    private DateTimeOffset VouchedUntil(ReaderEntry entry, ReaderAnswer answer)
    {
        var heard = HeardAtTicks(answer.Epoch);
        if (answer.Generation != entry.Generation)
            heard = Math.Min(heard, entry.ForgottenAt * TimeSpan.TicksPerMinute);
        return heard > answer.CheckedAt.UtcTicks ? new DateTimeOffset(heard, TimeSpan.Zero) : answer.CheckedAt;
    }

    private long HeardAtTicks(int epoch)
    {
        lock (_emptying)
            return epoch == _epoch ? _feed.HeardAtTicks : _epoch - epoch <= EpochsKept ? _heardAtTicks[epoch % EpochsKept] : 0;
    }
}
