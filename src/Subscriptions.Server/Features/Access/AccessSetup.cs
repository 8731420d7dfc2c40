using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Access;

/// <summary>What websites ask: who may read, and whose answer to forget.</summary>
public static class AccessSetup
{
    /// <summary>Adds the queries and the feed.</summary>
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FeedSignal>();
        builder.Services.AddTransient<AccessFactsQuery>();
        builder.Services.AddTransient<ReaderAccessQuery>();
        builder.Services.AddTransient<GiveAccess>();
        builder.Services.AddTransient<ChangeFeed>();
        return builder;
    }

    /// <summary>Maps <c>/api/entitlements</c> and <c>/api/feed</c>.</summary>
    public static void MapAccess(this WebApplication app)
    {
        var api = app.MapGroup("/api").RequireAuthorization(ApiKeys.SitePolicy).WithTags("Access");
        api.MapGet("/entitlements/{readerId}", async (string readerId, ReaderAccessQuery query) =>
            readerId.Length <= 64 && await query.RunAsync(ReaderId.From(readerId)) is { } answer
                ? Results.Ok(answer)
                : Problems.NotFound("reader"))
            .WithName("GetEntitlements").WithSummary("What a reader may read, and why.").Produces<EntitlementAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/feed", (long? after, ChangeFeed feed, HttpContext http) => after is < 0
                ? Problems.Bad("after", "The position is a number from 0 upwards.")
                : TypedResults.ServerSentEvents(feed.StreamAsync(after, http.RequestAborted)))
            .WithName("FollowChanges").ExcludeFromDescription();
    }
}
