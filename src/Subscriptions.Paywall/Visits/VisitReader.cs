using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>Finds out what a request shows beside its reader. Asked only where her own grants do not suffice.</summary>
internal sealed class VisitReader(
    PolicyState policies, ArticleNames articles, GiftDesk gifts, PreviewDesk previews, MeterDesk meter, IOptions<PaywallOptions> options)
{
    private readonly PaywallOptions _options = options.Value;

    /// <summary>Whether subscribers may give articles, as far as is known.</summary>
    public bool GiftsAreOn => policies.Known.Gifts;

    /// <summary>Whether the service has said what there is to find.</summary>
    public bool IsKnown => policies.IsKnown;

    /// <summary>The name of a request's article.</summary>
    public string ArticleOf(HttpContext context) => articles.Of(context);

    /// <summary>Whether there is anything to find, judged without waiting.</summary>
    public bool MayMatter(HttpContext context, Requirement requirement)
    {
        if (!policies.IsKnown || gifts.HoldsAny(context.Request) || previews.IsUsed(context.Request) || GiftDesk.HasLink(context.Request))
            return true;
        var policy = policies.Known;
        return !policy.Networks.IsEmpty || policy.OpenRegions.Count > 0 || (requirement.Kind == RequirementKind.Metered && policy.Meter is not null);
    }

    /// <summary>Finds out, and counts the article where a meter decides.</summary>
    /// <param name="readerId">Who is signed in, or null.</param>
    /// <param name="countsArticle">Whether this request brings the article.</param>
    public async ValueTask<Visit> OfAsync(HttpContext context, string? readerId, Requirement requirement, bool countsArticle)
    {
        var policy = await policies.GetAsync();
        var article = articles.Of(context);
        List<Grant> grants = [.. ByAddress(context, policy), .. ByRegion(context, policy)];
        if (previews.GrantOf(context.Request) is { } preview)
            grants.Add(preview);
        var (gift, isSpent, waits) = await gifts.ForAsync(context, article, requirement);
        if (gift is not null)
            grants.Add(gift);
        var isGuess = IsGuess(context.Request);
        var reading = requirement.Kind == RequirementKind.Metered && policy.Meter is { } rule && !grants.Any(grant => grant.Opens(Requirement.SubscriberEntitlement))
            ? await meter.ReadAsync(context, readerId, article, rule, countsArticle && !isGuess && !HttpMethods.IsHead(context.Request.Method))
            : null;
        return new Visit(grants, reading, isSpent, waits, isGuess && reading is { Counted: false });
    }

    // A browser that fetches a page which nobody has asked for yet uses up no article, and is not given one either: it drops an answer that is a failure
    // and asks again when the page is wanted (Fetch standard, Sec-Purpose; Purpose is what it was called before).
    private static bool IsGuess(HttpRequest request) =>
        request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["Purpose"].ToString().Equals("prefetch", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Grant> ByAddress(HttpContext context, SitePolicy policy)
    {
        if (policy.Networks.IsEmpty)
            return [];
        var agent = context.Request.Headers.UserAgent.ToString();
        return policy.Networks.Find(context.Connection.RemoteIpAddress)
            .Where(one => one.UserAgent is null || agent.Contains(one.UserAgent, StringComparison.OrdinalIgnoreCase))
            .Select(one => one.Grant);
    }

    private IEnumerable<Grant> ByRegion(HttpContext context, SitePolicy policy)
    {
        if (policy.OpenRegions.Count == 0)
            return [];
        var region = _options.RegionResolver?.Invoke(context) ?? (_options.RegionHeader is { } name ? context.Request.Headers[name].ToString() : null);
        return region is { Length: > 0 and <= 16 } && policy.OpenRegions.TryGetValue(region.ToUpperInvariant(), out var grant) ? [grant] : [];
    }
}
