using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// How long a request may still wait for the service: <see cref="PaywallOptions.RequestTimeout"/> for all its questions together. What is
/// asked goes on when nobody waits for it any longer, since other requests may wait for the same answer, and the next one finds it.
/// </summary>
internal sealed class RequestWait
{
    // Of the time in which a request does not wait: nothing to speak of for a page, and enough for a connection that stays open for hours and decides again and again.
    private const int PartGivenBack = 10;
    private static readonly AsyncLocal<RequestWait?> Present = new();
    private readonly Lock _lock = new();
    private readonly TimeSpan _most;
    private TimeSpan _left;
    private long _countedAt = Stopwatch.GetTimestamp();

    private RequestWait(TimeSpan most) => _left = _most = most;

    /// <summary>From here on, to the end of the asynchronous method that calls it, every wait is one of this request.</summary>
    public static void Begin(HttpContext context, TimeSpan most)
    {
        if (context.Features.Get<RequestWait>() is not { } wait)
            context.Features.Set(wait = new RequestWait(most));
        Present.Value = wait;
    }

    /// <summary>From here on, to the end of the asynchronous method that calls it, waits are no request's: others may wait for its result.</summary>
    public static void Leave() => Present.Value = null;

    /// <summary>Waits for an answer that is under way; false if the request has waited long enough. Without a request it waits to the end.</summary>
    public static async ValueTask<bool> IsOverAsync(Task answer)
    {
        if (Present.Value is { } wait && !answer.IsCompleted)
        {
            var begun = Stopwatch.GetTimestamp();
            await answer.WaitAsync(wait.Left(begun)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait.Spend(begun, Stopwatch.GetTimestamp());
            if (!answer.IsCompleted)
                return false;
        }

        await answer;
        return true;
    }

    /// <summary>What may still be waited when a while has passed without waiting.</summary>
    public static TimeSpan After(TimeSpan left, TimeSpan passed, TimeSpan most)
    {
        var then = left + (passed / PartGivenBack);
        return then < TimeSpan.Zero ? TimeSpan.Zero : then < most ? then : most;
    }

    private TimeSpan Left(long now)
    {
        lock (_lock)
        {
            _left = After(_left, Stopwatch.GetElapsedTime(_countedAt, Math.Max(_countedAt, now)), _most);
            _countedAt = Math.Max(_countedAt, now);
            return _left;
        }
    }

    private void Spend(long begun, long now)
    {
        lock (_lock)
        {
            _left -= Stopwatch.GetElapsedTime(begun, now);
            _countedAt = Math.Max(_countedAt, now);
        }
    }
}
