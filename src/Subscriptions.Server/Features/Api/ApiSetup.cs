using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Dunning;
using Subscriptions.Server.Features.Reconciliation;

namespace Subscriptions.Server.Features.Api;

/// <summary>The API for the publisher's own systems.</summary>
public static class ApiSetup
{
    /// <summary>Adds its rules and its document.</summary>
    public static WebApplicationBuilder AddApi(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Idempotency>();
        services.AddSingleton<NewReaderRequest.Rules>();
        services.AddSingleton<NewGrantRequest.Rules>();
        services.AddSingleton<NewSeatRequest.Rules>();
        services.AddSingleton<NewSubscriptionRequest.Rules>();
        services.AddSingleton<RefundRequest.Rules>();
        services.AddSingleton<CreditNoteRequest.Rules>();
        services.AddSingleton<CloseInvoiceRequest.Rules>();
        services.AddSingleton<CreditRequest.Rules>();
        services.AddSingleton<PauseDunningRequest.Rules>();
        services.AddSingleton<ResumeDunningRequest.Rules>();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = false);
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        services.AddOpenApi(ApiDocument.Describe);
        services.Configure<ProblemDetailsOptions>(problems => problems.CustomizeProblemDetails = GiveStableType);
        return builder;
    }

    /// <summary>Maps it.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.Use(ApiEnvelope.RunAsync);
        var idempotency = app.Services.GetRequiredService<Idempotency>();
        app.Use(idempotency.RunAsync);
        var api = app.MapGroup(ApiEnvelope.Root).RequireAuthorization(ApiKeys.ApiPolicy);
        api.MapGet("/plans", (Catalog catalog) => new ApiList<PlanAnswer>([.. catalog.Offered.Select(PlanAnswer.Of)], null))
            .WithTags("Plans").WithName("GetPlans").WithSummary("The versions of plans that are on offer.");
        ReaderRoutes.Map(api);
        GrantRoutes.Map(api);
        SeatRoutes.Map(api);
        SubscriptionRoutes.Map(api);
        RecordRoutes.Map(api);
        InvoiceRoutes.Map(api);
        ReconciliationRoutes.Map(api);
        WebhookEventRoutes.Map(api);
    }

    // What the framework itself answers, a bug of ours included, carries types of ours too.
    private static void GiveStableType(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem.Type?.StartsWith("urn:subscriptions:", StringComparison.Ordinal) is not true)
        {
            var ours = Problems.Of(problem.Status ?? context.HttpContext.Response.StatusCode);
            (problem.Type, problem.Title, problem.Detail) = (ours.Type, ours.Title, ours.Detail);
        }
    }

    internal static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder route) where T : notnull => route.Accepts<T>("application/json")
        .HonoursKey().ProducesProblem(413).ProducesProblem(415);

    internal static RouteHandlerBuilder HonoursKey(this RouteHandlerBuilder route) =>
        route.WithMetadata(new HonoursIdempotencyKey()).ProducesProblem(422);
}

/// <summary>Ids as callers send them.</summary>
internal static class ApiIds
{
    private const int MaxLength = 64;

    /// <summary>Whether a text could be an id of ours; nothing else is asked of the database. A blank in an address is bound as null.</summary>
    public static bool IsPossible([NotNullWhen(true)] string? text) => text is { Length: > 0 and <= MaxLength } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
