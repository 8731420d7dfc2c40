namespace Subscriptions.Server.Hosting;

/// <summary>
/// The clock of the trade: due dates, periods, notices, entitlements and mail back-off are judged by it.
/// Wall time (cookies, signatures, leases, time-outs) stays with <see cref="TimeProvider"/>, so that a host
/// that moves this clock by weeks signs nobody out.
/// </summary>
public abstract class BillingClock
{
    /// <summary>The present instant in UTC.</summary>
    public abstract DateTimeOffset Now { get; }
}

/// <summary>Billing time as the machine tells it.</summary>
public sealed class SystemBillingClock(TimeProvider time) : BillingClock
{
    /// <inheritdoc />
    public override DateTimeOffset Now => time.GetUtcNow();
}
