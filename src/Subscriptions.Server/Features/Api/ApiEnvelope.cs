using Microsoft.AspNetCore.Http.HttpResults;
using Subscriptions.Server.Features.Access;

namespace Subscriptions.Server.Features.Api;

/// <summary>Every refusal under <c>/api</c> leaves as problem details, whichever part of the host spoke it.</summary>
internal static class ApiEnvelope
{
    public const string Root = "/api";

    public static async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase))
        {
            await next(http);
            return;
        }

        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            await next(http);
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = bad.StatusCode;
        }

        var response = http.Response;
        if (!response.HasStarted && response is { StatusCode: >= 400, ContentType: null, ContentLength: null })
        {
            await WriteAsync(http, response.StatusCode);
        }
    }

    private static Task WriteAsync(HttpContext http, int status)
    {
        ProblemHttpResult answer = TypedResults.Problem(Problems.Of(status));
        return answer.ExecuteAsync(http);
    }
}
