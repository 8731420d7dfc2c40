using System.Net;
using System.Text.Json;

namespace Subscriptions.Paywall;

/// <summary>What the service says of a website as a whole: who reads without signing in, and how many articles are free.</summary>
/// <param name="Meter">How metered articles are counted; null while they are not.</param>
/// <param name="Gifts">Whether subscribers may give articles by links.</param>
/// <param name="Networks">Grants by address.</param>
/// <param name="OpenRegions">Regions that are open to all, by their code in capital letters.</param>
internal sealed record SitePolicy(MeterRule? Meter, bool Gifts, AddressBook<NetworkGrant> Networks, IReadOnlyDictionary<string, Grant> OpenRegions)
{
    private const int MostNetworks = 100_000;

    /// <summary>Whose key the website has; null if the service does not tell.</summary>
    public string? SiteId { get; init; }

    /// <summary>The origins to which the service leads browsers back; null if it does not tell.</summary>
    public IReadOnlyList<string>? Origins { get; init; }

    public static SitePolicy Nothing { get; } = new(null, false, new([]), new Dictionary<string, Grant>());

    /// <exception cref="JsonException">The answer makes no sense.</exception>
    public static SitePolicy From(Wire.PolicyBody body)
    {
        if (body.Networks.Sum(one => one.Addresses.Count) > MostNetworks)
            throw new JsonException("There are too many networks.");
        return new(
            body.Meter is { } meter ? ToRule(meter) : null,
            body.GiftsPerMonth > 0,
            new AddressBook<NetworkGrant>(body.Networks.SelectMany(one => one.Addresses.Select(text => (ToNetwork(text), new NetworkGrant(one.UserAgent, ToGrant(one)))))),
            body.OpenRegions.DistinctBy(one => one.Region.ToUpperInvariant())
                .ToDictionary(one => one.Region.ToUpperInvariant(), one => new Grant(GrantKinds.Region, one.Region, one.Entitlements, null, one.Until)))
        {
            SiteId = body.SiteId,
            Origins = body.Origins,
        };
    }

    private static Grant ToGrant(Wire.NetworkBody body) => new(body.Kind, body.Record, body.Entitlements, null, body.Until);

    private static IPNetwork ToNetwork(string text) => AddressBook<NetworkGrant>.Parse(text) ?? throw new JsonException($"'{text}' is no network.");

    private static MeterRule ToRule(Wire.MeterBody body) =>
        body.Articles is > 0 and <= MeterRule.MostArticles && Enum.TryParse<MeterWindow>(body.Window, out var window) && Enum.IsDefined(window)
        && body.Days is > 0 and <= 366 && TimeZoneInfo.TryFindSystemTimeZoneById(body.Zone, out var zone)
            ? new MeterRule(body.Articles, window, body.Days, zone)
            : throw new JsonException("The meter is of a kind that is not known here.");
}

/// <summary>A grant of whoever comes from a network.</summary>
/// <param name="UserAgent">What the request must call itself as well, for crawlers; null for anything.</param>
/// <param name="Grant">What it opens.</param>
internal sealed record NetworkGrant(string? UserAgent, Grant Grant);
