using System.Text.RegularExpressions;
using Subscriptions.Paywall;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads the list <c>Sites</c>. Without any, the API alone is served.</summary>
internal static partial class SitesSection
{
    public static IReadOnlyList<SiteSettings> Read(SettingsReader read)
    {
        List<SiteSettings> sites = [];
        foreach (var entry in read.Entries("Sites"))
        {
            if (ReadOne(read, entry) is { } site)
            {
                FailTwins(read, entry, site, sites);
                sites.Add(site);
            }
        }

        return sites;
    }

    private static SiteSettings? ReadOne(SettingsReader read, string entry)
    {
        const string IdWords = "a short name of small letters, digits and hyphens, such as \"courier\".";
        var id = read.Required($"{entry}:Id", IdWords);
        if (id is not null && !IdPattern().IsMatch(id))
        {
            read.Fail($"{entry}:Id", $"is {SettingsReader.Shown(id)}. Write {IdWords}");
        }

        var name = read.Required($"{entry}:Name", "the website's name as readers know it.");
        var origins = Origins(read, entry);
        var key = KeySection.ReadSiteKey(read, entry);
        var rules = Rules(read, entry);
        return id is null || name is null || key is null ? null : new SiteSettings(id, name, origins, key, rules);
    }

    private static List<PathRule> Rules(SettingsReader read, string entry)
    {
        List<PathRule> rules = [];
        foreach (var one in read.Entries($"{entry}:Rules"))
        {
            var rule = new PathRule { Path = read.Optional($"{one}:Path") ?? "", Requires = read.Optional($"{one}:Requires") ?? "" };
            if (!PathRules.IsPattern(rule.Path))
            {
                read.Fail($"{one}:Path", $"is {SettingsReader.Shown(rule.Path)}. Write a path that begins with '/', with '*' for one segment and '**' only as the last one, such as \"/archive/**\".");
            }

            if (!Requirement.TryParse(rule.Requires, out _))
            {
                read.Fail($"{one}:Requires", $"is {SettingsReader.Shown(rule.Requires)}. Write free, registered, metered, subscriber or subscriber:name.");
            }
            else if (PathRules.IsPattern(rule.Path))
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    private static List<string> Origins(SettingsReader read, string entry)
    {
        const string What = "the website's address without a path, such as \"https://www.example.com\"; several as a list.";
        var setting = $"{entry}:Origins";
        IReadOnlyList<string> written = [.. read.Texts(setting), .. read.Texts($"{entry}:Origin")];
        if (written.Count == 0)
        {
            read.Fail(setting, $"is missing. Write {What}");
        }

        List<string> origins = [];
        foreach (var text in written)
        {
            if (SettingsReader.Origin(text) is { } origin)
            {
                origins.Add(origin.GetLeftPart(UriPartial.Authority));
            }
            else
            {
                read.Fail(setting, $"has {SettingsReader.Shown(text)}. Write {What}");
            }
        }

        return origins;
    }

    private static void FailTwins(SettingsReader read, string entry, SiteSettings site, List<SiteSettings> others)
    {
        foreach (var other in others)
        {
            if (other.Id == site.Id)
            {
                read.Fail($"{entry}:Id", $"is {SettingsReader.Shown(site.Id)} for the second time. Write another name.");
            }

            if (other.Origins.Intersect(site.Origins, StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } shared)
            {
                read.Fail($"{entry}:Origins", $"has {SettingsReader.Shown(shared)}, which belongs to the site {SettingsReader.Shown(other.Id)}. Remove it from one of them.");
            }

            if (other.Key.SameAs(site.Key))
            {
                read.Fail($"{entry}:Key", $"is the key of the site {SettingsReader.Shown(other.Id)} as well. Write a key of its own for each site.");
            }
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
