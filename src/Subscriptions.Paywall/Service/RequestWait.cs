using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// How long a request may still wait for the service: <see cref="PaywallOptions.RequestTimeout"/> for all its questions together. What is
/// asked goes on when nobody waits for it any longer, since other requests may wait for the same answer, and the next one finds it.
/// </summary>
internal sealed class RequestWait
{
    private static readonly AsyncLocal<RequestWait?> Present = new();
    private long _leftTicks;

    private RequestWait(TimeSpan most) => _leftTicks = most.Ticks;

    private TimeSpan Left => TimeSpan.FromTicks(Math.Max(0, Volatile.Read(ref _leftTicks)));

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
            await answer.WaitAsync(wait.Left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Add(ref wait._leftTicks, -Stopwatch.GetElapsedTime(begun).Ticks);
            if (!answer.IsCompleted)
                return false;
        }

        await answer;
        return true;
    }
}
