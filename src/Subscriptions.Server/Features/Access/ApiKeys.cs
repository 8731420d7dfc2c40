using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Access;

/// <summary>Bearer keys: the publisher's own systems hold API keys, websites hold site keys that may do less.</summary>
public sealed class ApiKeys(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ServerSettings settings, GateKeys gates)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "ApiKey";

    /// <summary>Policy for what the publisher's own systems may do.</summary>
    public const string ApiPolicy = "api";

    /// <summary>Policy for what websites may do as well.</summary>
    public const string SitePolicy = "site";

    /// <summary>Claim with the site's id.</summary>
    public const string SiteClaim = "site";

    private const string Prefix = "Bearer ";

    /// <inheritdoc />
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var key = header[Prefix.Length..].Trim();
        if (settings.Api.Keys.Any(known => known.Matches(key)))
        {
            return Task.FromResult(Success(new Claim(ClaimTypes.Role, ApiPolicy)));
        }

        return Task.FromResult((gates.SiteOf(key) ?? settings.Sites.FirstOrDefault(site => site.Key.Matches(key))?.Id) is { } site
            ? Success(new Claim(SiteClaim, site))
            : AuthenticateResult.Fail("The key is not known."));
    }

    /// <inheritdoc />
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Problem("Send a known key as “Authorization: Bearer …”.", statusCode: 401, title: "No valid key.", type: "urn:subscriptions:unauthorized")
            .ExecuteAsync(Context);
    }

    /// <inheritdoc />
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Results.Problem("This key may not do that.", statusCode: 403, title: "Not allowed.", type: "urn:subscriptions:forbidden").ExecuteAsync(Context);

    private AuthenticateResult Success(Claim claim) =>
        AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([claim], Scheme.Name)), Scheme.Name));
}
