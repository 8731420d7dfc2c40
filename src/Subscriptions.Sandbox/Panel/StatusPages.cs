using System.Net.Mime;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;

namespace Subscriptions.Sandbox.Panel;

/// <summary>An empty refusal becomes a sentence for browsers and problem details for tools.</summary>
internal static class StatusPages
{
    /// <summary>A body that could not be read at all gets a sentence too.</summary>
    public static void Explain(ProblemDetailsContext problem) => problem.ProblemDetails.Detail ??= problem.ProblemDetails switch
    {
        HttpValidationProblemDetails => null,
        { Status: StatusCodes.Status400BadRequest } => "The request could not be read. /openapi/v1.json says what belongs into it.",
        { Status: StatusCodes.Status415UnsupportedMediaType } => "Send JSON, with Content-Type: application/json.",
        _ => null,
    };

    public static async Task AnswerAsync(StatusCodeContext refusal)
    {
        var context = refusal.HttpContext;
        var status = context.Response.StatusCode;
        var title = ReasonPhrases.GetReasonPhrase(status);
        if (!context.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase))
        {
            await Results.Problem(statusCode: status, title: title).ExecuteAsync(context);
            return;
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"""
            <!doctype html><html lang="en-GB"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{title}</title><link rel="stylesheet" href="/assets/panel.css">
            <main><h1>{title}</h1><p>There is nothing for you at this address. <a href="/">Back to the panel</a></p></main></html>
            """);
    }
}
