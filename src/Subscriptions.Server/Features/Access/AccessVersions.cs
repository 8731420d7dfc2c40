using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Access;

/// <summary>Raises readers' access versions within a transaction, in one statement, so that no two changes have the same.</summary>
public static class AccessVersions
{
    /// <summary>Raises one; null when there is no such reader. Her row is the transaction's from then on.</summary>
    public static async Task<long?> RaiseAsync(SubscriptionsDb db, ReaderId reader) =>
        await db.Readers.Where(r => r.Id == reader).ExecuteUpdateAsync(set => set.SetProperty(r => r.AccessVersion, r => r.AccessVersion + 1)) == 0
            ? null
            : await db.Readers.Where(r => r.Id == reader).Select(r => r.AccessVersion).SingleAsync();

    /// <summary>Raises several.</summary>
    public static async Task<IReadOnlyDictionary<ReaderId, long>> RaiseAsync(SubscriptionsDb db, IReadOnlyCollection<ReaderId> readers)
    {
        await db.Readers.Where(r => readers.Contains(r.Id)).ExecuteUpdateAsync(set => set.SetProperty(r => r.AccessVersion, r => r.AccessVersion + 1));
        return await db.Readers.Where(r => readers.Contains(r.Id)).Select(r => new { r.Id, r.AccessVersion }).ToDictionaryAsync(r => r.Id, r => r.AccessVersion);
    }
}
