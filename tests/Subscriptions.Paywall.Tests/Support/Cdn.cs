using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Subscriptions.Paywall.Tests.Support;

public enum CdnStep
{
    /// <summary>The whole page, from its own memory.</summary>
    Serve,

    /// <summary>The website writes its teaser and its offer.</summary>
    AskOrigin,

    /// <summary>The browser is sent for a pass.</summary>
    RedirectToGate,
}

/// <summary>
/// A CDN that knows nothing but the published keys and the cookie: the worker of <c>docs/edge.md</c>, in C#. It shares no code with the
/// paywall.
/// </summary>
public sealed class Cdn(string service, string siteId, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new();
    private JsonWebKey[] _keys = [];

    public int KeyFetches { get; private set; }

    public async Task<CdnStep> DecideAsync(string path, string? cookie, string needed)
    {
        var entitlements = cookie is null ? null : await EntitlementsAsync(cookie);
        if (entitlements is null)
            return path.Contains("gate=checked", StringComparison.Ordinal) ? CdnStep.AskOrigin : CdnStep.RedirectToGate;
        return entitlements.Contains("subscriber") && entitlements.Contains(needed) ? CdnStep.Serve : CdnStep.AskOrigin;
    }

    public void Dispose() => _http.Dispose();

    private async Task<IReadOnlyList<string>?> EntitlementsAsync(string cookie)
    {
        JsonWebToken pass;
        try
        {
            pass = new JsonWebToken(cookie);
        }
        catch (ArgumentException)
        {
            return null;
        }

        if (!_keys.Any(key => key.Kid == pass.Kid))
        {
            KeyFetches++;
            _keys = [.. new JsonWebKeySet(await _http.GetStringAsync(service + "/.well-known/jwks.json")).Keys];
        }

        var checkedPass = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(cookie, new TokenValidationParameters
        {
            ValidTypes = ["edge+jwt"],
            ValidAlgorithms = ["ES256"],
            ValidIssuer = service,
            ValidAudience = siteId + "/edge",
            IssuerSigningKeys = _keys,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow().UtcDateTime,
        });
        return checkedPass.IsValid ? pass.GetPayloadValue<List<string>>("ent") : null;
    }
}
