using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Subscriptions.Paywall;

/// <summary>Marks a response as depending on its reader.</summary>
internal static class PrivateResponse
{
    private const string CacheControl = "private, no-store";

    // Each is obeyed by some cache before Cache-Control is (RFC 9213, and what was there before it).
    private static readonly string[] ForSharedCaches =
        ["CDN-Cache-Control", "Surrogate-Control", "X-Accel-Expires", "Edge-Control", "Cloudflare-CDN-Cache-Control", "Vercel-CDN-Cache-Control", "Netlify-CDN-Cache-Control"];

    /// <summary>No cache may keep it, neither on the way nor in the site.</summary>
    public static void Mark(HttpContext context)
    {
        var response = context.Response;
        if (IsMarked(response.Headers) || response.HasStarted)
            return;
        Write(response.Headers);
        KeepOut(context);
        // Once more at the last moment, since a page may set caching headers of its own, and the site's cache may stand behind the
        // gate; callbacks run last one first.
        response.OnStarting(
            static state =>
            {
                var context = (HttpContext)state;
                Write(context.Response.Headers);
                foreach (var name in ForSharedCaches)
                    context.Response.Headers.Remove(name);
                KeepOut(context);
                return Task.CompletedTask;
            },
            context);
    }

    /// <summary>Nobody is signed in: caches may keep it, for those who send the same cookies.</summary>
    public static void MarkVaried(HttpContext context)
    {
        if (context.Response.HasStarted || VariesByCookie(context.Response.Headers))
            return;
        WriteVary(context.Response.Headers);
        context.Response.OnStarting(
            static state =>
            {
                WriteVary(((HttpContext)state).Response.Headers);
                return Task.CompletedTask;
            },
            context);
    }

    /// <summary>A teaser must not be mistaken for the article: no part of it, and no "not modified", may be asked for.</summary>
    public static void DropConditions(HttpRequest request)
    {
        foreach (var name in (ReadOnlySpan<string>)[HeaderNames.Range, HeaderNames.IfRange, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfMatch, HeaderNames.IfUnmodifiedSince])
            request.Headers.Remove(name);
    }

    private static void KeepOut(HttpContext context)
    {
        if (context.Features.Get<IOutputCacheFeature>() is { } outputCache)
            (outputCache.Context.AllowCacheLookup, outputCache.Context.AllowCacheStorage) = (false, false);
    }

    private static void Write(IHeaderDictionary headers)
    {
        if (!IsMarked(headers))
            headers.CacheControl = CacheControl;
        headers.Expires = default;
        WriteVary(headers);
    }

    private static bool IsMarked(IHeaderDictionary headers) => ReferenceEquals(headers.CacheControl.ToString(), CacheControl);

    private static void WriteVary(IHeaderDictionary headers)
    {
        if (!VariesByCookie(headers))
            headers.Vary = StringValues.Concat(headers.Vary, HeaderNames.Cookie);
    }

    private static bool VariesByCookie(IHeaderDictionary headers)
    {
        foreach (var line in headers.Vary)
        {
            foreach (var name in line.AsSpan().Split(','))
            {
                if (line.AsSpan(name).Trim().Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }
}
