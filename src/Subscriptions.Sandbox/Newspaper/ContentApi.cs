using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Subscriptions.Paywall;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>An article for apps that show a teaser of their own.</summary>
/// <param name="Teaser">What anybody may read.</param>
/// <param name="Body">The whole of it; null for whoever may not read it.</param>
internal sealed record ContentAnswer(
    string Slug, string Title, bool IsAccessibleForFree, AccessAnswer Access, IReadOnlyList<string> Teaser, IReadOnlyList<string>? Body);

/// <summary>How it stands with the reader's access.</summary>
/// <param name="Reason">A name of <see cref="DecisionReason"/>.</param>
/// <param name="NextStep">A name of <see cref="Subscriptions.Paywall.NextStep"/>.</param>
/// <param name="OfferUrl">Where the next step is taken; absent if there is none.</param>
internal sealed record AccessAnswer(
    bool Allowed, string Reason, string NextStep, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? OfferUrl);

/// <summary>
/// The example of a content API that answers everybody: 200 with teaser or body, where <see cref="ArticleApi"/> refuses with 402. While
/// nothing can be decided it is 503, with the teaser.
/// </summary>
internal static class ContentApi
{
    public static Results<JsonHttpResult<ContentAnswer>, ProblemHttpResult> Read(string slug, ArticleLibrary library, HttpContext context)
    {
        if (library.Find(slug) is not { IsArchived: false } article)
            return TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such article.", type: "urn:courier:no-such-article");
        context.Response.Headers.CacheControl = "private, no-store";
        var decision = context.GetPaywallDecision();
        return TypedResults.Json(new ContentAnswer(
            article.Slug,
            article.Title,
            article.Requirement?.Kind == RequirementKind.Free,
            new AccessAnswer(decision.Allowed, decision.Reason.ToString(), decision.NextStep.ToString(), context.GetPaywallOfferUrl(article.Address)),
            [.. article.Opening.Select(block => block.Text)],
            decision.Allowed ? [.. article.Blocks.Select(block => block.Text)] : null));
    }
}
