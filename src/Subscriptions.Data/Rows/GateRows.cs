using Subscriptions.Domain;

namespace Subscriptions.Data.Rows;

/// <summary>The metered articles that were counted for a reader; forgotten when the last of them counts no longer.</summary>
public sealed class MeterRow
{
    public required ReaderId ReaderId { get; set; }

    /// <summary>Short names of articles with the times at which they were counted, as JSON. Hashes: whoever has a list of all articles could find them again, so they are forgotten in time.</summary>
    public required string Counted { get; set; }

    /// <summary>From when on nothing in it counts.</summary>
    public DateTimeOffset ForgetAt { get; set; }

    public int Version { get; set; }
}

/// <summary>An article that a reader gave by a link.</summary>
public sealed class GiftRow
{
    public required string Id { get; set; }

    /// <summary>Who gave it.</summary>
    public required ReaderId ReaderId { get; set; }

    public required string SiteId { get; set; }

    public required string Article { get; set; }

    /// <summary>The month in which it was given, such as <c>2026-11</c>.</summary>
    public required string Month { get; set; }

    /// <summary>Its place among hers of that month, from 1; each is given once.</summary>
    public int Number { get; set; }

    public DateTimeOffset GivenAt { get; set; }

    public DateTimeOffset EndsAt { get; set; }

    public int MostUses { get; set; }

    public int Uses { get; set; }
}

/// <summary>A browser that came by a gift link.</summary>
public sealed class GiftUseRow
{
    public required string GiftId { get; set; }

    /// <summary>The browser's own number at the website.</summary>
    public required string Visit { get; set; }

    public DateTimeOffset At { get; set; }
}
