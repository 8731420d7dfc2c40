namespace Subscriptions.Data.Rows;

/// <summary>
/// One card, whoever laid it down. Every try raises its version in the transaction that begins the try, so that of two who
/// count its tries at once one loses and counts again.
/// </summary>
public sealed class CardTriesRow
{
    /// <summary>The card's fingerprint at the gateway, or the id of the stored method where it has none.</summary>
    public required string Card { get; set; }

    /// <summary>Rises with every try.</summary>
    public int Version { get; set; }
}

/// <summary>How many subscriptions may still end on a day, where the publisher limits them.</summary>
public sealed class EndingDayRow
{
    /// <summary>A local date of the publisher's.</summary>
    public DateOnly Day { get; set; }

    /// <summary>Places that are taken.</summary>
    public int Taken { get; set; }
}

/// <summary>The day on which a subscription's end has a place. Once given it is kept: who was due first ends first.</summary>
public sealed class EndingPlaceRow
{
    /// <summary>The subscription.</summary>
    public required Domain.SubscriptionId SubscriptionId { get; set; }

    /// <summary>Its dunning case.</summary>
    public int CaseNumber { get; set; }

    /// <summary>The day.</summary>
    public DateOnly Day { get; set; }
}
