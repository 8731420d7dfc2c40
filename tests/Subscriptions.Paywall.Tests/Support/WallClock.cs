namespace Subscriptions.Paywall.Tests.Support;

/// <summary>Wall time that stands until it is moved. Timers stay real.</summary>
public sealed class WallClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero).UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Asks until the answer is yes, or the deadline passes.</summary>
    public static async Task IsTrueAsync(Func<Task<bool>> ask, string what)
    {
        var begun = System.Diagnostics.Stopwatch.StartNew();
        while (!await ask())
        {
            if (begun.Elapsed > Deadline)
                Assert.Fail($"Within {Deadline.TotalSeconds} s it did not happen that {what}.");
            await Task.Yield();
        }
    }

    public static Task IsTrueAsync(Func<bool> ask, string what) => IsTrueAsync(() => Task.FromResult(ask()), what);
}
