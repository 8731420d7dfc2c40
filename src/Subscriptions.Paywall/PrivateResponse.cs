using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace Subscriptions.Paywall;

/// <summary>Marks a response as depending on its reader: no cache may keep it, neither on the way nor in the site.</summary>
internal static class PrivateResponse
{
    private const string CacheControl = "private, no-store";

    public static void Mark(HttpContext context)
    {
        var isMarked = ReferenceEquals(context.Response.Headers.CacheControl.ToString(), CacheControl);
        if (isMarked || context.Response.HasStarted)
            return;
        Write(context);
        // Once more at the last moment, since a page may set caching headers of its own; callbacks run last one first.
        context.Response.OnStarting(
            static state =>
            {
                Write((HttpContext)state);
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

    private static void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = CacheControl;
        headers.Expires = default;
        if (!headers.Vary.ToString().Contains(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase))
            headers.Append(HeaderNames.Vary, HeaderNames.Cookie);
        if (context.Features.Get<IOutputCacheFeature>() is { } outputCache)
            (outputCache.Context.AllowCacheLookup, outputCache.Context.AllowCacheStorage) = (false, false);
    }
}
