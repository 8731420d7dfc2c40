using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>Notes that a reader's address is her own: she has followed a link that only its mailbox had.</summary>
public sealed class ConfirmAddress(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock, IJobScheduler jobs)
{
    /// <summary>The event's type.</summary>
    public const string ConfirmedEvent = "AddressConfirmed";

    /// <summary>Notes it; false when that is not the reader's address (any more).</summary>
    /// <param name="reader">Who.</param>
    /// <param name="email">The address to which the link went.</param>
    /// <param name="actor">By whom.</param>
    public async Task<bool> RunAsync(ReaderId reader, string email, string actor)
    {
        var isHers = await provider.RetryAsync(() => TryAsync(reader, email, actor), patience: Retries.Patience);
        if (isHers)
        {
            await jobs.LookNowAsync<PublishEvents>();
        }

        return isHers;
    }

    private async Task<bool> TryAsync(ReaderId reader, string email, string actor)
    {
        var now = clock.Now;
        var normalized = AccountRules.NormalizeEmail(email);
        await using var db = await databases.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await db.Readers.Where(r => r.Id == reader && r.NormalizedEmail == normalized).ExecuteUpdateAsync(set => set.SetProperty(r => r.EmailVerifiedAt, now)) == 0)
        {
            return false;
        }

        db.Events.Add(NewEvent(ConfirmedEvent, reader, (await AccessVersions.RaiseAsync(db, reader))!.Value, actor, now));
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return true;
    }

    /// <summary>An event about what a reader's address lets her read. Nothing follows upon it in its stream.</summary>
    public static EventRow NewEvent(string type, ReaderId reader, long version, string actor, DateTimeOffset now) => new()
    {
        Stream = Secrets.NewId("adr"),
        StreamVersion = 1,
        ReaderId = reader,
        Type = type,
        Schema = 1,
        Data = "{}",
        Actor = actor,
        At = now,
        ReaderVersion = version,
    };
}
