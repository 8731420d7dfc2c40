using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Subscriptions.Paywall;

/// <summary>
/// What stands in the section and names no setting. Binding passes it over, and a website whose <c>StaleFor</c> or <c>Rules</c> are misspelt would run by
/// the defaults, or ask nothing of its readers, without a word.
/// </summary>
internal static class UnknownSettings
{
    private static readonly HashSet<string> Known = NamesOf(typeof(PaywallOptions));
    private static readonly HashSet<string> KnownOfRule = NamesOf(typeof(PathRule));

    /// <summary>Their keys within the section; one that has neither a value nor parts is left alone.</summary>
    public static IEnumerable<string> In(IConfigurationSection section)
    {
        foreach (var setting in section.GetChildren().Where(Says))
        {
            if (!Known.Contains(setting.Key))
                yield return setting.Key;
        }

        foreach (var rule in section.GetSection(nameof(PaywallOptions.Rules)).GetChildren())
        {
            foreach (var part in rule.GetChildren().Where(Says).Where(part => !KnownOfRule.Contains(part.Key)))
                yield return $"{nameof(PaywallOptions.Rules)}:{rule.Key}:{part.Key}";
        }
    }

    private static bool Says(IConfigurationSection setting) => !string.IsNullOrWhiteSpace(setting.Value) || setting.GetChildren().Any();

    // What is code cannot stand in a file.
    private static HashSet<string> NamesOf(Type type) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Where(property => !property.PropertyType.IsAssignableTo(typeof(Delegate))).Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
}
