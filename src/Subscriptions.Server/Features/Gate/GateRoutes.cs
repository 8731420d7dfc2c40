using System.Security.Claims;
using FluentValidation;
using Subscriptions.Domain;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>A metered article that somebody opens.</summary>
/// <param name="Article">Its short name.</param>
/// <param name="Count">False only to look.</param>
public sealed record CountRequest(string? Article, bool? Count)
{
    /// <summary>What it has to look like.</summary>
    public sealed class Rules : AbstractValidator<CountRequest>
    {
        /// <summary>The rules.</summary>
        public Rules() => RuleFor(r => r.Article).Must(MeterRule.IsShortName).WithMessage("Write the article's short name: the first 9 bytes of the SHA-256 of its name, in base64url.");
    }
}

/// <summary>What counts for a reader.</summary>
/// <param name="Articles">The articles, oldest first.</param>
public sealed record CountAnswer(IReadOnlyList<CountedArticle> Articles);

/// <summary>An article that a reader gives.</summary>
/// <param name="ReaderId">Who gives.</param>
/// <param name="Article">The article as the website names it: its path in small letters.</param>
/// <param name="Site">On which website; a website's own key says so by itself.</param>
public sealed record GiftRequest(string? ReaderId, string? Article, string? Site)
{
    private const int LongestArticle = 500;

    /// <summary>What it has to look like.</summary>
    public sealed class Rules : AbstractValidator<GiftRequest>
    {
        /// <summary>The rules.</summary>
        public Rules()
        {
            RuleFor(r => r.ReaderId).Must(ApiIds.IsPossible).WithMessage("Write a reader's id.");
            RuleFor(r => r.Article).Must(text => text is { Length: > 0 and <= LongestArticle } && !text.Any(char.IsControl))
                .WithMessage($"Write the article's name, 1 to {LongestArticle} characters.");
        }
    }
}

/// <summary>A browser that came by a gift link.</summary>
/// <param name="Visit">Its own number, 32 hexadecimal digits.</param>
public sealed record GiftUseRequest(string? Visit)
{
    private const int Length = 32;

    /// <summary>What it has to look like.</summary>
    public sealed class Rules : AbstractValidator<GiftUseRequest>
    {
        /// <summary>The rules.</summary>
        public Rules() => RuleFor(r => r.Visit).Must(text => text is { Length: Length } && text.All(char.IsAsciiHexDigit)).WithMessage($"Write {Length} hexadecimal digits.");
    }
}

/// <summary>A gift that was used.</summary>
/// <param name="Until">When it ends.</param>
public sealed record GiftUseAnswer(DateTimeOffset Until);

/// <summary>What websites ask about visits: <c>/api/site</c>, <c>/api/meter</c>, <c>/api/gifts</c>.</summary>
internal static class GateRoutes
{
    public static void Map(WebApplication app)
    {
        var api = app.MapGroup("/api").RequireAuthorization(ApiKeys.SitePolicy).WithTags("Gate");
        api.MapGet("/site", PolicyOf).WithName("GetSitePolicy").WithSummary("How articles are counted, and who may read without signing in.");
        api.MapPost("/meter/{readerId}", CountAsync).WithName("CountArticle").WithSummary("Counts a metered article for a reader, once; or only looks.")
            .TakesJson<CountRequest>().Produces<CountAnswer>().ProducesValidationProblem().ProducesProblem(404);
        api.MapPost("/gifts", GiveAsync).WithName("GiveArticle").WithSummary("A link by which a subscriber gives one article.")
            .TakesJson<GiftRequest>().Produces<GiftAnswer>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        api.MapPost("/gifts/{id}/uses", UseAsync).WithName("UseGift").WithSummary("Counts a browser that came by a gift link, once.")
            .RequireAuthorization(policy => policy.AddAuthenticationSchemes(ApiKeys.SchemeName).RequireClaim(ApiKeys.SiteClaim))
            .TakesJson<GiftUseRequest>().Produces<GiftUseAnswer>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
    }

    private static SitePolicyAnswer PolicyOf(ClaimsPrincipal asker, IReadOnlyList<SiteSettings> sites, GateSettings gate, InstitutionsSettings institutions, PublisherHours hours)
    {
        var siteId = asker.FindFirstValue(ApiKeys.SiteClaim);
        return SitePolicyAnswer.Of(siteId, sites.FirstOrDefault(site => site.Id == siteId)?.Origins, gate, institutions, hours);
    }

    private static async Task<IResult> CountAsync(string readerId, HttpContext http, CountRequest.Rules rules, CountArticles count)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        return ApiIds.IsPossible(readerId) && await count.RunAsync(ReaderId.From(readerId), wanted!.Article!, wanted.Count ?? true) is { } counted
            ? Results.Ok(new CountAnswer(counted))
            : Problems.NotFound("reader");
    }

    private static async Task<IResult> GiveAsync(HttpContext http, GiftRequest.Rules rules, ClaimsPrincipal asker, SiteLinks sites, Gifts gifts)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        if (sites.Find(asker.FindFirstValue(ApiKeys.SiteClaim) ?? wanted!.Site) is not { } site)
        {
            return Problems.Bad("site", "Write the id of one of the websites.");
        }

        // A whole address is as good as the name that the website has for it.
        var article = sites.PageOf(wanted!.Article) is var (_, path) ? MeterRule.NameOf(path) : wanted.Article!;
        return await gifts.GiveAsync(ReaderId.From(wanted.ReaderId!), site.Id, article) switch
        {
            GiftResult.Given given => Results.Ok(given.Gift),
            GiftResult.Refused { Refusal: var why } when why == Gifts.NoReader => Problems.NotFound("reader"),
            GiftResult.Refused refused => Problems.Refused(refused.Refusal),
            _ => Problems.Bad("body", "This article cannot be given."),
        };
    }

    private static async Task<IResult> UseAsync(string id, HttpContext http, GiftUseRequest.Rules rules, ClaimsPrincipal asker, Gifts gifts)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        return ApiIds.IsPossible(id) && await gifts.UseAsync(id, asker.FindFirstValue(ApiKeys.SiteClaim)!, wanted!.Visit!) is { } used
            ? used.Until is { } until ? Results.Ok(new GiftUseAnswer(until)) : Problems.Refused(used.Refusal!)
            : Problems.NotFound("gift");
    }
}
