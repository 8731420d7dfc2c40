using System.Globalization;
using System.Net;
using Subscriptions.Domain.Access;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>An institution as settings have it.</summary>
/// <param name="Institution">The contract: whose addresses read what, until when.</param>
/// <param name="Ranges">The networks from which its people read without an account; IPv4 and IPv6.</param>
public sealed record InstitutionSettings(Institution Institution, IReadOnlyList<IPNetwork> Ranges);

/// <summary>The institutions, and how often an address has to be confirmed.</summary>
/// <param name="All">In the order of the settings.</param>
/// <param name="ConfirmEvery">For how long, in billing time, a confirmed address counts.</param>
public sealed record InstitutionsSettings(IReadOnlyList<InstitutionSettings> All, TimeSpan ConfirmEvery)
{
    /// <summary>Those to which an address belongs.</summary>
    public IEnumerable<Institution> Of(string email) => All.Select(one => one.Institution).Where(one => one.Includes(email));
}

/// <summary>Reads <c>Institutions</c>: numbered entries, and one setting for all of them.</summary>
internal static class InstitutionsSection
{
    private const string Section = "Institutions";
    private const int MostInstitutions = 1000;
    private const int MostEach = 200;
    private const int LongestName = 120;
    private const int MostNetworks = 20_000;

    public static InstitutionsSettings Read(SettingsReader read)
    {
        var days = read.Number($"{Section}:ConfirmEveryDays", 365, 1, 3650, "days");
        var entries = read.Entries(Section).Where(IsNumbered).ToList();
        if (entries.Count > MostInstitutions)
        {
            read.Fail(Section, $"has {entries.Count} entries. Write {MostInstitutions} at most.");
        }

        List<InstitutionSettings> all = [.. entries.Select(entry => ReadOne(read, entry)).OfType<InstitutionSettings>()];
        foreach (var twin in all.GroupBy(one => one.Institution.Id).Where(g => g.Count() > 1))
        {
            read.Fail(Section, $"has {SettingsReader.Shown(twin.Key)} twice. Write each Id once.");
        }

        if (all.Sum(one => one.Ranges.Count) > MostNetworks)
        {
            read.Fail(Section, $"has more than {MostNetworks} networks in all; every website keeps them in memory.");
        }

        return new(all, TimeSpan.FromDays(days));
    }

    private static bool IsNumbered(string entry) => int.TryParse(entry[(entry.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static InstitutionSettings? ReadOne(SettingsReader read, string entry)
    {
        var id = read.Required($"{entry}:Id", "a short name of small letters, digits and hyphens, such as \"uni-harrowmere\".");
        if (id is not null && (id.Length > 60 || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')))
        {
            read.Fail($"{entry}:Id", $"is {SettingsReader.Shown(id)}. Write at most 60 small letters, digits and hyphens.");
        }

        var name = read.Required($"{entry}:Name", "what readers call the institution.");
        if (name is { Length: > LongestName } || name?.Any(char.IsControl) is true)
        {
            read.Fail($"{entry}:Name", $"is too long or has more than one line. Write at most {LongestName} characters.");
        }

        var domains = Domains(read, entry);
        var ranges = Ranges(read, entry);
        if (domains.Count == 0 && ranges.Count == 0)
        {
            read.Fail($"{entry}:EmailDomains", "is empty, and so is Ranges, so that nobody would read. Write a domain such as \"uni.example\", or a network.");
        }

        var entitlements = GateSection.Entitlements(read, $"{entry}:Entitlements");
        var last = LastDay(read, $"{entry}:Until");
        return id is null || name is null ? null : new(new Institution(id, name, domains, entitlements, last), ranges);
    }

    private static List<string> Domains(SettingsReader read, string entry)
    {
        List<string> domains = [.. read.Texts($"{entry}:EmailDomains").Select(text => text.ToLowerInvariant())];
        foreach (var wrong in domains.Where(domain => !IsDomain(domain.StartsWith("*.", StringComparison.Ordinal) ? domain[2..] : domain)))
        {
            read.Fail($"{entry}:EmailDomains", $"has {SettingsReader.Shown(wrong)}. Write a domain such as \"uni.example\", or \"*.uni.example\" for all of those below it.");
        }

        FailIfMany(read, $"{entry}:EmailDomains", domains.Count, "domains");
        return domains;
    }

    // Two labels at least: a whole top-level domain is never one institution's.
    private static bool IsDomain(string text) => text.Length <= 253 && text.Split('.') is { Length: >= 2 } labels
        && labels.All(label => label is { Length: > 0 and <= 63 } && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static IReadOnlyList<IPNetwork> Ranges(SettingsReader read, string entry)
    {
        var ranges = GateSection.Networks(read, $"{entry}:Ranges");
        FailIfMany(read, $"{entry}:Ranges", ranges.Count, "networks");
        return ranges;
    }

    private static void FailIfMany(SettingsReader read, string setting, int count, string what)
    {
        if (count > MostEach)
        {
            read.Fail(setting, $"has {count} {what}. Write {MostEach} at most.");
        }
    }

    private static DateOnly? LastDay(SettingsReader read, string setting)
    {
        if (read.Optional(setting) is not { } text)
        {
            return null;
        }

        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 2200)
        {
            return day;
        }

        read.Fail(setting, $"is {SettingsReader.Shown(text)}. Write the last day of the contract, such as \"2027-07-31\".");
        return null;
    }
}
