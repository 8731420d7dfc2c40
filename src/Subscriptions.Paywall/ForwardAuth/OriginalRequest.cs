using System.Net;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// The request that a web server asks about, put in the place of the question, so that everything that decides sees what the website's
/// own middleware would have seen. What the web server says of it counts only where the site's key came with it; the address is whatever it is, and
/// is read in every way in which anything behind might read it.
/// </summary>
internal static class OriginalRequest
{
    public const string Url = "X-Original-URL";
    public const string Method = "X-Original-Method";
    public const string Requirement = "X-Subscription-Requirement";
    public const string SiteKey = "X-Subscription-Site-Key";
    public const string ClientAddress = "X-Subscription-Client-Address";
    public const string Region = "X-Subscription-Region";

    /// <summary>In the answer: what is wrong with the question.</summary>
    public const string Problem = "X-Subscription-Problem";
    private const int Longest = 8_192;

    /// <summary>
    /// Path and query as they were written; null if the header is missing or no address of a web page. A <c>#</c> has no place in what is asked of a server, and
    /// those behind would read the rest of it in ways of their own; nor may anything but a path follow the authority.
    /// </summary>
    public static string? TargetOf(HttpRequest question)
    {
        if (question.Headers[Url] is not [{ Length: > 0 and <= Longest } text] || text.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || text.Contains('#', StringComparison.Ordinal))
            return null;
        if (text[0] == '/')
            return text;
        var start = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : -1;
        if (start < 0)
            return null;
        var end = text.AsSpan(start).IndexOfAny('/', '?', '\\');
        return end > 0 && text[start + end] == '/' ? text[(start + end)..] : null;
    }

    /// <summary>Puts the original in the place of the question.</summary>
    /// <param name="target">What <see cref="TargetOf"/> gave.</param>
    /// <param name="trusted">Whether the site's key came with it.</param>
    /// <returns>False if the path cannot be read.</returns>
    public static bool Assume(HttpContext context, string target, bool trusted)
    {
        var request = context.Request;
        var at = target.IndexOf('?', StringComparison.Ordinal);
        try
        {
            request.Path = PathString.FromUriComponent(at < 0 ? target : target[..at]);
            request.QueryString = at < 0 ? QueryString.Empty : new QueryString(target[at..]);
        }
        catch (Exception malformed) when (malformed is ArgumentException or InvalidOperationException)
        {
            return false;
        }

        request.PathBase = PathString.Empty;
        request.Method = trusted && request.Headers[Method] is [{ Length: > 0 and <= 16 } method] ? method : HttpMethods.Get;
        context.Connection.RemoteIpAddress = trusted && IPAddress.TryParse(request.Headers[ClientAddress], out var address) ? address : null;
        return true;
    }

    /// <summary>
    /// Whether the browser is at an origin, as far as the original tells. The scheme may differ: behind something that ends TLS, a web server takes for http what browsers
    /// see as https.
    /// </summary>
    public static bool IsAt(HttpRequest question, string origin) =>
        !Uri.TryCreate(question.Headers[Url], UriKind.Absolute, out var original) || original.Scheme is not ("http" or "https")
        || (Uri.TryCreate(origin, UriKind.Absolute, out var own) && Uri.TryCreate($"{own.Scheme}://{original.Authority}", UriKind.Absolute, out var seen)
            && string.Equals(seen.Authority, own.Authority, StringComparison.OrdinalIgnoreCase));

    /// <summary>Puts scheme and host of the original in the place of the question's, where it names them: what a process beside a web server sees of itself is http on a port of its own.</summary>
    public static void AssumeOrigin(HttpRequest question)
    {
        if (Uri.TryCreate(question.Headers[Url], UriKind.Absolute, out var original) && original.Scheme is "http" or "https")
            (question.Scheme, question.Host) = (original.Scheme, new HostString(original.Authority));
    }
}
