using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Paywall;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>How metered articles are counted.</summary>
/// <param name="Articles">How many may be read in one window.</param>
/// <param name="Window"><c>CalendarMonth</c> or <c>Rolling</c>.</param>
/// <param name="Days">The length of a rolling window.</param>
/// <param name="Zone">Whose months are meant.</param>
public sealed record MeterAnswer(int Articles, MeterWindow Window, int Days, string Zone);

/// <summary>Whoever comes from these addresses may read.</summary>
/// <param name="Kind">The kind of the grant.</param>
/// <param name="Record">Which institution or crawler.</param>
/// <param name="Addresses">Networks.</param>
/// <param name="Entitlements">What they open; <c>*</c> for everything.</param>
/// <param name="UserAgent">A part of the header that a crawler sends as well.</param>
/// <param name="Until">Null while there is no end.</param>
public sealed record NetworkAnswer(
    string Kind, string Record, IReadOnlyList<string> Addresses, IReadOnlyList<string> Entitlements, string? UserAgent, DateTimeOffset? Until);

/// <summary>A region in which everybody may read.</summary>
public sealed record RegionAnswer(string Region, IReadOnlyList<string> Entitlements, DateTimeOffset? Until);

/// <summary>What a website has to know to decide about visits.</summary>
/// <param name="SiteId">Whose key asked; null for a key of the API.</param>
/// <param name="Meter">Null while nothing is counted.</param>
/// <param name="GiftsPerMonth">Articles that a subscriber may give in a month; 0: none.</param>
/// <param name="Networks">Grants by address.</param>
/// <param name="OpenRegions">Grants by region.</param>
/// <param name="Origins">Where the site is registered; browsers are led back to these alone. Null for a key of the API.</param>
public sealed record SitePolicyAnswer(
    string? SiteId, MeterAnswer? Meter, int GiftsPerMonth, IReadOnlyList<NetworkAnswer> Networks, IReadOnlyList<RegionAnswer> OpenRegions, IReadOnlyList<string>? Origins)
{
    /// <summary>The settings, as websites are told.</summary>
    public static SitePolicyAnswer Of(string? siteId, IReadOnlyList<string>? origins, GateSettings gate, InstitutionsSettings institutions, PublisherHours hours) => new(
        siteId,
        gate.Meter is { } meter ? new MeterAnswer(meter.Articles, meter.Window, meter.Days, meter.Zone.Id) : null,
        gate.GiftsPerMonth,
        [.. institutions.All.Where(one => one.Ranges.Count > 0).Select(one => Of(one, hours)), .. gate.Crawlers.Select(one => new NetworkAnswer(GrantKinds.Crawler, one.Name, [.. one.Ranges.Select(range => range.ToString())], [Grant.Everything], one.UserAgent, null))],
        [.. gate.OpenRegions.Select(one => new RegionAnswer(one.Region, [AccessRules.Subscriber, .. one.Entitlements], one.Until))],
        origins);

    private static NetworkAnswer Of(InstitutionSettings one, PublisherHours hours) => new(
        GrantKinds.Institution, one.Institution.Id, [.. one.Ranges.Select(range => range.ToString())], [AccessRules.Subscriber, .. one.Institution.Entitlements], null,
        one.Institution.LastDay is { } last ? hours.StartOf(last.AddDays(1)) : null);
}
