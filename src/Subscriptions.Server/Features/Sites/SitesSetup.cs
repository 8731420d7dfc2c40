using System.Security.Claims;
using Subscriptions.Server.Features.Access;

namespace Subscriptions.Server.Features.Sites;

/// <summary>How websites learn who reads.</summary>
public static class SitesSetup
{
    /// <summary>Adds keys, passes and links.</summary>
    public static void AddSites(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<ReaderPass>();
        services.AddSingleton<SiteGrants>();
        services.AddSingleton<SiteLinks>();
        services.AddSingleton<Authorize>();
        services.AddSingleton<PassEndpoints>();
        services.AddTransient<EdgePass>();
    }

    /// <summary>Maps the routes of the reader pass.</summary>
    public static void MapSites(this WebApplication app)
    {
        app.MapGet(Authorize.Path, (HttpContext http, Authorize authorize, string? site, string? @return, string? state, string? challenge, string? prompt) =>
            authorize.RunAsync(http, new AuthorizeRequest(site, @return, state, challenge, prompt))).ExcludeFromDescription();
        app.MapGet("/.well-known/jwks.json", PassEndpoints.KeySetAsync).ExcludeFromDescription();
        var pass = app.MapGroup("/api/pass").WithTags("Reader pass")
            .RequireAuthorization(policy => policy.AddAuthenticationSchemes(ApiKeys.SchemeName).RequireClaim(ApiKeys.SiteClaim));
        pass.MapPost("/token", (ClaimsPrincipal site, TokenRequest asked, PassEndpoints endpoints) => endpoints.TokenAsync(site, asked))
            .WithName("redeemCode").WithSummary("Takes a one-time code for a reader pass.").Produces<IssuedPass>().ProducesProblem(400).ProducesProblem(401);
        pass.MapPost("/renew", (ClaimsPrincipal site, HandleRequest asked, PassEndpoints endpoints) => endpoints.RenewAsync(site, asked))
            .WithName("renewPass").WithSummary("Renews a reader pass.").Produces<IssuedPass>().ProducesProblem(400).ProducesProblem(401);
        pass.MapPost("/edge", (ClaimsPrincipal site, EdgePassRequest asked, EdgePass edge) => edge.RunAsync(site, asked))
            .WithName("issueEdgePass").WithSummary("Issues a pass of minutes by which a CDN decides alone.").Produces<IssuedEdgePass>().ProducesProblem(400).ProducesProblem(401);
        pass.MapPost("/revoke", (ClaimsPrincipal site, HandleRequest asked, PassEndpoints endpoints) => endpoints.RevokeAsync(site, asked))
            .WithName("revokeSession").WithSummary("Ends the session that a handle belongs to.").Produces(204).ProducesProblem(400).ProducesProblem(401);
    }
}
