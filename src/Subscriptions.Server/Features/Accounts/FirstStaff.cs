using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Makes the first member of staff from settings, where there is none: otherwise nobody could open the support pages of a new installation.</summary>
public sealed class FirstStaff(
    ServerSettings settings, CreateStaff create, IDbContextFactory<SubscriptionsDb> databases, ILogger<FirstStaff> log)
{
    /// <summary>Makes her, once.</summary>
    public async Task EnsureAsync()
    {
        if (settings.FirstStaff is not { } first)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync();
        if (await db.Users.AnyAsync(account => account.StaffRole != null))
        {
            return;
        }

        if (await create.RunAsync(first.Email, first.Password, StaffRoles.Admin) is CreatedStaff.Refused refused)
        {
            log.LogError("The first member of staff could not be made: {Reason}", refused.Refusal.Reason);
        }
    }
}
