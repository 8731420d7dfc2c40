using Microsoft.Extensions.Primitives;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Settings of which it is kept which were asked for, so that those that nobody asks for, misspelt ones above all, can be told.</summary>
internal sealed class AskedSettings(IConfiguration settings) : IConfiguration
{
    private readonly HashSet<string> single = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> whole = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc />
    public string? this[string key]
    {
        get
        {
            single.Add(key);
            return settings[key];
        }
        set => settings[key] = value;
    }

    /// <summary>Settings with a value, in sections of which something was asked, that were not asked for themselves.</summary>
    public IReadOnlyList<string> Unknown()
    {
        var sections = single.Select(SectionOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. settings.AsEnumerable()
            .Where(one => !string.IsNullOrWhiteSpace(one.Value) && sections.Contains(SectionOf(one.Key)) && !IsAsked(one.Key))
            .Select(one => one.Key).Order(StringComparer.OrdinalIgnoreCase)];
    }

    /// <inheritdoc />
    public IConfigurationSection GetSection(string key)
    {
        whole.Add(key);
        return settings.GetSection(key);
    }

    /// <summary>The entries of a list, whose own parts are asked for one by one.</summary>
    public IConfigurationSection List(string key) => settings.GetSection(key);

    /// <inheritdoc />
    public IEnumerable<IConfigurationSection> GetChildren() => settings.GetChildren();

    /// <inheritdoc />
    public IChangeToken GetReloadToken() => settings.GetReloadToken();

    private bool IsAsked(string key)
    {
        for (var part = key; ; part = part[..part.LastIndexOf(':')])
        {
            if (whole.Contains(part) || (part.Length == key.Length && single.Contains(part)))
            {
                return true;
            }

            if (!part.Contains(':', StringComparison.Ordinal))
            {
                return false;
            }
        }
    }

    // What stands without a section is the framework's, or nobody's.
    private static string SectionOf(string key) => key.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? key[..end] : "";
}
