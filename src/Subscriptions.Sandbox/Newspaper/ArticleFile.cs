using System.Collections.Immutable;
using System.Globalization;
using Subscriptions.Paywall;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>
/// Reads the newsroom's files: lines of <c>name: value</c>, a blank line, and paragraphs between blank lines, of which
/// <c>## </c> begins a heading, <c>&gt; </c> a quotation and <c>@ 21:40 | </c> an entry of a live page.
/// </summary>
internal static class ArticleFile
{
    public static Article Read(string slug, string text)
    {
        var parts = text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var head = parts[0].Split('\n').Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
        var published = Value("published").Split(' ');
        return new Article(
            slug,
            Value("title"),
            Value("standfirst"),
            Value("byline"),
            head.GetValueOrDefault("place", ""),
            Value("section"),
            RequirementOf(slug, Value("requires")),
            Value("art"),
            Value("alt"),
            int.Parse(published[0], CultureInfo.InvariantCulture),
            TimeOnly.Parse(published[1], CultureInfo.InvariantCulture),
            int.Parse(head.GetValueOrDefault("teaser", "2"), CultureInfo.InvariantCulture),
            int.Parse(head.GetValueOrDefault("rank", "99"), CultureInfo.InvariantCulture),
            head.ContainsKey("live"),
            [.. parts.Skip(1).Select(ReadBlock)]);

        string Value(string name) => head.TryGetValue(name, out var value)
            ? value
            : throw new InvalidDataException($"The article {slug} lacks \"{name}\".");
    }

    private static Requirement? RequirementOf(string slug, string text)
    {
        if (text == "by address") return null;
        return Requirement.TryParse(text, out var requirement)
            ? requirement
            : throw new InvalidDataException($"The article {slug} requires \"{text}\", which nobody understands.");
    }

    private static Block ReadBlock(string text)
    {
        var line = string.Join(' ', text.Split('\n').Select(part => part.Trim()));
        if (line.StartsWith("## ", StringComparison.Ordinal)) return new Block(BlockKind.Heading, line[3..]);
        if (line.StartsWith("> ", StringComparison.Ordinal)) return new Block(BlockKind.Quote, line[2..]);
        if (!line.StartsWith("@ ", StringComparison.Ordinal)) return new Block(BlockKind.Paragraph, line);
        var entry = line[2..].Split('|', 2, StringSplitOptions.TrimEntries);
        return new Block(BlockKind.Entry, entry[1], TimeOnly.Parse(entry[0], CultureInfo.InvariantCulture));
    }
}
