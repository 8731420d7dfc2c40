using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Checks an address and a password. Whoever asks about an unknown address waits as long and hears the same as with a
/// wrong password or a locked account, so that signing in tells nobody who reads the paper. Registering does: an address
/// that is taken is refused by name, as often as the limit on forms lets somebody ask.
/// </summary>
public sealed class Credentials(
    UserManager<Account> accounts, IPasswordHasher<Account> hasher, IDbContextFactory<SubscriptionsDb> databases, TimeProvider wall)
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

        if (!await TakeTryAsync(account.Id))
        {
            hasher.VerifyHashedPassword(account, hash, password);
            return null;
        }

        if (!await accounts.CheckPasswordAsync(account, password))
        {
            return null;
        }

        await ForgetTriesAsync(account);
        return account;
    }

    // Counted before the password is looked at, in one statement: of many who try at once each is counted, and nobody gets a
    // try that the count does not have. The last one locks at once, and is forgiven if its password turns out to be right.
    private async Task<bool> TakeTryAsync(string id)
    {
        var now = wall.GetUtcNow();
        var until = now.Add(Lockout);
        await using var db = await databases.CreateDbContextAsync();
        return await db.Users.Where(a => a.Id == id && (a.LockoutEnd == null || a.LockoutEnd <= now))
            .ExecuteUpdateAsync(set => set
                .SetProperty(a => a.AccessFailedCount, a => a.AccessFailedCount >= MostTries ? 1 : a.AccessFailedCount + 1)
                .SetProperty(a => a.LockoutEnd, a => a.AccessFailedCount == MostTries - 1 ? until : null)) == 1;
    }

    private async Task ForgetTriesAsync(Account account)
    {
        await using var db = await databases.CreateDbContextAsync();
        await db.Users.Where(a => a.Id == account.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.AccessFailedCount, 0).SetProperty(a => a.LockoutEnd, (DateTimeOffset?)null));

        // Whoever saves this account next must not write the old count back.
        account.AccessFailedCount = 0;
        account.LockoutEnd = null;
    }
}
