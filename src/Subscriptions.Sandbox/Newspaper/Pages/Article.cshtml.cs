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

    /// <summary>How many more of the month's free articles there are, for whoever reads one of them.</summary>
    public string? MeterWords => HttpContext.GetPaywallDecision() switch
    {
        { Allowed: true, Meter: { Left: 0 } meter } => $"This is the last of your {meter.Limit} free articles.",
        { Allowed: true, Meter: { } meter } => $"You can read {meter.Left} more of our articles without a subscription this month.",
        _ => null,
    };

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
            var facts = new Dictionary<string, object>
            {
                ["@context"] = "https://schema.org",
                ["@type"] = Article.IsLive ? "LiveBlogPosting" : "NewsArticle",
                ["headline"] = Article.Title,
                ["description"] = Article.Standfirst,
                ["datePublished"] = PublishedAt,
                ["author"] = new Dictionary<string, object> { ["@type"] = "Person", ["name"] = Article.Byline },
                ["publisher"] = new Dictionary<string, object> { ["@type"] = "NewsMediaOrganization", ["name"] = "The Harrowmere Courier" },
            };
            foreach (var (name, fact) in PaywallMarkup.AccessFacts(HttpContext, ".gated"))
                facts[name] = fact;
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
