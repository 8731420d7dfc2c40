using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Scripts;

/// <summary>What an engineer copies into a page.</summary>
/// <param name="Src">The script's address.</param>
/// <param name="Integrity">What the browser checks it by.</param>
/// <param name="Tag">The whole element.</param>
public sealed record ScriptAnswer(Uri Src, string Integrity, string Tag);

/// <summary>Serves the script to pages of other origins.</summary>
public static class ScriptsSetup
{
    private const string ForAYear = "public, max-age=31536000, immutable";
    private const string AskFirst = "no-cache";

    // Read by people, who copy the tag out of it: its brackets stand as they are.
    private static readonly JsonSerializerOptions _readable =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    /// <summary>Maps <c>/scripts</c>.</summary>
    public static void MapScripts(this WebApplication app)
    {
        app.MapMethods(PaywallScript.Path, [HttpMethods.Get, HttpMethods.Head], (HttpResponse response) => Script(response, ForAYear)).ExcludeFromDescription();
        app.MapMethods(PaywallScript.Alias, [HttpMethods.Get, HttpMethods.Head], (HttpResponse response) => Script(response, AskFirst)).ExcludeFromDescription();
        app.MapGet("/scripts", (HttpResponse response, PublisherSettings publisher) =>
        {
            Share(response, AskFirst);
            return Results.Json(new ScriptAnswer(new Uri(publisher.Address, PaywallScript.Path), PaywallScript.Integrity, PaywallScript.Tag(publisher.Address)), _readable);
        }).ExcludeFromDescription();
    }

    private static IResult Script(HttpResponse response, string cacheControl)
    {
        Share(response, cacheControl);
        return Results.Bytes(PaywallScript.Bytes, "text/javascript; charset=utf-8", entityTag: new EntityTagHeaderValue($"\"{PaywallScript.Version}\""));
    }

    private static void Share(HttpResponse response, string cacheControl)
    {
        response.Headers.CacheControl = cacheControl;
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        response.Headers.XContentTypeOptions = "nosniff";
    }
}
