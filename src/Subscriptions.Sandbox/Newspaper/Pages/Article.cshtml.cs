using System.Text.Json;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Subscriptions.Paywall;

namespace Subscriptions.Sandbox.Newspaper.Pages;

/// <summary>One article: whole for whoever may read it, otherwise its opening and an offer.</summary>
[RendersTeaser]
public sealed class ArticleModel(ArticleLibrary library) : PageModel
{
    private const int NextStories = 3;

    /// <summary>The article.</summary>
    public Article Article { get; private set; } = null!;

    /// <summary>Whether this reader may read the whole of it.</summary>
    public bool MayRead { get; private set; }

    /// <summary>When it was published.</summary>
    public DateTimeOffset PublishedAt { get; private set; }

    /// <summary>What follows the opening; empty for whoever may not read it.</summary>
    public IEnumerable<Block> Rest => MayRead ? Article.Blocks.Skip(Article.Teaser) : [];

    /// <summary>Other stories.</summary>
    public IEnumerable<Article> Next => library.FrontPage
        .Where(other => other.Slug != Article.Slug)
        .OrderByDescending(other => other.Section == Article.Section)
        .ThenBy(other => other.Rank)
        .Take(NextStories);

    /// <summary>For search engines: paywalled text is marked as such, and is not sent.</summary>
    public IHtmlContent Markup
    {
        get
        {
            var isFree = Article.Requirement?.Kind == RequirementKind.Free;
            var facts = new Dictionary<string, object>
            {
                ["@context"] = "https://schema.org",
                ["@type"] = Article.IsLive ? "LiveBlogPosting" : "NewsArticle",
                ["headline"] = Article.Title,
                ["description"] = Article.Standfirst,
                ["datePublished"] = PublishedAt,
                ["author"] = new Dictionary<string, object> { ["@type"] = "Person", ["name"] = Article.Byline },
                ["publisher"] = new Dictionary<string, object> { ["@type"] = "NewsMediaOrganization", ["name"] = "The Harrowmere Courier" },
                ["isAccessibleForFree"] = isFree,
            };
            if (!isFree)
                facts["hasPart"] = new Dictionary<string, object> { ["@type"] = "WebPageElement", ["isAccessibleForFree"] = false, ["cssSelector"] = ".gated" };
            return new HtmlString(JsonSerializer.Serialize(facts));
        }
    }

    /// <summary>Shows it.</summary>
    public IActionResult OnGet(string slug, [FromServices] TimeProvider wall)
    {
        if (library.Find(slug) is not { IsArchived: false } article) return NotFound();
        Article = article;
        MayRead = HttpContext.GetPaywallDecision().Allowed;
        PublishedAt = TodaysDate.Instant(article.PublishedAt(new TodaysDate(wall).Value));
        return Page();
    }
}
