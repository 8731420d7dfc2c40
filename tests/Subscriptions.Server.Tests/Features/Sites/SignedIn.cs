using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Sites;

namespace Subscriptions.Server.Tests.Features.Sites;

/// <summary>Signs readers in at a website without its pages.</summary>
internal static class SignedIn
{
    private const string Verifier = "verifier-0123456789-0123456789-0123456789-0123";
    private const string Callback = "http://localhost:5080/gate/callback";

    /// <summary>
    /// What her browser sends behind <c>__courier_pass=</c>: the pass, and the handle beside it, without which a gate that began to listen later than
    /// she signed in does not take it.
    /// </summary>
    public static async Task<string> PassAndHandleAsync(IServiceProvider services, ReaderId reader)
    {
        var session = await services.GetRequiredService<ReaderSessions>().StartAsync(reader);
        var grants = services.GetRequiredService<SiteGrants>();
        var code = await grants.NewCodeAsync("courier", session, Callback, Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))));
        var issued = (await grants.RedeemAsync("courier", code, Verifier, Callback))!;
        return $"{issued.Pass}; __courier_handle={issued.Handle}";
    }
}
