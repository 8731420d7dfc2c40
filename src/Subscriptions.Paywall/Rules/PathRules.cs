using System.IO.Enumeration;

namespace Subscriptions.Paywall;

/// <summary>
/// The path rules of the settings, compiled. Of all rules that match, what is asked is everything they ask together, so that the
/// order of the rules does not matter and a broad strict rule cannot be loosened by a narrow one.
/// </summary>
public sealed class PathRules
{
    private const int MostDecodings = 4;
    private readonly (string[] Segments, bool AnyDepth, Requirement Requirement)[] _rules;

    /// <summary>Compiles rules that <see cref="IsPattern"/> and <see cref="Requirement.TryParse"/> accept.</summary>
    /// <exception cref="ArgumentException">A rule is neither.</exception>
    public PathRules(IEnumerable<PathRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _rules = [.. rules.Select(Compile)];
    }

    /// <summary>Whether a text has the form of <see cref="PathRule.Path"/>.</summary>
    public static bool IsPattern(string? pattern) =>
        pattern is ['/', ..] && !pattern.Contains('?', StringComparison.Ordinal) && !pattern.Contains('\\', StringComparison.Ordinal)
        && pattern.Split('/').SkipLast(1).All(segment => !segment.Contains("**", StringComparison.Ordinal))
        && pattern.Split('/')[^1] is var last && (last == "**" || !last.Contains("**", StringComparison.Ordinal));

    /// <summary>What the rules ask of a request path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="otherwise">What a path asks that no rule matches, in whatever way it is read.</param>
    /// <returns>What is asked; <paramref name="otherwise"/> if no rule matches.</returns>
    /// <remarks>
    /// Case, doubled and trailing slashes never matter. A path that still holds encoded characters, backslashes or dot segments is
    /// read in every way in which something behind the middleware might read it, and the strictest reading counts: whoever hides an
    /// address gets at least what its plain form asks.
    /// </remarks>
    public Requirement? Find(string? path, Requirement? otherwise = null)
    {
        if (_rules.Length == 0)
            return otherwise;
        var plain = string.IsNullOrEmpty(path) ? "/" : path;
        var found = Match(plain) ?? otherwise;
        return IsPlain(plain) ? found : AndAllReadings(plain, found, otherwise);
    }

    private static bool IsPlain(string path) =>
        path.AsSpan().IndexOfAny('%', '\\', ';') < 0 && !path.Contains("/.", StringComparison.Ordinal);

    private Requirement? AndAllReadings(string path, Requirement? found, Requirement? otherwise)
    {
        for (var i = 0; i < MostDecodings; i++)
        {
            var slashed = path.Replace('\\', '/');
            foreach (var reading in (ReadOnlySpan<string>)[slashed, WithoutDots(slashed), WithoutParameters(slashed), WithoutDots(WithoutParameters(slashed))])
                found = And(found, Match(reading) ?? otherwise);
            var decoded = Uri.UnescapeDataString(path);
            if (decoded == path)
                return found;
            path = decoded;
        }

        return found;
    }

    private static string WithoutDots(string path)
    {
        var kept = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment == ".." && kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
            else if (segment is not ("" or "." or ".."))
                kept.Add(segment);
        }

        return "/" + string.Join('/', kept);
    }

    private static string WithoutParameters(string path) =>
        string.Join('/', path.Split('/').Select(segment => segment.Split(';')[0]));

    private Requirement? Match(string path)
    {
        Requirement? found = null;
        foreach (var (segments, anyDepth, requirement) in _rules)
            if (Matches(segments, anyDepth, path))
                found = And(found, requirement);
        return found;
    }

    private static Requirement? And(Requirement? one, Requirement? other) =>
        one is null ? other : other is null ? one : one.And(other);

    private static bool Matches(string[] pattern, bool anyDepth, ReadOnlySpan<char> path)
    {
        var index = 0;
        while (NextSegment(ref path, out var segment))
        {
            if (index == pattern.Length)
                return anyDepth;
            if (!FileSystemName.MatchesSimpleExpression(pattern[index], segment, ignoreCase: true))
                return false;
            index++;
        }

        return index == pattern.Length;
    }

    private static bool NextSegment(ref ReadOnlySpan<char> path, out ReadOnlySpan<char> segment)
    {
        path = path.TrimStart('/');
        var end = path.IndexOf('/');
        segment = end < 0 ? path : path[..end];
        path = end < 0 ? [] : path[end..];
        return segment.Length > 0;
    }

    private static (string[], bool, Requirement) Compile(PathRule rule)
    {
        if (!IsPattern(rule.Path) || !Requirement.TryParse(rule.Requires, out var requirement))
            throw new ArgumentException($"'{rule.Path}' → '{rule.Requires}' is no path rule.", nameof(rule));
        var segments = rule.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var anyDepth = segments is [.., "**"];
        return (anyDepth ? segments[..^1] : segments, anyDepth, requirement);
    }
}
