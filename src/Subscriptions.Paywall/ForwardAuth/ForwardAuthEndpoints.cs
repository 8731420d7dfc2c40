using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// Answers a web server that asks before it serves a page: <c>/gate/check</c> says whether, with the decision in headers; <c>/gate/refused</c> is
/// the page for whoever may not, the same as the middleware's.
/// </summary>
internal sealed class ForwardAuthEndpoints
{
    private const string Prefix = "X-Subscription-";

    // It is written twice in an answer, each time encoded once more, beside a cookie: all of it has to fit where a web server keeps the headers of an answer, 4 KB or 8.
    private const int LongestWayBack = 700;

    // A renewed pass saves a call for each page to come; a count that is lost is an article for nothing.
    private static readonly string[] CookiesByWeight = ["_pass=", "_meter=", "_gifts=", "_handle=", "_known="];
    private readonly RequestDecider _decider;
    private readonly RefusalResponder _refusals;
    private readonly PaywallLinks _links;
    private readonly PathRules _rules;
    private readonly TimeSpan _mostWait;

    public ForwardAuthEndpoints(RequestDecider decider, RefusalResponder refusals, PaywallLinks links, IOptions<PaywallOptions> options)
    {
        (_decider, _refusals, _links) = (decider, refusals, links);
        _rules = new PathRules(options.Value.Rules);
        _mostWait = options.Value.RequestTimeout;
    }

    /// <summary>What handles a path; null if it is neither of the two.</summary>
    /// <param name="trusted">Whether the site's key came with the question.</param>
    public Task? TryHandle(HttpContext context, bool trusted)
    {
        var path = context.Request.Path.Value.AsSpan().TrimEnd('/');
        if (path.Equals("/gate/check", StringComparison.OrdinalIgnoreCase))
            return CheckAsync(context, trusted);
        return path.Equals("/gate/refused", StringComparison.OrdinalIgnoreCase) ? RefuseAsync(context, trusted) : null;
    }

    private Task CheckAsync(HttpContext context, bool trusted)
    {
        if (Begin(context, trusted) is not { } requirement)
            return Task.CompletedTask;
        if (requirement.Kind == RequirementKind.Free)
            return Tell(context, _decider.Ungated);
        return _decider.TryDecide(context, requirement) is { } feature ? Tell(context, feature) : DecideAsync(context, requirement);
    }

    private async Task DecideAsync(HttpContext context, Requirement requirement) => await Tell(context, await _decider.DecideAsync(context, requirement));

    private async Task RefuseAsync(HttpContext context, bool trusted)
    {
        if (Begin(context, trusted) is not { } requirement)
            return;
        PrivateResponse.Mark(context);
        RequestWait.Begin(context, _mostWait);
        // A page that refuses has no article in it that could be counted.
        var feature = await _decider.DecideAsync(context, requirement, countsArticle: false);
        if (feature.Decision.Allowed)
            context.Response.Redirect(PaywallLinks.LocalPathOf(context.Request));
        else if (_refusals.TryAnswer(context, EndpointPlan.Nothing, feature.Decision, OriginalRequest.IsAt(context.Request, _links.Origin(context.Request))) is { } answered)
            await answered;
    }

    // Null if it was answered already: nobody can be let in to something that has no address.
    private Requirement? Begin(HttpContext context, bool trusted)
    {
        var headers = context.Request.Headers;
        if (OriginalRequest.TargetOf(context.Request) is not { } target || !OriginalRequest.Assume(context, target, trusted))
        {
            Answer(context, StatusCodes.Status403Forbidden, "Unavailable", "InvalidRequest", $"{OriginalRequest.Url} has to hold the address that is asked for.");
            return null;
        }

        var byRules = _rules.Find(context.Request.Path.Value, Requirement.Subscriber)!;
        if (headers[OriginalRequest.Requirement].ToString() is not { Length: > 0 } asked)
            return byRules;
        if (!Requirement.TryParse(asked, out var stated))
        {
            stated = Requirement.Subscriber;
            context.Response.Headers[OriginalRequest.Problem] = $"{OriginalRequest.Requirement} is not understood; subscriber is asked.";
        }

        // Whoever has no key, or one that was changed meanwhile, can ask for more than the rules do and never for less.
        return trusted ? stated : byRules.And(stated);
    }

    private Task Tell(HttpContext context, PaywallFeature feature)
    {
        var decision = feature.Decision;
        var status = decision.Outcome switch
        {
            DecisionOutcome.Allowed => StatusCodes.Status200OK,
            DecisionOutcome.SignIn => StatusCodes.Status401Unauthorized,
            DecisionOutcome.Refused or DecisionOutcome.Unavailable => StatusCodes.Status403Forbidden,
        };
        var headers = Answer(context, status, decision.Outcome.ToString(), decision.Reason.ToString(), null);
        headers[Prefix + "Requirement"] = decision.Requirement.Text;
        if (feature.ReaderId is { } reader)
            headers[Prefix + "Reader"] = reader;
        if (decision.GrantedBy is { } grant)
            (headers[Prefix + "Grant-Kind"], headers[Prefix + "Grant"]) = (grant.Kind, Uri.EscapeDataString(grant.Record));
        if (decision.ValidUntil is { } until)
            headers[Prefix + "Valid-Until"] = until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        if (decision.Meter is { } meter)
            headers[Prefix + "Meter-Left"] = meter.Left.ToString(CultureInfo.InvariantCulture);
        if (decision.Notice is { } notice)
            headers[Prefix + "Notice"] = notice.Stage.ToString();
        KeepOneCookie(headers);
        if (decision.NextStep == NextStep.None)
            return Task.CompletedTask;
        headers[Prefix + "Next-Step"] = decision.NextStep.ToString();
        var to = WayBack(context);
        if (_links.WayOn(context, decision.NextStep, to) is { } offer)
            headers[Prefix + "Offer-Url"] = offer;
        if (decision.Outcome == DecisionOutcome.SignIn)
            headers[Prefix + "Sign-In-Url"] = _links.SignIn(context, to);
        return Task.CompletedTask;
    }

    private string WayBack(HttpContext context) => _links.WayBack(context, isApi: false) is var to && Uri.EscapeDataString(to).Length <= LongestWayBack ? to : "/";

    // A web server hands one cookie of an answer on, or glues several into one that no browser can read. What waits comes with the next answer.
    private static void KeepOneCookie(IHeaderDictionary headers)
    {
        var set = headers.SetCookie;
        if (set.Count > 1)
            headers.SetCookie = CookiesByWeight.Select(name => set.FirstOrDefault(cookie => cookie!.Contains(name, StringComparison.Ordinal))).FirstOrDefault(cookie => cookie is not null) ?? set[0];
    }

    private static IHeaderDictionary Answer(HttpContext context, int status, string outcome, string reason, string? problem)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentLength = 0;
        var headers = response.Headers;
        headers.CacheControl = "private, no-store";
        headers[Prefix + "Outcome"] = outcome;
        headers[Prefix + "Reason"] = reason;
        if (problem is not null)
            headers[OriginalRequest.Problem] = problem;
        return headers;
    }
}
