using System.Collections.Immutable;
using Subscriptions.Paywall;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>What a piece of text is on the page.</summary>
public enum BlockKind
{
    Paragraph,
    Heading,
    Quote,

    /// <summary>Begins an entry of a live page; the paragraphs after it belong to it.</summary>
    Entry,
}

/// <summary>A piece of an article.</summary>
/// <param name="Time">Of a live entry, on the day of publication.</param>
public sealed record Block(BlockKind Kind, string Text, TimeOnly? Time = null);

/// <summary>An article as the newsroom filed it.</summary>
/// <param name="Requirement">What it asks of its reader; null leaves that to the rules about addresses.</param>
/// <param name="DaysAgo">Before today, so that the demo newspaper is never stale.</param>
/// <param name="Teaser">How many blocks anybody may read.</param>
/// <param name="Rank">Its place on the front page, from 1.</param>
public sealed record Article(
    string Slug,
    string Title,
    string Standfirst,
    string Byline,
    string Place,
    string Section,
    Requirement? Requirement,
    string Art,
    string Alt,
    int DaysAgo,
    TimeOnly Time,
    int Teaser,
    int Rank,
    bool IsLive,
    ImmutableArray<Block> Blocks)
{
    /// <summary>Where it stands on the site.</summary>
    public string Address => IsArchived ? $"/archive/{Slug}" : $"/articles/{Slug}";

    /// <summary>Whether it is one of the old numbers, which a rule about their address gates.</summary>
    public bool IsArchived => Requirement is null;

    /// <summary>What the front page writes beside the headline, or null for what anybody may read.</summary>
    public string? Label => Requirement?.Kind switch
    {
        RequirementKind.Free => null,
        RequirementKind.Registered => "Free with sign-in",
        RequirementKind.Metered => "Three a month free",
        _ => "Subscribers",
    };

    /// <summary>When it was published, seen from today.</summary>
    public DateTime PublishedAt(DateOnly today) => today.AddDays(-DaysAgo).ToDateTime(Time);

    /// <summary>The blocks that somebody may see who may not read the article.</summary>
    public IEnumerable<Block> Opening => Blocks.Take(Teaser);
}
