using System.Diagnostics;
using System.Globalization;

namespace Subscriptions.Sandbox.Clock;

/// <summary>How long the clock waits for one moment's work.</summary>
/// <param name="StepLimit">Wall time after which a step that does not settle is given up.</param>
/// <param name="LookEvery">Wall time between two looks at whether a step has settled.</param>
public sealed record ClockAdvanceLimits(TimeSpan StepLimit, TimeSpan LookEvery)
{
    /// <summary>Thirty seconds a step, looked at every five milliseconds.</summary>
    public static ClockAdvanceLimits Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(5));
}

/// <summary>How a wish to move the clock ended.</summary>
public abstract record AdvanceOutcome
{
    /// <summary>The clock reached its target and everything due by then has run.</summary>
    public sealed record Arrived(DateTimeOffset From, DateTimeOffset Now, int Stops, TimeSpan Took) : AdvanceOutcome
    {
        /// <summary>One sentence for people.</summary>
        public string Summary => string.Create(CultureInfo.GetCultureInfo("en-GB"),
            $"Moved from {From:ddd d MMM yyyy HH:mm} to {Now:ddd d MMM yyyy HH:mm} UTC, stopping at {Stops} moments where something was due.");
    }

    /// <summary>Another move is under way.</summary>
    public sealed record AlreadyMoving : AdvanceOutcome;

    /// <summary>The target is not ahead of the clock.</summary>
    public sealed record NotAhead(DateTimeOffset Now) : AdvanceOutcome;

    /// <summary>This process does not keep the clock.</summary>
    public sealed record NotKeeper : AdvanceOutcome;

    /// <summary>A step did not settle in time; the clock stays where it is.</summary>
    public sealed record Stuck(DateTimeOffset Now, string Culprit) : AdvanceOutcome;
}

/// <summary>
/// Moves the clock from one due moment to the next, each time only when nothing is in flight, and waits until
/// everything due there has run. A move lives in memory only: one that was interrupted is not taken up again.
/// </summary>
public sealed class ClockAdvance(SandboxClock clock, IEnumerable<IDueMoments> parts, TimeProvider wall, ClockAdvanceLimits limits) : IDisposable
{
    private const int LooksPerNudge = 6;

    private readonly IReadOnlyList<IDueMoments> parts = [.. parts];
    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Keeps the clock from being moved until the answer is disposed of; null while a move is under way.</summary>
    public IDisposable? TryHold() => one.Wait(TimeSpan.Zero) ? new Hold(one) : null;

    /// <summary>The next moment at which anything is due, within the given span from now.</summary>
    public Task<DateTimeOffset?> NextDueAsync(TimeSpan within) => NextAsync(clock.Now + within);

    /// <summary>Moves to the instant that the wish names.</summary>
    public async Task<AdvanceOutcome> RunAsync(AdvanceWish wish, CancellationToken stopping)
    {
        if (!clock.IsKeeper) return new AdvanceOutcome.NotKeeper();
        if (!await one.WaitAsync(TimeSpan.Zero, CancellationToken.None)) return new AdvanceOutcome.AlreadyMoving();
        try
        {
            var from = clock.Now;
            var target = wish.Target(from);
            return target <= from ? new AdvanceOutcome.NotAhead(from) : await WalkAsync(from, target, stopping);
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => one.Dispose();

    private async Task<AdvanceOutcome> WalkAsync(DateTimeOffset from, DateTimeOffset target, CancellationToken stopping)
    {
        var started = wall.GetTimestamp();
        var stops = 0;
        while (true)
        {
            if (await SettleAsync(stopping) is { } culprit) return new AdvanceOutcome.Stuck(clock.Now, culprit);
            var now = clock.Now;
            if (now >= target) return new AdvanceOutcome.Arrived(from, now, stops, wall.GetElapsedTime(started));
            var next = await NextAsync(target);
            if (next is not null) stops++;
            clock.MoveTo(next ?? target);
        }
    }

    // Two quiet rounds, because a part asked first may have been handed work by one asked later.
    private async Task<string?> SettleAsync(CancellationToken stopping)
    {
        var started = wall.GetTimestamp();
        var looks = 0;
        for (var quiet = 0; quiet < 2;)
        {
            stopping.ThrowIfCancellationRequested();
            if (await UnsettledAsync() is not { } culprit)
            {
                quiet++;
                continue;
            }

            quiet = 0;
            if (wall.GetElapsedTime(started) > limits.StepLimit) return culprit;
            if (looks++ % LooksPerNudge == 0) await Task.WhenAll(parts.Select(part => part.NudgeAsync()));
            await Task.Delay(limits.LookEvery, wall, stopping);
        }

        return null;
    }

    private async Task<string?> UnsettledAsync()
    {
        foreach (var part in parts)
        {
            if (await part.BusyAsync()) return $"{part.Name} still has something in flight";
            if (await part.NextDueAsync(clock.Now) is { } due)
                return string.Create(CultureInfo.InvariantCulture, $"{part.Name} has not done what was due at {due:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");
        }

        return null;
    }

    private async Task<DateTimeOffset?> NextAsync(DateTimeOffset until)
    {
        DateTimeOffset? first = null;
        foreach (var part in parts)
        {
            if (await part.NextDueAsync(until) is { } due && (first is null || due < first)) first = due;
        }

        return first;
    }

    private sealed class Hold(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
