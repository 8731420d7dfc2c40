using System.Security.Claims;
using FluentValidation;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Server.Features.Access;

namespace Subscriptions.Server.Features.Sites;

/// <summary>A code for a pass.</summary>
public sealed record TokenRequest(string? Code, string? Verifier, string? Return);

/// <summary>A handle to renew or to end.</summary>
public sealed record HandleRequest(string? Handle);

/// <summary>What a website's middleware calls with its key.</summary>
public sealed class PassEndpoints(SiteGrants grants)
{
    private const int MostCharacters = 500;
    private static readonly TokenRules _tokenRules = new();
    private static readonly HandleRules _handleRules = new();

    /// <summary>Takes a code for a pass and a handle.</summary>
    public async Task<IResult> TokenAsync(ClaimsPrincipal site, TokenRequest asked)
    {
        if (_tokenRules.Validate(asked) is { IsValid: false } found)
        {
            return Results.ValidationProblem(found.ToDictionary(), type: "urn:subscriptions:invalid-request");
        }

        return await grants.RedeemAsync(SiteOf(site), asked.Code!, asked.Verifier!, asked.Return!) is { } issued
            ? Results.Ok(issued)
            : Results.Problem(statusCode: 400, type: "urn:subscriptions:code-refused",
                title: "This code is not good.", detail: "It is unknown, older than a minute, used before, or was asked for with another verifier or return address.");
    }

    /// <summary>Renews a pass.</summary>
    public async Task<IResult> RenewAsync(ClaimsPrincipal site, HandleRequest asked)
    {
        if (_handleRules.Validate(asked) is { IsValid: false } found)
        {
            return Results.ValidationProblem(found.ToDictionary(), type: "urn:subscriptions:invalid-request");
        }

        return await grants.RenewAsync(SiteOf(site), asked.Handle!) switch
        {
            RenewedPass.Issued issued => Results.Ok(issued.Pass),
            RenewedPass.Ended { Limit: { } most } => Results.Problem(
                statusCode: 401, type: "urn:subscriptions:session-ended-by-limit", title: "This session made room for a later one. The reader has to sign in again.",
                extensions: new Dictionary<string, object?> { ["sessions"] = most }),
            _ => SessionEnded(),
        };
    }

    internal static IResult SessionEnded() =>
        Results.Problem(statusCode: 401, type: "urn:subscriptions:session-ended", title: "This session has ended. The reader has to sign in again.");

    /// <summary>Ends a session.</summary>
    public async Task<IResult> RevokeAsync(ClaimsPrincipal site, HandleRequest asked)
    {
        if (_handleRules.Validate(asked) is { IsValid: false } found)
        {
            return Results.ValidationProblem(found.ToDictionary(), type: "urn:subscriptions:invalid-request");
        }

        await grants.RevokeAsync(SiteOf(site), asked.Handle!);
        return Results.NoContent();
    }

    /// <summary>The public keys, as RFC 7517 writes them.</summary>
    public static async Task<IResult> KeySetAsync(SigningKeys signing, HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=60";
        var all = await signing.AllAsync();
        return Results.Json(new { keys = all.Select(Public) });
    }

    private static object Public(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new { kty = "EC", use = "sig", alg = "ES256", crv = "P-256", kid = key.KeyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) };
    }

    private static string SiteOf(ClaimsPrincipal site) => site.FindFirstValue(ApiKeys.SiteClaim)!;

    private sealed class TokenRules : AbstractValidator<TokenRequest>
    {
        public TokenRules()
        {
            RuleFor(r => r.Code).NotEmpty().MaximumLength(MostCharacters);
            RuleFor(r => r.Verifier).NotEmpty().Matches("^[A-Za-z0-9._~-]{43,128}$");
            RuleFor(r => r.Return).NotEmpty().MaximumLength(MostCharacters);
        }
    }

    private sealed class HandleRules : AbstractValidator<HandleRequest>
    {
        public HandleRules() => RuleFor(r => r.Handle).NotEmpty().MaximumLength(MostCharacters);
    }
}
