using System.Text.Json.Serialization;

namespace Subscriptions.Sandbox.Clock;

/// <summary>The body of <c>POST /clock/advance</c>: one of the three.</summary>
/// <param name="Days">Whole days, 1 to 3660.</param>
/// <param name="Hours">Whole hours, 1 to 87840.</param>
/// <param name="To">An instant ahead of the clock, ten years at most.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AdvanceRequest(int? Days = null, int? Hours = null, DateTimeOffset? To = null);

/// <summary>How far somebody wants the clock to go.</summary>
public abstract record AdvanceWish
{
    /// <summary>The farthest that one move may go.</summary>
    public static readonly TimeSpan Farthest = TimeSpan.FromDays(3660);

    /// <summary>By a span.</summary>
    public sealed record By(TimeSpan Span) : AdvanceWish;

    /// <summary>To an instant.</summary>
    public sealed record Until(DateTimeOffset At) : AdvanceWish;

    /// <summary>The instant that is meant, seen from <paramref name="now"/>.</summary>
    public DateTimeOffset Target(DateTimeOffset now) => this switch
    {
        By by => now + by.Span,
        Until until => until.At,
        _ => throw new InvalidOperationException("Unknown wish."),
    };

    /// <summary>Reads a request; what is wrong with it comes back by field.</summary>
    public static (AdvanceWish? Wish, Dictionary<string, string[]> Errors) Read(AdvanceRequest? request, DateTimeOffset now)
    {
        var given = new object?[] { request?.Days, request?.Hours, request?.To }.Count(part => part is not null);
        if (given != 1) return Wrong("", "Give exactly one of \"days\", \"hours\" and \"to\".");
        if (request!.To is { } to) return ReadInstant(to, now);
        return request.Days is { } days
            ? ReadSpan("days", days, TimeSpan.FromDays(1))
            : ReadSpan("hours", request.Hours!.Value, TimeSpan.FromHours(1));
    }

    private static (AdvanceWish?, Dictionary<string, string[]>) ReadSpan(string field, int count, TimeSpan unit)
    {
        var most = (int)(Farthest / unit);
        return count < 1 || count > most
            ? Wrong(field, $"Must be a whole number from 1 to {most}.")
            : (new By(count * unit), []);
    }

    private static (AdvanceWish?, Dictionary<string, string[]>) ReadInstant(DateTimeOffset to, DateTimeOffset now)
    {
        if (to <= now) return Wrong("to", "Must be ahead of the clock, which never goes back.");
        return to - now > Farthest ? Wrong("to", "Must be within ten years of the clock.") : (new Until(to), []);
    }

    private static (AdvanceWish?, Dictionary<string, string[]>) Wrong(string field, string message) =>
        (null, new Dictionary<string, string[]> { [field] = [message] });
}
