using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.FileProviders;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Shared;

/// <summary>What all pages have in common: layout, style sheet, forms, headers.</summary>
public static class SharedPages
{
    /// <summary>Longest value of one form field, in characters.</summary>
    private const int MostFieldLength = 20_000;

    private const int MostFields = 100;

    private const string ContentPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Adds Razor Pages under <c>/Features</c> and guards their forms.</summary>
    public static void AddSharedPages(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddRazorPages(pages => pages.RootDirectory = "/Features")
            .AddMvcOptions(mvc => mvc.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true);
        services.AddOptions<AntiforgeryOptions>().Configure<PublisherSettings>((forms, publisher) =>
        {
            forms.Cookie.Name = "service.forms";
            forms.Cookie.HttpOnly = true;
            forms.Cookie.SameSite = SameSiteMode.Lax;
            forms.Cookie.SecurePolicy = CookieSetup.SecurePolicy(publisher);
        });
        services.Configure<FormOptions>(forms =>
        {
            forms.ValueLengthLimit = MostFieldLength;
            forms.ValueCountLimit = MostFields;
        });
        services.AddOptions<Microsoft.AspNetCore.Mvc.MvcOptions>().Configure(mvc =>
        {
            mvc.Filters.Add<UnknownMethodFilter>(int.MinValue);
            mvc.Filters.Add<UnreadableFormFilter>();
            mvc.Filters.Add<StaleFormFilter>();
        });
    }

    /// <summary>Maps pages and style sheet.</summary>
    public static void MapSharedPages(this WebApplication app)
    {
        app.Use(AsBrowsersShouldSeeIt);
        app.MapRazorPages();
        app.MapGet("/", () => Results.LocalRedirect("/my-account")).ExcludeFromDescription();
        app.MapGet("/assets/site.css", (HttpResponse response) =>
        {
            response.Headers.CacheControl = "public, max-age=300";
            return Results.Stream(StyleSheet(), "text/css; charset=utf-8");
        }).ExcludeFromDescription();
    }

    private static Stream StyleSheet() => new EmbeddedFileProvider(typeof(SharedPages).Assembly, "Subscriptions.Server")
        .GetFileInfo("Features/Shared/Assets/site.css").CreateReadStream();

    // A cookie of "localhost" is not sent to 127.0.0.1: whoever comes by the number is moved to the name first.
    private static Task AsBrowsersShouldSeeIt(HttpContext http, RequestDelegate next)
    {
        if (!IsPage(http))
        {
            return next(http);
        }

        var publisher = http.RequestServices.GetRequiredService<PublisherSettings>().Address;
        var byNumber = IPAddress.TryParse(http.Request.Host.Host, out var address) && IPAddress.IsLoopback(address);
        if (byNumber && publisher.Host == "localhost" && HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.Redirect(publisher.GetLeftPart(UriPartial.Authority) + http.Request.Path.ToUriComponent() + http.Request.QueryString);
            return Task.CompletedTask;
        }

        var headers = http.Response.Headers;

        // Exactly what the antiforgery tokens of a form ask for: with anything less they overwrite it, and warn at every page.
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        return next(http);
    }

    private static bool IsPage(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is not null || http.Request.Path == Authorize.Path;
}
