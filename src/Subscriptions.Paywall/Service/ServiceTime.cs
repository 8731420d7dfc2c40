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

    /// <summary>
    /// Takes note of a time that the service told between two instants of wall time. Where the former is not known, it may have been told long ago: the service's time
    /// is then at least that, and only an answer can show that its clock was set back.
    /// </summary>
    /// <param name="askedAt">When the service was asked; null of what it told unasked.</param>
    /// <returns>True if its clock was moved by more than two seconds against ours, so that nothing remembered can be trusted.</returns>
    public bool Heard(DateTimeOffset serviceNow, DateTimeOffset? askedAt, DateTimeOffset heardAt)
    {
        lock (_lock)
        {
            var least = (serviceNow - heardAt).Ticks;
            var most = askedAt is { } begun ? (serviceNow - begun).Ticks : long.MaxValue;
            var jumped = _known && (least > _offsetTicks + JumpTicks || most < _offsetTicks - JumpTicks);
            var guess = askedAt is null ? least : least + ((most - least) / 2);
            Volatile.Write(ref _offsetTicks, _known && !jumped ? Math.Clamp(_offsetTicks, least, most) : guess);
            // Whatever is remembered came with an answer.
            _known |= askedAt is not null;
            return jumped;
        }
    }
}
