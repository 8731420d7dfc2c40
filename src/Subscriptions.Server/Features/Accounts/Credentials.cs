using Microsoft.AspNetCore.Identity;
using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Checks an address and a password. Whoever asks about an unknown address waits as long and hears the same as with a
/// wrong password or a locked account, so that nobody learns who reads the paper.
/// </summary>
public sealed class Credentials(UserManager<Account> accounts, IPasswordHasher<Account> hasher)
{
    /// <summary>Wrong tries in a row after which an account is locked.</summary>
    public const int MostTries = 5;

    /// <summary>For how long it is locked.</summary>
    public static readonly TimeSpan Lockout = TimeSpan.FromMinutes(10);

    // The hash of a password that nobody has; comparing with it costs what comparing with a real one costs.
    private static readonly string _nobodysHash = new PasswordHasher<Account>().HashPassword(new Account(), Secrets.NewToken());

    /// <summary>The account, or null when it may not come in.</summary>
    public async Task<Account?> CheckAsync(string userName, string password)
    {
        if (password.Length > AccountRules.PasswordMaxLength)
        {
            return null;
        }

        var account = await accounts.FindByNameAsync(userName);
        if (account?.PasswordHash is not { } hash)
        {
            hasher.VerifyHashedPassword(new Account(), _nobodysHash, password);
            return null;
        }

        if (await accounts.IsLockedOutAsync(account))
        {
            hasher.VerifyHashedPassword(account, hash, password);
            return null;
        }

        if (!await accounts.CheckPasswordAsync(account, password))
        {
            await accounts.AccessFailedAsync(account);
            return null;
        }

        await accounts.ResetAccessFailedCountAsync(account);
        return account;
    }
}
