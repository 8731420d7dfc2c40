using Microsoft.AspNetCore.Mvc;

namespace Subscriptions.Server.Features.Support;

/// <summary>The pages of those who help readers.</summary>
public static class SupportSetup
{
    private const string StyleSheet = "Subscriptions.Server.Features.Support.Assets.support.css";

    /// <summary>Adds what they read and do.</summary>
    public static WebApplicationBuilder AddSupport(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<FindReaders>();
        services.AddSingleton<SubscriptionRecords>();
        services.AddTransient<ReaderFileQuery>();
        services.Configure<CookieTempDataProviderOptions>(message => message.Cookie.Name = "service.message");
        return builder;
    }

    /// <summary>Maps the style sheet; the pages are mapped with all others.</summary>
    public static void MapSupport(this WebApplication app) => app.MapGet("/assets/support.css", (HttpResponse response) =>
    {
        response.Headers.CacheControl = "public, max-age=300";
        return Results.Stream(typeof(SupportSetup).Assembly.GetManifestResourceStream(StyleSheet)!, "text/css; charset=utf-8");
    }).ExcludeFromDescription();
}
