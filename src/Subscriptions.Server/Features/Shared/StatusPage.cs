using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;
using static System.Text.Encodings.Web.HtmlEncoder;

namespace Subscriptions.Server.Features.Shared;

/// <summary>What a browser shows where there is no page to show; programs get problem details instead.</summary>
public static class StatusPage
{
    /// <summary>Answers browsers outside the API with a page; belongs inside the one that answers with problem details.</summary>
    public static void UseStatusPageForBrowsers(this WebApplication app) =>
        app.UseWhen(http => WantsPage(http.Request), browsers => browsers.UseStatusCodePages(WriteAsync));

    private static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !request.Path.StartsWithSegments("/api", StringComparison.Ordinal);

    private static async Task WriteAsync(StatusCodeContext answer)
    {
        var http = answer.HttpContext;
        var name = Default.Encode(http.RequestServices.GetRequiredService<PublisherSettings>().Name);
        var home = http.RequestServices.GetRequiredService<SiteLinks>().BackOrHome(null);
        var (heading, text) = Words(http.Response.StatusCode);
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync($"""
            <!doctype html>
            <html lang="en-GB">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{heading} – {name}</title>
            <link rel="stylesheet" href="/assets/site.css">
            </head>
            <body>
            <header class="masthead"><div class="inner"><p class="paper">{name}</p>{(home is null ? "" : $"<a class=\"back\" href=\"{Default.Encode(home.AbsoluteUri)}\">Back to {name}</a>")}</div></header>
            <main><h1>{heading}</h1><p class="lead">{text}</p><p><a class="button" href="/my-account">My Account</a></p></main>
            </body>
            </html>
            """);
    }

    private static (string Heading, string Text) Words(int status) => status switch
    {
        StatusCodes.Status404NotFound => ("There is no page here", "The address may not have been copied completely. Nothing was changed."),
        StatusCodes.Status403Forbidden => ("This page is not open to you", "You are signed in, but not as somebody who may see it."),
        StatusCodes.Status429TooManyRequests => ("That was too often", "Please wait a minute and try again. Nothing was changed."),
        _ => ("That did not work", $"{Default.Encode(ReasonPhrases.GetReasonPhrase(status))}. Please go back and try again."),
    };
}
