using System.Text.Encodings.Web;

namespace Subscriptions.Sandbox.Stripe.Pages;

/// <summary>The frame of the hosted pages: plain HTML, no script, one style sheet.</summary>
internal static class PayLayout
{
    public static string Encode(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    public static async Task WriteAsync(HttpContext context, int status, string title, string main)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-store";
        // "no-referrer" would make browsers send "Origin: null" with the form, which the panel takes for a foreign page.
        headers["Referrer-Policy"] = "same-origin";
        headers.XContentTypeOptions = "nosniff";
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"""
            <!doctype html>
            <html lang="en-GB">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(title)} – Harrowmere test payments</title>
            <link rel="stylesheet" href="/stripe/pay/pay.css">
            </head>
            <body>
            <header><p class="brand">Harrowmere test payments</p><p class="note">No real card is charged here.</p></header>
            <main>
            {main}
            </main>
            </body>
            </html>
            """);
    }

    public static Task NotFoundAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status404NotFound, "Page not found",
        "<h1>There is no such payment page</h1><p>Go back to the site that sent you here and start again.</p>");

    /// <summary>Sends the browser on with 303, so that a reload does not submit again.</summary>
    public static Task LeadTo(HttpContext context, string url)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = url;
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    public static async Task<IFormCollection> FormAsync(HttpContext context)
    {
        const int maxBytes = 16 * 1024;
        try
        {
            return context.Request.HasFormContentType
                ? await context.Request.ReadFormAsync(new Microsoft.AspNetCore.Http.Features.FormOptions
                {
                    BufferBodyLengthLimit = maxBytes,
                    MultipartBodyLengthLimit = maxBytes,
                    ValueLengthLimit = 2048,
                    ValueCountLimit = 50,
                }) : FormCollection.Empty;
        }
        catch (InvalidDataException)
        {
            return FormCollection.Empty;
        }
    }

    public static async Task StylesAsync(HttpContext context)
    {
        context.Response.ContentType = "text/css; charset=utf-8";
        context.Response.Headers.CacheControl = "max-age=3600";
        await context.Response.WriteAsync(Styles);
    }

    private const string Styles = """
        * { box-sizing: border-box; }
        body { margin: 0; background: #f4f5f7; color: #1b1b1b; font: 1rem/1.5 system-ui, sans-serif; }
        header { background: #1f2a44; color: #fff; padding: .75rem 1.25rem; }
        header p { margin: 0; } .brand { font-weight: 600; } .note { font-size: .9rem; color: #e3e7f0; }
        main { max-width: 34rem; margin: 1.5rem auto; padding: 1.5rem; background: #fff; border: 1px solid #d5d9e2; border-radius: .5rem; }
        h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 1rem; }
        label { display: block; font-weight: 600; margin: .75rem 0 .25rem; }
        input[type=text] { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; border: 1px solid #6b7280; border-radius: .35rem; }
        input[aria-invalid=true] { border: 2px solid #9b1c1c; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: end; }
        fieldset { border: 1px solid #d5d9e2; border-radius: .35rem; margin: 1.25rem 0; padding: .5rem 1rem 1rem; }
        legend { font-weight: 600; padding: 0 .35rem; }
        .choice { display: flex; gap: .6rem; align-items: flex-start; padding: .3rem 0; min-height: 1.75rem; }
        .choice input { width: 1.25rem; height: 1.25rem; margin: .15rem 0 0; flex: none; }
        .choice label { margin: 0; font-weight: 400; } .digits { font-variant-numeric: tabular-nums; }
        .error { color: #9b1c1c; margin: .25rem 0 0; }
        .alert { border: 2px solid #9b1c1c; background: #fdf1ef; border-radius: .35rem; padding: .75rem 1rem; margin: 0 0 1rem; }
        .alert p { margin: 0; } .alert ul { margin: .25rem 0 0; padding-left: 1.2rem; } .alert a { color: #9b1c1c; }
        button { min-height: 2.75rem; padding: .5rem 1.25rem; font: inherit; font-weight: 600; border-radius: .35rem; border: 2px solid #0b4f6c; background: #0b4f6c; color: #fff; cursor: pointer; }
        button.second { background: #fff; color: #0b4f6c; } .actions { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; margin-top: 1.25rem; }
        a { color: #0b4f6c; } :focus-visible { outline: 3px solid #b45309; outline-offset: 2px; }
        """;
}
