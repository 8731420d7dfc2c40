namespace Subscriptions.Paywall;

/// <summary>
/// What a request shows beside its reader: where it comes from, what was given for this one article, and how many articles were counted.
/// Whoever is signed in brings both; her own grants are looked at first.
/// </summary>
/// <param name="Grants">Grants of the visit: an institution's addresses, a region, a verified crawler, a gift link, a preview.</param>
/// <param name="Meter">How the meter stands; null while nothing is counted.</param>
/// <param name="GiftIsSpent">The request came by a gift link that is used up, over, or for another article.</param>
/// <param name="GiftWaits">It came by a gift link that nobody can count at the moment.</param>
/// <param name="MeterWaits">It is a browser's guess at the next page: the meter would allow it, and counts it when the page is wanted.</param>
public sealed record Visit(IReadOnlyList<Grant> Grants, MeterReading? Meter = null, bool GiftIsSpent = false, bool GiftWaits = false, bool MeterWaits = false)
{
    /// <summary>A visit that shows nothing.</summary>
    public static Visit None { get; } = new([]);
}
