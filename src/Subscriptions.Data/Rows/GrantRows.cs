using Subscriptions.Domain;
using Subscriptions.Domain.Access;

namespace Subscriptions.Data.Rows;

/// <summary>Access that was given to a reader beside any subscription.</summary>
public sealed class GrantRow
{
    public required string Id { get; set; }

    public required ReaderId ReaderId { get; set; }

    public GrantKind Kind { get; set; }

    /// <summary>What it opens beyond <c>subscriber</c>, as JSON.</summary>
    public required string Entitlements { get; set; }

    public DateTimeOffset From { get; set; }

    /// <summary>Null until it is withdrawn.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Where it was granted, where that is elsewhere.</summary>
    public string? Source { get; set; }

    /// <summary>Whom the reader asks about it: an address, a telephone number, a page.</summary>
    public string? Contact { get; set; }

    /// <summary>The giver's words, for staff; may speak of the reader, so it stands here and in no event.</summary>
    public string? Note { get; set; }

    public required string GivenBy { get; set; }

    public DateTimeOffset GivenAt { get; set; }

    public string? WithdrawnBy { get; set; }

    public DateTimeOffset? WithdrawnAt { get; set; }
}
