using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;

namespace Subscriptions.Paywall;

/// <summary>Marks a response as depending on its reader.</summary>
internal static class PrivateResponse
{
    private const string CacheControl = "private, no-store";

    /// <summary>No cache may keep it, neither on the way nor in the site.</summary>
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

    private static void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = CacheControl;
        headers.Expires = default;
        WriteVary(headers);
        if (context.Features.Get<IOutputCacheFeature>() is { } outputCache)
            (outputCache.Context.AllowCacheLookup, outputCache.Context.AllowCacheStorage) = (false, false);
    }

    private static void WriteVary(IHeaderDictionary headers)
    {
        if (!VariesByCookie(headers))
            headers.Append(HeaderNames.Vary, HeaderNames.Cookie);
    }

    private static bool VariesByCookie(IHeaderDictionary headers) =>
        headers.Vary.ToString().Contains(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase);
}
