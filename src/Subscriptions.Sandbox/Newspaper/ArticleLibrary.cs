using System.Collections.Immutable;
using System.Reflection;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>Everything that the Courier has in print, read once from the assembly.</summary>
public sealed class ArticleLibrary
{
    private const string Folder = "Subscriptions.Sandbox.Newspaper.Articles.";
    private const string Ending = ".txt";

    private readonly ImmutableDictionary<string, Article> bySlug;

    /// <summary>Reads the embedded articles.</summary>
    public ArticleLibrary()
    {
        var assembly = typeof(ArticleLibrary).Assembly;
        bySlug = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(Ending, StringComparison.Ordinal))
            .Select(name => ArticleFile.Read(name[Folder.Length..^Ending.Length], ReadText(assembly, name)))
            .ToImmutableDictionary(article => article.Slug, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Today's articles in the order of the front page; the old numbers are not among them.</summary>
    public IEnumerable<Article> FrontPage => bySlug.Values.Where(article => !article.IsArchived).OrderBy(article => article.Rank).ThenBy(article => article.Slug, StringComparer.Ordinal);

    /// <summary>The old numbers.</summary>
    public IEnumerable<Article> Archive => bySlug.Values.Where(article => article.IsArchived).OrderBy(article => article.Rank);

    /// <summary>The sections that have something in them.</summary>
    public IReadOnlyList<string> Sections { get; } = ["News", "Town Hall", "Business", "Culture", "Sport", "Opinion", "Food", "Puzzles"];

    /// <summary>An article by the last part of its address.</summary>
    public Article? Find(string? slug) => slug is null ? null : bySlug.GetValueOrDefault(slug);

    /// <summary>The address of a section.</summary>
    public static string AddressOf(string section) => "/sections/" + SlugOf(section);

    /// <summary>A section's name in its address.</summary>
    public static string SlugOf(string section) => section.ToUpperInvariant() switch
    {
        "TOWN HALL" => "town-hall",
        _ => section.ToLowerInvariant(),
    };

    private static string ReadText(Assembly assembly, string name)
    {
        using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return text.ReadToEnd();
    }
}
