using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Subscriptions.Paywall;

/// <summary>
/// What the service signs for this website beside reader passes. Each kind has a type and an audience of its own, so that none can pass
/// for another.
/// </summary>
internal sealed class SiteTokens(SigningKeys keys, TimeProvider time, IOptions<PaywallOptions> options)
{
    public const string Gift = "gift";
    public const string Preview = "preview";
    private const int Longest = 1_200;
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = Longest, MapInboundClaims = false };

    /// <summary>Whether there is any key to judge tokens by.</summary>
    public bool CanJudge => keys.Any;

    /// <summary>The token, if it is genuine; null if it is forged, of another kind or site, or if there is no key to judge it by.</summary>
    public async ValueTask<JsonWebToken?> VerifyAsync(string kind, string? token)
    {
        if (token is null or { Length: 0 or > Longest } || Read(token) is not { Alg: SecurityAlgorithms.EcdsaSha256 } unverified)
            return null;
        var candidates = await keys.FindAsync(unverified.Kid);
        if (candidates.Length == 0)
            return null;
        var result = await _handler.ValidateTokenAsync(token, Rules(kind, candidates));
        return result.IsValid && result.SecurityToken is JsonWebToken genuine && IsInTime(kind, genuine) ? genuine : null;
    }

    private static JsonWebToken? Read(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    // A gift's time is the service's own and is looked at by its holder.
    private bool IsInTime(string kind, JsonWebToken token) => kind == Gift || time.GetUtcNow().UtcDateTime - token.ValidTo < PassVerifier.ClockSkew;

    private TokenValidationParameters Rules(string kind, JsonWebKey[] candidates) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        ValidTypes = [$"{kind}+jwt"],
        IssuerSigningKeys = candidates,
        ValidIssuer = options.Value.ServiceOrigin,
        ValidAudience = $"{options.Value.SiteId}/{kind}",
        RequireSignedTokens = true,
        RequireExpirationTime = kind != Gift,
        ValidateLifetime = false,
        TryAllIssuerSigningKeys = false,
    };
}
