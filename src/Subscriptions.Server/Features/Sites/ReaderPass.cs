using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Sites;

/// <summary>Issues reader passes: who reads and by which sign-in, and nothing that a change of state could make wrong.</summary>
public sealed class ReaderPass(SigningKeys keys, PublisherSettings publisher, TimeProvider wall)
{
    /// <summary>Wall time for which a pass is valid.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The issuer, as passes name it.</summary>
    public string Issuer { get; } = publisher.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>Signs a pass for one website.</summary>
    public async Task<(string Pass, DateTimeOffset ExpiresAt)> IssueAsync(string siteId, ReaderId reader, string sessionId)
    {
        var now = wall.GetUtcNow();
        var expires = now.Add(Life);
        var pass = handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = siteId,
            Claims = new Dictionary<string, object> { ["sub"] = reader.Value, ["sid"] = sessionId },
            IssuedAt = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = new SigningCredentials(await keys.CurrentAsync(), SecurityAlgorithms.EcdsaSha256),
        });
        return (pass, expires);
    }
}
