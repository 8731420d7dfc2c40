using System.Security.Claims;
using FluentValidation;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Sites;

/// <summary>Whose edge pass is asked for.</summary>
/// <param name="Handle">The reader's handle; absent for a stranger.</param>
public sealed record EdgePassRequest(string? Handle);

/// <summary>What a website gives to its reader's browser for the CDN.</summary>
/// <param name="Pass">The signed pass.</param>
/// <param name="ExpiresAt">When it expires, in wall time.</param>
public sealed record IssuedEdgePass(string Pass, DateTimeOffset ExpiresAt);

/// <summary>
/// Issues passes for CDNs that decide without asking anybody. Unlike a reader pass it carries what its reader may read, so it lives for
/// minutes, and never past the instant at which that could change by itself; its audience is one that no reader pass has.
/// </summary>
public sealed class EdgePass(
    SigningKeys keys, ReaderPass passes, SiteGrants grants, ReaderAccessQuery access, BillingClock billing, TimeProvider wall)
{
    /// <summary>The longest wall time for which a pass is valid: so late may a CDN hear of a sign-out or an end that nobody foresaw.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(5);

    private const string TokenType = "edge+jwt";
    private static readonly Rules _rules = new();
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The audience of a website's edge passes.</summary>
    public static string AudienceOf(string siteId) => siteId + "/edge";

    /// <summary>Answers a website.</summary>
    public async Task<IResult> RunAsync(ClaimsPrincipal site, EdgePassRequest asked)
    {
        if (_rules.Validate(asked) is { IsValid: false } found)
        {
            return Results.ValidationProblem(found.ToDictionary(), type: "urn:subscriptions:invalid-request");
        }

        var siteId = site.FindFirstValue(ApiKeys.SiteClaim)!;
        if (asked.Handle is null)
        {
            return Results.Ok(await IssueAsync(siteId, new Dictionary<string, object> { ["ent"] = Array.Empty<string>() }, LongestLife));
        }

        return await grants.FindReaderAsync(siteId, asked.Handle) is { } held && await access.RunAsync(held.Reader) is { } answer
            ? Results.Ok(await IssueAsync(siteId, ClaimsOf(answer, held.SessionId), answer.ValidUntil - billing.Now))
            : PassEndpoints.SessionEnded();
    }

    private static Dictionary<string, object> ClaimsOf(EntitlementAnswer answer, string sessionId)
    {
        // In small letters, since the CDN compares them letter by letter and the websites' matcher does not look at the case.
        string[] entitlements = [.. answer.Grants
            .Where(grant => (grant.From is null || grant.From <= answer.Now) && (grant.Until is null || grant.Until > answer.Now))
            .SelectMany(grant => grant.Entitlements).Select(name => name.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, object> claims = new() { ["sub"] = answer.ReaderId, ["sid"] = sessionId, ["ent"] = entitlements };
        if (answer.Notice is { } notice)
        {
            claims["nst"] = notice.Stage.ToString();
        }

        return claims;
    }

    // What is left is a span of billing time, and between two moves of that clock both run at the same speed.
    private async Task<IssuedEdgePass> IssueAsync(string siteId, Dictionary<string, object> claims, TimeSpan? left)
    {
        var now = wall.GetUtcNow();
        var expires = WholeSecond(now.Add(left < LongestLife ? left.Value : LongestLife));
        var pass = handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = passes.Issuer,
            Audience = AudienceOf(siteId),
            TokenType = TokenType,
            Claims = claims,
            IssuedAt = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = new SigningCredentials(await keys.CurrentAsync(), SecurityAlgorithms.EcdsaSha256),
        });
        return new IssuedEdgePass(pass, expires);
    }

    // A pass tells whole seconds; rounded up it would outlive its reader's access.
    private static DateTimeOffset WholeSecond(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());

    private sealed class Rules : AbstractValidator<EdgePassRequest>
    {
        private const int MostCharacters = 500;

        public Rules() => RuleFor(r => r.Handle).NotEmpty().MaximumLength(MostCharacters).When(r => r.Handle is not null);
    }
}
