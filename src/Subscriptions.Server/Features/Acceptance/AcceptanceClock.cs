using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Acceptance;

/// <summary>Billing time that runs at wall speed and moves on when the acceptance needs the next date.</summary>
internal sealed class AcceptanceClock(TimeProvider wall) : BillingClock
{
    private long ahead;

    /// <inheritdoc />
    public override DateTimeOffset Now => wall.GetUtcNow().AddTicks(Interlocked.Read(ref ahead));

    /// <summary>Moves on to a moment; never back.</summary>
    public void MoveTo(DateTimeOffset moment) => Interlocked.Add(ref ahead, Math.Max(0, (moment - Now).Ticks));
}
