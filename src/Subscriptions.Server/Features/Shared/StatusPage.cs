using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;
using static System.Text.Encodings.Web.HtmlEncoder;

namespace Subscriptions.Server.Features.Shared;

/// <summary>What a browser shows where there is no page to show; programs get problem details instead.</summary>
public static class StatusPage
{
    private const string PageType = "text/html; charset=utf-8";

    /// <summary>Answers browsers outside the API with a page; belongs inside the one that answers with problem details.</summary>
    public static void UseStatusPageForBrowsers(this WebApplication app) =>
        app.UseWhen(http => WantsPage(http.Request), browsers => browsers.UseStatusCodePages(WriteAsync));

    /// <summary>Whether who asks reads pages rather than problem details.</summary>
    public static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !request.Path.StartsWithSegments("/api", StringComparison.Ordinal);

    /// <summary>The page as an answer, for those who have more to say than a status.</summary>
    /// <param name="http">The request.</param>
    /// <param name="status">The status to answer with.</param>
    /// <param name="heading">What is the matter.</param>
    /// <param name="text">The same in a sentence, with the next step.</param>
    public static IResult Of(HttpContext http, int status, string heading, string text)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Content(Html(http, heading, text), PageType, statusCode: status);
    }

    private static Task WriteAsync(StatusCodeContext answer)
    {
        var http = answer.HttpContext;
        var (heading, text) = Words(http.Response.StatusCode);
        http.Response.ContentType = PageType;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(Html(http, heading, text));
    }

    private static string Html(HttpContext http, string heading, string text)
    {
        var name = Default.Encode(http.RequestServices.GetRequiredService<PublisherSettings>().Name);
        var home = http.RequestServices.GetRequiredService<SiteLinks>().BackOrHome(null);
        return $"""
            <!doctype html>
            <html lang="en-GB">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Default.Encode(heading)} – {name}</title>
            <link rel="stylesheet" href="/assets/site.css">
            </head>
            <body>
            <header class="masthead"><div class="inner"><p class="paper">{name}</p>{(home is null ? "" : $"<a class=\"back\" href=\"{Default.Encode(home.AbsoluteUri)}\">Back to {name}</a>")}</div></header>
            <main><h1>{Default.Encode(heading)}</h1><p class="lead">{Default.Encode(text)}</p><p><a class="button" href="/my-account">My Account</a></p></main>
            </body>
            </html>
            """;
    }

    private static (string Heading, string Text) Words(int status) => status switch
    {
        StatusCodes.Status404NotFound => ("There is no page here", "The address may not have been copied completely. Nothing was changed."),
        StatusCodes.Status403Forbidden => ("This page is not open to you", "You are signed in, but not as somebody who may see it."),
        StatusCodes.Status429TooManyRequests => ("That was too often", "Please wait a minute and try again. Nothing was changed."),
        >= StatusCodes.Status500InternalServerError => ("Something went wrong here", "The fault is ours, not yours. Please try again in a few minutes."),
        _ => ("That did not work", $"{ReasonPhrases.GetReasonPhrase(status)}. Please go back and try again."),
    };
}
