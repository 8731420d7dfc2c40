using System.Threading.RateLimiting;

namespace Subscriptions.Server.Adapters.Stripe;

/// <summary>
/// How fast this process calls Stripe, in wall time. In no second more calls leave than the limit says. The backlog has
/// four fifths of it, so that after an outage a reader who pays now waits for nobody's renewal.
/// </summary>
public sealed class StripePace : IDisposable
{
    // Permits come back a window after their segment began; a window of a second and one segment makes every second keep the limit.
    private const int SegmentsPerSecond = 10;

    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _usualPause = TimeSpan.FromSeconds(1);

    private readonly RateLimiter _all;
    private readonly RateLimiter _backlog;
    private readonly TimeProvider _time;
    private long _backlogFrom;

    /// <summary>One for the whole process.</summary>
    public StripePace(StripeSettings settings, TimeProvider time)
    {
        _time = time;
        _all = Limiter(settings.CallsPerSecond);
        _backlog = Limiter(Math.Max(1, settings.CallsPerSecond * 4 / 5));
    }

    /// <summary>Waits until a call may leave.</summary>
    /// <param name="backlog">True for work that nobody watches.</param>
    public async Task WaitAsync(bool backlog)
    {
        if (backlog)
        {
            for (var now = _time.GetUtcNow().UtcTicks; Interlocked.Read(ref _backlogFrom) is var from && from > now; now = _time.GetUtcNow().UtcTicks)
            {
                await Task.Delay(TimeSpan.FromTicks(from - now), _time);
            }

            using var own = await _backlog.AcquireAsync();
        }

        using var permit = await _all.AcquireAsync();
    }

    /// <summary>Stripe said that calls come too fast: the backlog pauses for as long as it asks, a second where it does not say.</summary>
    public void SlowDown(TimeSpan? asked)
    {
        var pause = asked is { } wish && wish > TimeSpan.Zero ? (wish < _longestPause ? wish : _longestPause) : _usualPause;
        var until = _time.GetUtcNow().Add(pause).UtcTicks;
        for (var known = Interlocked.Read(ref _backlogFrom); until > known; known = Interlocked.Read(ref _backlogFrom))
        {
            Interlocked.CompareExchange(ref _backlogFrom, until, known);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _all.Dispose();
        _backlog.Dispose();
    }

    // Waiting is bounded by the work that is claimed at a time, so the queue needs no bound of its own.
    private static SlidingWindowRateLimiter Limiter(int perSecond) => new(new SlidingWindowRateLimiterOptions
    {
        PermitLimit = perSecond,
        Window = TimeSpan.FromMilliseconds(1000 + (1000 / SegmentsPerSecond)),
        SegmentsPerWindow = SegmentsPerSecond + 1,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        AutoReplenishment = true,
    });
}
