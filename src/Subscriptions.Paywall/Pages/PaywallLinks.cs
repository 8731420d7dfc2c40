using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>The addresses to which notices, offers and problem details lead, each with the way back.</summary>
internal sealed class PaywallLinks(IOptions<PaywallOptions> options)
{
    /// <summary>Where the service leads back to, behind the origin.</summary>
    public const string CallbackPath = "/gate/callback";

    private const string Marker = "gate=checked";
    private readonly PaywallOptions _options = options.Value;
    private readonly string _service = options.Value.ServiceOrigin;

    /// <summary>The website's own origin, without a slash at its end.</summary>
    public string Origin(HttpRequest request) =>
        _options.SiteAddress?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host.ToUriComponent()}";

    public string Callback(HttpRequest request) => Origin(request) + request.PathBase.ToUriComponent() + CallbackPath;

    public static string Dismiss(HttpRequest request) => request.PathBase.ToUriComponent() + "/gate/dismiss";

    public string Authorize(string query) => _service + "/sign-in/authorize" + query;

    public string SignOutAtService => _service + "/sign-out";

    public string SignIn(HttpContext context, string to) =>
        _options is { ReaderIdResolver: not null, SignInPath: { } own }
            ? QueryHelpers.AddQueryString(context.Request.PathBase.ToUriComponent() + own, "return", to)
            : QueryHelpers.AddQueryString(context.Request.PathBase.ToUriComponent() + "/gate/sign-in", "to", to);

    public string Subscribe(HttpContext context, string to) => WithReturn(_service + "/subscribe", context, to);

    public string MyAccount(HttpContext context, string to) => WithReturn(_service + "/my-account", context, to);

    /// <summary>Where a program sends its reader to take the next step; null if no page of the service helps her.</summary>
    public string? WayOn(HttpContext context, NextStep step, string to) => step switch
    {
        NextStep.Resume or NextStep.ChangePlan or NextStep.Wait or NextStep.AwaitDispute or NextStep.Pay => MyAccount(context, to),
        NextStep.SignIn or NextStep.Subscribe or NextStep.ComeBack or NextStep.FinishSubscribing => Subscribe(context, to),
        NextStep.TryLater or NextStep.None => null,
    };

    /// <summary>An address that the service gave, absolute and, if it is the service's own, with room for the way back; null if a browser must not be led there.</summary>
    public ServiceLink? ToService(string? address)
    {
        if (string.IsNullOrWhiteSpace(address) || !Uri.TryCreate(new Uri(_service + "/"), address, out var uri)
            || uri.Scheme is not ("http" or "https"))
            return null;
        if (uri.GetLeftPart(UriPartial.Authority) != _service)
            return new ServiceLink(uri.AbsoluteUri, "", LeadsBack: false);
        var path = uri.GetLeftPart(UriPartial.Query);
        return new ServiceLink(path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "return=", uri.Fragment, LeadsBack: true);
    }

    /// <summary>The page that is asked for, as a local address to come back to.</summary>
    public static string LocalPathOf(HttpRequest request)
    {
        var query = request.QueryString.ToUriComponent();
        if (query.EndsWith(Marker, StringComparison.Ordinal))
            query = query[..^(Marker.Length + 1)];
        var path = UriHelper.BuildRelative(request.PathBase, request.Path) + query;
        return LocalPath.IsLocal(path) ? path : "/";
    }

    /// <summary>
    /// Where a program's reader is led back to: what was asked for. Nobody looks at what an API answers or at a part of a page, and to what does something no link can
    /// lead; from those it is the page of this website from which the request came, if one is told.
    /// </summary>
    public string WayBack(HttpContext context, bool isApi)
    {
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return (isRead && !isApi && !IsPart(context.Request) ? null : RefererPath(context)) ?? (isRead ? LocalPathOf(context.Request) : "/");
    }

    /// <summary>Whether a page fetches it for itself, as browsers (Fetch Metadata) and scripts say.</summary>
    public static bool IsPart(HttpRequest request) =>
        request.Headers["Sec-Fetch-Dest"] == "empty" || string.Equals(request.Headers.XRequestedWith, "XMLHttpRequest", StringComparison.OrdinalIgnoreCase);

    private string? RefererPath(HttpContext context) =>
        Uri.TryCreate(context.Request.Headers.Referer, UriKind.Absolute, out var referer)
        && referer.GetLeftPart(UriPartial.Authority) == Origin(context.Request) && LocalPath.IsLocal(referer.PathAndQuery)
            ? referer.PathAndQuery
            : null;

    /// <summary>The marker by which a browser that keeps no cookies is not asked again and again.</summary>
    public static string WithMarker(string to) => to + (to.Contains('?', StringComparison.Ordinal) ? "&" : "?") + Marker;

    public static bool HasMarker(HttpRequest request) =>
        request.QueryString.HasValue && request.QueryString.Value!.Contains(Marker, StringComparison.Ordinal);

    public Offer OfferFor(HttpContext context, Decision decision) =>
        Offer.For(decision, this, context, LocalPathOf(context.Request), TimeZoneInfo.FindSystemTimeZoneById(_options.TimeZone));

    private string WithReturn(string address, HttpContext context, string to) =>
        QueryHelpers.AddQueryString(address, "return", Origin(context.Request) + to);
}

/// <summary>An address at the service.</summary>
/// <param name="Start">All of it, or what stands before the way back.</param>
/// <param name="End">What stands after the way back.</param>
/// <param name="LeadsBack">Whether the way back, encoded, belongs between the two.</param>
internal readonly record struct ServiceLink(string Start, string End, bool LeadsBack);
