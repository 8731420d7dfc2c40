using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Features.Shared;

/// <summary>A form that was open while its reader signed in or out elsewhere is refused in plain words, not with an empty page.</summary>
internal sealed class StaleFormFilter : IAlwaysRunResultFilter
{
    private const string Page = """
        <!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Please send the form again</title><link rel="stylesheet" href="/assets/site.css"></head>
        <body><main><h1>Please send the form again</h1>
        <p>This form was open for too long, or you have signed in or out in another window since. Nothing was changed.</p>
        <p>Go back, load the page again, and send the form once more.</p></main></body></html>
        """;

    /// <inheritdoc />
    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (context.Result is IAntiforgeryValidationFailedResult)
        {
            context.Result = Onward(context.HttpContext) ?? new ContentResult { Content = Page, ContentType = "text/html; charset=utf-8", StatusCode = StatusCodes.Status400BadRequest };
        }
    }

    // She signed in in another window meanwhile: what this form was for is done, and its page leads on.
    private static IActionResult? Onward(HttpContext http) =>
        http.User.ReaderId() is not null && http.Request.Path == "/sign-in" && http.Request.HasFormContentType
            ? new LocalRedirectResult("/sign-in" + QueryString.Create(CookieSetup.OnwardParameter, LocalPath.Checked(http.Request.Form[CookieSetup.OnwardParameter]) ?? LocalPath.Checked(http.Request.Query[CookieSetup.OnwardParameter]) ?? "/my-account"))
            : null;

    /// <inheritdoc />
    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}
