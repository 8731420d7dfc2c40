using System.Globalization;
using System.Net;
using Subscriptions.Paywall;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>What the gate lets through beside subscriptions.</summary>
public sealed record GateSettings
{
    /// <summary>How metered articles are counted; null while they are not.</summary>
    public MeterRule? Meter { get; init; }

    /// <summary>Articles that a subscriber may give in a month; 0: none.</summary>
    public int GiftsPerMonth { get; init; } = 10;

    /// <summary>Days for which a gift link is good.</summary>
    public int GiftDays { get; init; } = 14;

    /// <summary>Browsers that may come by one gift link.</summary>
    public int GiftUses { get; init; } = 5;

    /// <summary>Crawlers that may read everything.</summary>
    public IReadOnlyList<CrawlerSettings> Crawlers { get; init; } = [];

    /// <summary>Regions in which everybody may read.</summary>
    public IReadOnlyList<RegionSettings> OpenRegions { get; init; } = [];
}

/// <summary>A crawler.</summary>
/// <param name="Name">Shown to staff; the record of its grant.</param>
/// <param name="UserAgent">What its requests call themselves; a part of the header.</param>
/// <param name="Ranges">From where they come. Anybody can write a user agent.</param>
public sealed record CrawlerSettings(string Name, string UserAgent, IReadOnlyList<IPNetwork> Ranges);

/// <summary>A region that is open.</summary>
/// <param name="Region">Its code as the edge tells it, such as <c>UA</c>.</param>
/// <param name="Entitlements">What is open beyond <c>subscriber</c>.</param>
/// <param name="Until">Null until the setting is taken out.</param>
public sealed record RegionSettings(string Region, IReadOnlyList<string> Entitlements, DateTimeOffset? Until);

/// <summary>Reads <c>Metering</c>, <c>Gifts</c>, <c>Crawlers</c> and <c>OpenRegions</c>.</summary>
internal static class GateSection
{
    private const int LongestWindow = 366;
    private const int MostNetworks = 20_000;

    public static GateSettings Read(SettingsReader read, PublisherSettings? publisher)
    {
        var regions = read.Entries("OpenRegions").Select(entry => Region(read, entry)).OfType<RegionSettings>().ToList();
        foreach (var twin in regions.GroupBy(one => one.Region, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            read.Fail("OpenRegions", $"has {SettingsReader.Shown(twin.Key)} twice. Write each region once.");
        }

        var crawlers = read.Entries("Crawlers").Select(entry => Crawler(read, entry)).OfType<CrawlerSettings>().ToList();
        if (crawlers.Sum(one => one.Ranges.Count) > MostNetworks)
        {
            read.Fail("Crawlers", $"has more than {MostNetworks} networks. Write the ranges as few wide networks as their owners publish them.");
        }

        return Of(read, publisher, crawlers, regions);
    }

    private static GateSettings Of(SettingsReader read, PublisherSettings? publisher, IReadOnlyList<CrawlerSettings> crawlers, IReadOnlyList<RegionSettings> regions) => new()
    {
        Meter = Meter(read, publisher?.Hours.Zone ?? TimeZoneInfo.Utc),
        GiftsPerMonth = read.Number("Gifts:PerMonth", 10, 0, 1000, "articles"),
        GiftDays = read.Number("Gifts:Days", 14, 1, 90, "days"),
        GiftUses = read.Number("Gifts:Uses", 5, 1, 1000, "browsers"),
        Crawlers = crawlers,
        OpenRegions = regions,
    };

    /// <summary>Networks of a setting; each that is none is named.</summary>
    public static IReadOnlyList<IPNetwork> Networks(SettingsReader read, string setting)
    {
        List<IPNetwork> networks = [];
        foreach (var text in read.Texts(setting))
        {
            // The parser takes any address within the network for its first: whoever mistook one would open more than was meant.
            if (AddressBook<string>.Parse(text) is { PrefixLength: > 0 } network && IPAddress.TryParse(text.Split('/')[0], out var first) && first.Equals(network.BaseAddress))
            {
                networks.Add(network);
            }
            else
            {
                read.Fail(setting, $"has {SettingsReader.Shown(text)}. Write a network by its first address and its length, such as \"192.0.2.0/24\" or \"2001:db8::/32\", or one address.");
            }
        }

        return networks;
    }

    /// <summary>Names of entitlements; each that no website could ask for is named.</summary>
    public static IReadOnlyList<string> Entitlements(SettingsReader read, string setting)
    {
        var names = read.Texts(setting);
        foreach (var wrong in names.Where(name => name.Contains('+', StringComparison.Ordinal) || !Requirement.TryParse($"subscriber:{name}", out _)))
        {
            read.Fail(setting, $"has {SettingsReader.Shown(wrong)}, which no website could ask for. Write names of 1 to 64 letters, digits, hyphens, underscores or full stops.");
        }

        return names;
    }

    /// <summary>An instant; null where there is none.</summary>
    public static DateTimeOffset? Instant(SettingsReader read, string setting)
    {
        if (read.Optional(setting) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
        {
            return at;
        }

        read.Fail(setting, $"is {SettingsReader.Shown(text)}. Write a time in UTC, such as \"2027-06-01T00:00:00Z\", or leave it out.");
        return null;
    }

    private static MeterRule? Meter(SettingsReader read, TimeZoneInfo zone)
    {
        var articles = read.Number("Metering:Articles", 0, 0, MeterRule.MostArticles, "articles");
        var days = read.Number("Metering:Days", 30, 1, LongestWindow, "days");
        var window = MeterWindow.CalendarMonth;
        if (read.Optional("Metering:Window") is { } text && !(Enum.GetNames<MeterWindow>().Contains(text, StringComparer.OrdinalIgnoreCase) && Enum.TryParse(text, ignoreCase: true, out window)))
        {
            read.Fail("Metering:Window", $"is {SettingsReader.Shown(text)}. Write CalendarMonth, or Rolling for the last Metering:Days days.");
        }

        return articles == 0 ? null : new MeterRule(articles, window, days, zone);
    }

    private static CrawlerSettings? Crawler(SettingsReader read, string entry)
    {
        var name = read.Required($"{entry}:Name", "a short name for staff, such as \"Googlebot\".");
        var agent = read.Required($"{entry}:UserAgent", "a part of the User-Agent with which it comes, such as \"Googlebot\".");
        var ranges = Networks(read, $"{entry}:Ranges");
        if (ranges.Count == 0 && read.Texts($"{entry}:Ranges").Count == 0)
        {
            read.Fail($"{entry}:Ranges", "is missing. Write the networks that the crawler's owner publishes; a user agent alone proves nothing.");
        }

        return name is null || agent is null || ranges.Count == 0 ? null : new CrawlerSettings(name, agent, ranges);
    }

    private static RegionSettings? Region(SettingsReader read, string entry)
    {
        const string What = "the region's code as your edge tells it, 1 to 16 letters, digits or '-', such as \"UA\".";
        var region = read.Required($"{entry}:Region", What);
        if (region is not null && !(region.Length <= 16 && region.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
        {
            read.Fail($"{entry}:Region", $"is {SettingsReader.Shown(region)}. Write {What}");
        }

        var entitlements = Entitlements(read, $"{entry}:Entitlements");
        var until = Instant(read, $"{entry}:Until");
        return region is null ? null : new RegionSettings(region.ToUpperInvariant(), entitlements, until);
    }
}
