namespace Subscriptions.Sandbox.Tests;

/// <summary>Wall time that a test sets by hand. Timers keep running on the machine's own.</summary>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private DateTimeOffset now = start;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now;
    }

    public void Pass(TimeSpan span)
    {
        lock (gate) now += span;
    }
}
