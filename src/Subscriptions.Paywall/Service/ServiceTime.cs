namespace Subscriptions.Paywall;

/// <summary>
/// The service's time, as far as a website can know it: its own wall time and the difference that answers and heartbeats show.
/// </summary>
internal sealed class ServiceTime(TimeProvider time)
{
    private static readonly long JumpTicks = TimeSpan.FromSeconds(2).Ticks;
    private readonly Lock _lock = new();
    private long _offsetTicks;
    private bool _known;

    /// <summary>The service's present instant.</summary>
    public DateTimeOffset Now => ToServiceTime(time.GetUtcNow());

    public DateTimeOffset ToServiceTime(DateTimeOffset wall) => wall.AddTicks(Volatile.Read(ref _offsetTicks));

    /// <summary>Takes note of a time that the service told between two instants of wall time.</summary>
    /// <returns>True if its clock was moved by more than two seconds against ours, so that nothing remembered can be trusted.</returns>
    public bool Heard(DateTimeOffset serviceNow, DateTimeOffset askedAt, DateTimeOffset heardAt)
    {
        lock (_lock)
        {
            var least = (serviceNow - heardAt).Ticks;
            var most = (serviceNow - askedAt).Ticks;
            var jumped = _known && (least > _offsetTicks + JumpTicks || most < _offsetTicks - JumpTicks);
            var offset = _known && !jumped ? Math.Clamp(_offsetTicks, least, most) : least + ((most - least) / 2);
            Volatile.Write(ref _offsetTicks, offset);
            _known = true;
            return jumped;
        }
    }
}
