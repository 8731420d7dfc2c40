using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Html;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.WebEncoders;
using Subscriptions.Paywall;
using Subscriptions.Sandbox.Panel;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Server.Features.Scripts;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>The Harrowmere Courier, gated by the service over HTTP as any publisher's site would be.</summary>
internal static class NewspaperRoom
{
    private const string SiteId = "courier";

    public static WebApplication Build(SandboxOptions options)
    {
        var builder = RoomHost.NewBuilder(options, "newspaper", options.Ports.Newspaper);
        builder.Configuration.AddInMemoryCollection(PaywallSettings(options));

        var library = new ArticleLibrary();
        var services = builder.Services;
        services.AddSingleton(library).AddSingleton(TimeProvider.System).AddSingleton<TodaysDate>();
        services.AddSingleton(new ServiceAddress(options.Addresses.Service));
        services.AddPaywall(builder.Configuration, paywall =>
        {
            paywall.RequirementResolver = context => ValueTask.FromResult(RequirementOf(context, library));
            // The page of an article and its JSON are one article to the meter.
            paywall.ArticleResolver = context => context.GetRouteValue("slug") is string slug ? library.Find(slug)?.Address : null;
        });
        services.AddProblemDetails();
        services.Configure<WebEncoderOptions>(encoder => encoder.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new InstantConverter()));
        services.AddRazorPages(pages => pages.RootDirectory = "/Newspaper/Pages");

        var app = builder.Build();
        app.UseExceptionHandler("/sorry");
        app.UseStatusCodePagesWithReExecute("/not-here");
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new EmbeddedFileProvider(typeof(NewspaperRoom).Assembly, "Subscriptions.Sandbox.Newspaper.Assets"),
            RequestPath = "/assets",
        });
        app.UseRouting();
        app.UsePaywall();
        app.MapRazorPages();
        app.MapGet("/api/articles/{slug}", ArticleApi.Read).AsApi();
        app.MapGet("/api/content/{slug}", ContentApi.Read).AsApi().WithTeaser();
        return app;
    }

    // What an article asks stands in the article; the archive is gated by a rule about its address.
    private static Requirement? RequirementOf(HttpContext context, ArticleLibrary library)
    {
        var path = context.Request.Path;
        return path.StartsWithSegments("/articles") || path.StartsWithSegments("/api/articles") || path.StartsWithSegments("/api/content")
            ? library.Find(context.GetRouteValue("slug") as string)?.Requirement
            : null;
    }

    private static Dictionary<string, string?> PaywallSettings(SandboxOptions options)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Paywall:ServiceAddress"] = options.Addresses.Service.ToString(),
            ["Paywall:SiteId"] = SiteId,
            ["Paywall:SiteAddress"] = options.Addresses.Newspaper.ToString(),
            ["Paywall:SiteKey"] = SandboxKeys.Of(options.Data).SiteKey,
            ["Paywall:StyleSheet"] = "/assets/courier.css",
            ["Paywall:Rules:0:Path"] = "/archive/**",
            ["Paywall:Rules:0:Requires"] = "subscriber",
        };
        // What stands before the service is for browsers: the newspaper itself goes straight to it.
        if (options.Addresses.Service != SandboxOptions.At(options.Ports.Service)) settings["Paywall:InternalAddress"] = SandboxOptions.At(options.Ports.Service).GetLeftPart(UriPartial.Authority);
        return settings;
    }
}

/// <summary>Where readers manage their subscriptions.</summary>
internal sealed record ServiceAddress(Uri Root)
{
    /// <summary>A page of the service that leads back to where the reader came from.</summary>
    public string To(string page, HttpRequest request)
    {
        var back = $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}";
        return new Uri(Root, $"{page}?return={Uri.EscapeDataString(back)}").ToString();
    }

    /// <summary>The paywall's script as the service says to include it, at <c>/scripts</c>.</summary>
    public IHtmlContent Script => new HtmlString(PaywallScript.Tag(Root));
}

/// <summary>The date at the top of the page, in the newspaper's own zone.</summary>
internal sealed class TodaysDate(TimeProvider wall)
{
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    /// <summary>Today.</summary>
    public DateOnly Value => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(wall.GetUtcNow(), Zone).DateTime);

    /// <summary>A local time of the newspaper as an instant.</summary>
    public static DateTimeOffset Instant(DateTime local) => new(local, Zone.GetUtcOffset(local));
}
