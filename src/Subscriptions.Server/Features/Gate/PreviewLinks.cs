using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>Leads members of staff to a website, where they see every page as a reader who may read it.</summary>
public sealed class PreviewLinks(SigningKeys keys, ReaderPass passes, TimeProvider wall)
{
    /// <summary>Wall time within which the link is to be followed.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>An address that begins a preview, once.</summary>
    /// <param name="site">Where.</param>
    /// <param name="staff">The id of the member of staff.</param>
    /// <param name="path">Which page first.</param>
    public async Task<string> NewAsync(SiteSettings site, string staff, string path)
    {
        var now = wall.GetUtcNow();
        var token = handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = "preview+jwt",
            Issuer = passes.Issuer,
            Audience = $"{site.Id}/preview",
            Claims = new Dictionary<string, object> { ["sub"] = staff, ["jti"] = Secrets.NewId("pre") },
            IssuedAt = now.UtcDateTime,
            Expires = now.Add(Life).UtcDateTime,
            SigningCredentials = new SigningCredentials(await keys.CurrentAsync(), SecurityAlgorithms.EcdsaSha256),
        });
        return site.Origins[0] + "/gate/preview" + new QueryBuilder { { "token", token }, { "to", path } };
    }
}
