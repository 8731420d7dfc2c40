using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Signs readers and staff in and out of a browser.</summary>
public sealed class SignInService(Credentials credentials, ReaderSessions sessions)
{
    /// <summary>Signs a reader in; false when address and password do not belong together, or the account is locked.</summary>
    public async Task<bool> ReaderAsync(HttpContext http, string email, string password)
    {
        if (await credentials.CheckAsync(AccountRules.CleanEmail(email), password) is not { ReaderId: { } reader } account)
        {
            return false;
        }

        await ReaderAsync(http, reader, account.Id);
        return true;
    }

    /// <summary>Signs in a reader whose account was just created or proven otherwise.</summary>
    public async Task ReaderAsync(HttpContext http, ReaderId reader, string? accountId = null)
    {
        await EndSessionAsync(http);
        var session = await sessions.StartAsync(reader);
        List<Claim> claims = [new(AccountClaims.Reader, reader.Value), new(AccountClaims.Session, session)];
        if (accountId is not null)
        {
            claims.Add(new Claim(AccountClaims.Account, accountId));
        }

        await http.SignInAsync(Schemes.Reader, new ClaimsPrincipal(new ClaimsIdentity(claims, Schemes.Reader)),
            new AuthenticationProperties { IsPersistent = true });
    }

    /// <summary>Signs a member of staff in; false when it may not be.</summary>
    public async Task<bool> StaffAsync(HttpContext http, string email, string password)
    {
        if (await credentials.CheckAsync(CreateStaff.UserName(email), password) is not { StaffRole: { } role } account)
        {
            return false;
        }

        await http.SignInAsync(Schemes.Staff, StaffPrincipal(account, role));
        return true;
    }

    /// <summary>Signs the reader out here and at every website that signed in by this session.</summary>
    public async Task ReaderOutAsync(HttpContext http)
    {
        await EndSessionAsync(http);
        await http.SignOutAsync(Schemes.Reader);
    }

    /// <summary>Signs the member of staff out.</summary>
    public static Task StaffOutAsync(HttpContext http) => http.SignOutAsync(Schemes.Staff);

    private static ClaimsPrincipal StaffPrincipal(Account account, string role) => new(new ClaimsIdentity(
        [
            new(AccountClaims.Account, account.Id), new(AccountClaims.Role, role),
            new(AccountClaims.Stamp, account.SecurityStamp ?? ""),
        ],
        Schemes.Staff, AccountClaims.Account, AccountClaims.Role));

    private async Task EndSessionAsync(HttpContext http)
    {
        var before = await http.AuthenticateAsync(Schemes.Reader);
        if (before.Principal?.SessionId() is { } session && before.Principal.ReaderId() is { } reader)
        {
            await sessions.RevokeAsync(session, $"reader:{reader.Value}");
        }
    }
}
