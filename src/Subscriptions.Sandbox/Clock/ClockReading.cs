using System.Globalization;

namespace Subscriptions.Sandbox.Clock;

/// <summary>
/// What the clock file says: at wall time <paramref name="Wall"/> billing time was <paramref name="Billing"/>, and it
/// runs at wall speed until <paramref name="Until"/>, which the keeper moves ahead while it lives. Nobody reads a
/// later time than the one already promised on disk, so after a crash the clock can go on without going back.
/// </summary>
/// <param name="Moves">Raised by one at every move, so that others see that there was one.</param>
/// <param name="Epoch">Raised when the sandbox begins anew: the one occasion on which time may be earlier.</param>
public sealed record ClockReading(DateTimeOffset Billing, DateTimeOffset Wall, DateTimeOffset Until, long Moves, long Epoch)
{
    /// <summary>Billing time at this instant of wall time.</summary>
    public DateTimeOffset At(DateTimeOffset wall)
    {
        var end = wall < Until ? wall : Until;
        return end > Wall ? Billing + (end - Wall) : Billing;
    }

    /// <summary>The line that is kept in the file.</summary>
    public string ToLine() => string.Create(CultureInfo.InvariantCulture,
        $"{Billing.UtcTicks} {Wall.UtcTicks} {Until.UtcTicks} {Moves} {Epoch} # {Billing:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\n");

    /// <summary>Reads the line back; null when it is damaged.</summary>
    public static ClockReading? Parse(string line)
    {
        var numbers = new long[5];
        var words = line.Split(' ');
        if (words.Length < numbers.Length) return null;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!long.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
            if (i < 3 && numbers[i] > DateTimeOffset.MaxValue.Ticks) return null;
        }

        return new ClockReading(Utc(numbers[0]), Utc(numbers[1]), Utc(numbers[2]), numbers[3], numbers[4]);
    }

    private static DateTimeOffset Utc(long ticks) => new(ticks, TimeSpan.Zero);
}
