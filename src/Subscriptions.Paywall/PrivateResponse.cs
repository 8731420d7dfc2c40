using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.ResponseCaching;
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

    /// <summary>
    /// Keeps the last word about a response for the gate, whatever comes behind it sets in its own last moment: callbacks run last one first. What
    /// depends on the reader is marked at any time until the first byte.
    /// </summary>
    /// <param name="cacheBefore">Whether the site has a cache of responses that stands before the gate.</param>
    public static void Watch(HttpContext context, bool cacheBefore)
    {
        var watched = new Watched(context, cacheBefore);
        context.Features.Set(watched);
        context.Response.OnStarting(
            static state =>
            {
                Settle((Watched)state);
                return Task.CompletedTask;
            },
            watched);
    }

    /// <summary>No cache may keep it, neither on the way nor in the site.</summary>
    /// <returns>False if that comes too late, since it has begun without this mark: then it must not depend on a reader.</returns>
    public static bool Mark(HttpContext context)
    {
        var response = context.Response;
        if (IsMarked(response.Headers))
            return true;
        if (response.HasStarted)
            return false;
        WatchedOf(context).IsPrivate = true;
        Write(response.Headers);
        KeepOut(context);
        return true;
    }

    /// <summary>Nobody is signed in: caches may keep it, for those who send the same cookies.</summary>
    public static void MarkVaried(HttpContext context)
    {
        if (context.Response.HasStarted)
            return;
        WatchedOf(context).Varies = true;
        WriteVary(context.Response.Headers);
    }

    /// <summary>Writes once more what was marked, since a page may set caching headers of its own.</summary>
    /// <exception cref="InvalidOperationException">The site's cache of responses stands behind the gate, where it would give one reader's page to another.</exception>
    public static void Settle(HttpContext context) => Settle(WatchedOf(context));

    private static void Settle(Watched watched)
    {
        var (context, headers) = (watched.Context, watched.Context.Response.Headers);
        if (!watched.IsPrivate)
        {
            if (watched.Varies)
                WriteVary(headers);
            return;
        }

        Write(headers);
        foreach (var name in ForSharedCaches)
            headers.Remove(name);
        KeepOut(context);
        if (!watched.CacheBefore && context.Features.Get<IResponseCachingFeature>() is not null)
            throw new InvalidOperationException("UseResponseCaching stands behind UsePaywall, and would give one reader's page to another: put it before.");
    }

    private static Watched WatchedOf(HttpContext context)
    {
        if (context.Features.Get<Watched>() is { } watched)
            return watched;
        // One of the gate's own addresses: nothing stands behind it.
        Watch(context, cacheBefore: context.Features.Get<IResponseCachingFeature>() is not null);
        return context.Features.Get<Watched>()!;
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

    /// <summary>What was said so far about a response.</summary>
    private sealed class Watched(HttpContext context, bool cacheBefore)
    {
        public HttpContext Context => context;

        public bool CacheBefore => cacheBefore;

        public bool IsPrivate { get; set; }

        public bool Varies { get; set; }
    }
}
