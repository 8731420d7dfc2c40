using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Incidents;

/// <summary>A freeze as the API tells it.</summary>
public sealed record FreezeAnswer(string Id, string Kind, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? EndedBy, string Reason, bool HoldsRetries);

/// <summary>Protection of readers from our own incidents.</summary>
public static class IncidentsSetup
{
    private const int MostListed = 50;

    /// <summary>Adds what watches, freezes and tells.</summary>
    public static WebApplicationBuilder AddIncidents(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings.Incidents);
        services.AddSingleton<IncidentWatch>();
        services.AddSingleton<FreezeBook>();
        services.AddSingleton<IncidentReport>();
        services.AddSingleton<Freezes>();
        services.AddSingleton<IncidentSignalsQuery>();
        return builder;
    }

    /// <summary>Maps <c>GET /api/incidents</c>.</summary>
    public static void MapIncidents(this WebApplication app) => app.MapGet($"{ApiEnvelope.Root}/incidents", async (IncidentReport report) =>
            new ApiList<FreezeAnswer>([.. (await report.NewestAsync(MostListed)).Select(f =>
                new FreezeAnswer(f.Id, f.Kind.ToString(), f.OpenedAt, f.ClosedAt, f.EndedBy?.ToString(), f.Reason, f.HoldsRetries))], null))
        .RequireAuthorization(ApiKeys.ApiPolicy).WithTags("Incidents").WithName("GetIncidents").WithSummary("Times in which payment problems stood still because of an incident, newest first; an open one has no closedAt.");
}
