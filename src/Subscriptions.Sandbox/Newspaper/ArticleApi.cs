using Microsoft.AspNetCore.Http.HttpResults;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>An article for programs. Whoever may not read it gets problem details with status 402 instead.</summary>
internal sealed record ArticleAnswer(
    string Slug, string Title, string Standfirst, string Byline, string Section, DateTimeOffset PublishedAt, IReadOnlyList<string> Paragraphs);

/// <summary>The newspaper's own small API, gated like its pages.</summary>
internal static class ArticleApi
{
    public static Results<Ok<ArticleAnswer>, ProblemHttpResult> Read(string slug, ArticleLibrary library, TodaysDate today) =>
        library.Find(slug) is { IsArchived: false } article
            ? TypedResults.Ok(new ArticleAnswer(
                article.Slug,
                article.Title,
                article.Standfirst,
                article.Byline,
                article.Section,
                TodaysDate.Instant(article.PublishedAt(today.Value)),
                [.. article.Blocks.Select(block => block.Text)]))
            : TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such article.", type: "urn:courier:no-such-article");
}
