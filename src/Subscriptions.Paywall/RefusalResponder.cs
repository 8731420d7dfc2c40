using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Subscriptions.Paywall;

/// <summary>
/// Answers what was refused: problem details for programs; for people a silent sign-in first, then the page's own teaser, the site's
/// offer or the built-in one.
/// </summary>
internal sealed class RefusalResponder(
    IOptions<PaywallOptions> options, SignInFlow signIn, PaywallLinks links, SilentQuestion question, RegisteredOrigins origins, GiftDesk gifts, PlainPages pages, ReaderIdentifier identifier, ServiceHealth health,
    FeedState feed, TimeProvider time)
{
    private const string RetryAfterSeconds = "30";
    private readonly PaywallOptions _options = options.Value;

    /// <summary>Answers, or gives null if the endpoint is to write its teaser.</summary>
    /// <param name="mayAsk">False where a browser that was led to the service would not come back to the page that it asked for.</param>
    public Task? TryAnswer(HttpContext context, EndpointPlan plan, Decision decision, bool mayAsk = true)
    {
        // Told now, whatever form the answer has.
        if (decision.Reason == DecisionReason.SignedInElsewhere)
            identifier.ForgetTold(context);
        if (GiftDesk.HasLink(context.Request))
            return gifts.TakeAsync(context);
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (plan is { IsApi: true, RendersTeaser: true } && isRead)
            return null;
        if (plan.IsApi || IsProgram(context.Request))
            return WriteProblemAsync(context, decision, links.WayBack(context, plan.IsApi));
        if (mayAsk && MayAskSilently(context, decision))
            return signIn.BeginSilently(context);
        if (plan.RendersTeaser && isRead)
            return null;
        return OfferRedirect(context, decision) is { } offer && isRead
            ? Redirect(context, offer)
            : WriteOfferPageAsync(context, decision);
    }

    public static void MarkUnavailable(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = RetryAfterSeconds;
    }

    private static bool IsProgram(HttpRequest request)
    {
        if (PaywallLinks.IsPart(request))
            return true;
        var accept = request.Headers.Accept.ToString();
        return accept.Length > 0 && !Accepts(accept, "text/html") && !Accepts(accept, "application/xhtml+xml") && !Accepts(accept, "*/*")
               && !Accepts(accept, "text/*");
    }

    private static bool Accepts(string accept, string type) => accept.Contains(type, StringComparison.OrdinalIgnoreCase);

    private bool MayAskSilently(HttpContext context, Decision decision) =>
        decision is { Outcome: DecisionOutcome.SignIn, Reason: not DecisionReason.SignedInElsewhere } && _options is { SilentSignIn: true, ReaderIdResolver: null }
        && HttpMethods.IsGet(context.Request.Method)
        && context.Request.Headers["Sec-Fetch-Mode"] == "navigate" && context.Request.Headers["Sec-Fetch-Dest"] == "document"
        && !PaywallLinks.HasMarker(context.Request) && !health.IsDown && !feed.IsSilent(time.GetUtcNow()) && question.MayAsk(context)
        && origins.LeadBackTo(context.Request);

    private string? OfferRedirect(HttpContext context, Decision decision)
    {
        if (_options.OfferPath is not { } path || decision.Outcome == DecisionOutcome.Unavailable
            || string.Equals(context.Request.Path.Value?.TrimEnd('/'), path.Split('?')[0].TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
            return null;
        return QueryHelpers.AddQueryString(path, new Dictionary<string, string?>
        {
            ["return"] = PaywallLinks.LocalPathOf(context.Request),
            ["reason"] = decision.Reason.ToString(),
        });
    }

    private static Task Redirect(HttpContext context, string to)
    {
        context.Response.Redirect(context.Request.PathBase.ToUriComponent() + to);
        return Task.CompletedTask;
    }

    private Task WriteProblemAsync(HttpContext context, Decision decision, string to)
    {
        var unavailable = decision.Outcome == DecisionOutcome.Unavailable;
        if (unavailable)
            MarkUnavailable(context.Response);
        var extensions = new Dictionary<string, object?>
        {
            ["reason"] = decision.Reason.ToString(),
            ["requirement"] = decision.Requirement.Text,
            ["nextStep"] = decision.NextStep.ToString(),
            ["beginsAt"] = Instant(decision.BeginsAt),
            ["opensAt"] = Instant(decision.Meter?.OpensAt),
            ["signInUrl"] = decision.NextStep == NextStep.SignIn ? links.SignIn(context, to) : null,
            ["offerUrl"] = links.WayOn(context, decision.NextStep, to),
        };
        return TypedResults.Problem(
            decision.Sentence, null, unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status402PaymentRequired,
            unavailable ? "Access cannot be checked" : "Access is refused",
            "urn:subscriptions:paywall:" + decision.Reason, extensions.Where(pair => pair.Value is not null)).ExecuteAsync(context);
    }

    private static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private async Task WriteOfferPageAsync(HttpContext context, Decision decision)
    {
        if (decision.Outcome == DecisionOutcome.Unavailable)
            MarkUnavailable(context.Response);
        else
            context.Response.StatusCode = StatusCodes.Status402PaymentRequired;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        await context.Response.WriteAsync(pages.Offer(context, links.OfferFor(context, decision)), context.RequestAborted);
    }
}
