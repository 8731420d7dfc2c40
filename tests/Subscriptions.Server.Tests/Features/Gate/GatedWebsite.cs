using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>
/// A website that knows nothing of subscriptions. It routes as Kestrel does; what Kestrel has no page for it reads as the most generous of websites would:
/// encoded and backward slashes are slashes, parameters behind a semicolon are nothing, and dots are resolved last. And it obeys the headers in which some frameworks
/// take another address than the one that was asked for.
/// </summary>
internal sealed class GatedWebsite : IAsyncDisposable
{
    /// <summary>What a page for subscribers says.</summary>
    public const string Article = "THE GATED TEXT";

    /// <summary>What a page for some subscribers says.</summary>
    public const string Premium = "THE PREMIUM TEXT";

    /// <summary>What a page for everybody says.</summary>
    public const string Free = "free for all";

    private static readonly string[] _addressHeaders = ["X-Rewrite-URL", "X-Original-URL", "X-Forwarded-Prefix"];

    private static readonly Dictionary<string, string> _parts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["articles"] = Article,
        ["archive"] = Premium,
        ["premium"] = Premium,
        ["free"] = Free,
        ["assets"] = Free,
    };

    private readonly WebApplication app;

    private GatedWebsite(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    public static async Task<GatedWebsite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Use(ObeyHeaders);
        app.UseRouting();
        foreach (var (part, text) in _parts)
        {
            app.Map($"/{part}/{{name}}", context => WriteAsync(context, text));
        }

        // As WordPress does, which has a page for each number at any address.
        app.Map("/", context => WriteAsync(context, context.Request.Query.ContainsKey("p") ? Article : Free));
        app.MapFallback("{**any}", context => WriteAsync(context, GenerousReading(context.Request.Path.Value!)));
        await app.StartAsync();
        return new GatedWebsite(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static Task ObeyHeaders(HttpContext context, RequestDelegate next)
    {
        foreach (var name in _addressHeaders)
        {
            if (context.Request.Headers[name] is [['/', ..] other])
            {
                context.Request.Path = other;
            }
        }

        return next(context);
    }

    private static string? GenerousReading(string path)
    {
        List<string> kept = [];
        foreach (var segment in path.Replace("%2f", "/", StringComparison.OrdinalIgnoreCase).Replace("%5c", "/", StringComparison.OrdinalIgnoreCase).Replace('\\', '/')
            .Split('/').Select(segment => segment.Split(';')[0]).Where(segment => segment is not ("" or ".")))
        {
            if (segment != "..")
            {
                kept.Add(segment);
            }
            else if (kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }
        }

        return kept is [var part, _] ? _parts.GetValueOrDefault(part) : null;
    }

    // As PHP and WSGI do, to which an underscore is a hyphen.
    private static string ReaderOf(HttpRequest request) =>
        string.Concat(request.Headers.Where(header => header.Key.Replace('_', '-').Equals("X-Subscription-Reader", StringComparison.OrdinalIgnoreCase)).Select(header => header.Value.ToString()));

    private static Task WriteAsync(HttpContext context, string? text)
    {
        var response = context.Response;
        response.StatusCode = text is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        response.ContentType = "text/html";
        // As a website sets them that was made for a cache in front of it.
        response.Headers.CacheControl = "public, max-age=600";
        foreach (var name in (string[])["CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control", "Edge-Control", "Vercel-CDN-Cache-Control", "Netlify-CDN-Cache-Control"])
        {
            response.Headers[name] = "max-age=600";
        }

        response.Headers["X-Accel-Expires"] = "600";
        return response.WriteAsync($"<main>{text ?? "no page"}, reader {ReaderOf(context.Request)}</main>");
    }
}
