using Microsoft.Extensions.Logging;

namespace Subscriptions.Paywall;

/// <summary>
/// Whether the service answers. While it does not, one request at a time finds out, and the others decide at once with what is
/// known, so that an outage costs no reader a time-out. Each outage is logged once at its begin and once at its end, both as warnings:
/// whoever reads of the one waits for the other.
/// </summary>
internal sealed class ServiceHealth(FeedState feed, TimeProvider time, PaywallMeters meters, ILogger<ServiceHealth> logger)
{
    private const int FailuresThatMeanDown = 3;
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private bool _down;
    private int _failuresInARow;
    private DateTimeOffset _nextProbeAt;
    private long _withoutService;

    public bool IsDown => Volatile.Read(ref _down);

    /// <summary>Whether a request may ask now; while the service is down one per second may.</summary>
    public bool MayAsk()
    {
        if (!IsDown)
            return true;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_down && now < _nextProbeAt && _nextProbeAt - now <= BetweenProbes)
                return false;
            _nextProbeAt = now + BetweenProbes;
            return true;
        }
    }

    public void Answered()
    {
        feed.Answered();
        if (Volatile.Read(ref _failuresInARow) == 0)
            return;
        lock (_lock)
        {
            _failuresInARow = 0;
            if (!_down)
                return;
            _down = false;
            logger.LogWarning("The subscription service answers again. {Decisions} decisions were made without it.", _withoutService);
            _withoutService = 0;
        }
    }

    /// <summary>Takes note of a call without a usable answer. One alone may be the fault of what was asked, so it takes three.</summary>
    public void Failed(string what, string why, bool noConnection)
    {
        meters.ServiceFailures.Add(1, new KeyValuePair<string, object?>("call", what));
        lock (_lock)
        {
            _nextProbeAt = time.GetUtcNow() + BetweenProbes;
            _failuresInARow++;
            if (_down || (!noConnection && _failuresInARow < FailuresThatMeanDown))
                return;
            _down = true;
            logger.LogWarning("The subscription service does not answer ({Call}: {Why}). Readers seen entitled before read on.", what, why);
        }
    }

    public void CountDecision(DecisionOutcome outcome)
    {
        Interlocked.Increment(ref _withoutService);
        meters.DecisionsWithoutService.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));
    }
}
