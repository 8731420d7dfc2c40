using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Credits;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Readers' credit: reading it, and giving some out of goodwill.</summary>
public sealed class CreditAccounts(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock, IJobScheduler jobs)
{
    private const int MostShown = 50;

    /// <summary>There is no such reader.</summary>
    public static Refusal NotFound { get; } = new("reader-not-found", "There is no such reader.");

    /// <summary>What stands on a reader's accounts, and the newest movements.</summary>
    public async Task<(IReadOnlyList<Money> Balances, IReadOnlyList<CreditEntryRow> Entries)> ReadAsync(ReaderId reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        var accounts = await db.CreditAccounts.AsNoTracking().Where(a => a.ReaderId == reader).OrderBy(a => a.Currency).ToListAsync();
        var entries = await db.CreditEntries.AsNoTracking().Where(e => e.ReaderId == reader).OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(MostShown).ToListAsync();
        return ([.. accounts.Select(a => new Money(a.Balance, a.Currency))], entries);
    }

    /// <summary>Gives credit; the same request key gives it once. Null when it is given.</summary>
    public Task<Refusal?> GrantAsync(ReaderId reader, Money amount, AdjustmentReason reason, string requestKey, string actor) =>
        provider.RetryAsync(() => TryGrantAsync(reader, amount, reason, requestKey, actor));

    private async Task<Refusal?> TryGrantAsync(ReaderId reader, Money amount, AdjustmentReason reason, string requestKey, string actor)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.Readers.FirstOrDefaultAsync(r => r.Id == reader) is not { } row)
        {
            return NotFound;
        }

        var id = $"grant:{reader.Value}:{requestKey}";
        if (await db.CreditEntries.AsNoTracking().FirstOrDefaultAsync(e => e.Id == id) is { } known)
        {
            return known.Amount == amount.Amount && known.Currency == amount.Currency ? null : InvoiceRefusals.RequestKeyReused;
        }

        var now = clock.Now;
        switch (CreditAccount.Grant(amount, reason, requestKey, now))
        {
            case Outcome<CreditEvent>.Refused refused:
                return refused.Refusal;
            case Outcome<CreditEvent>.Accepted { Events: [var granted] }:
                var account = db.MoveCredit(new CreditEntryRow
                {
                    Id = id,
                    ReaderId = reader,
                    Currency = amount.Currency,
                    Amount = amount.Amount,
                    Reason = reason,
                    Actor = actor,
                    At = now,
                });
                db.Events.Add(new EventRow
                {
                    Stream = CreditAccount.StreamOf(reader, amount.Currency),
                    StreamVersion = account.Version,
                    ReaderId = reader,
                    Type = granted.GetType().Name,
                    Schema = 1,
                    Data = JsonSerializer.Serialize(granted, DomainJson.Options),
                    Actor = actor,
                    At = now,
                    ReaderVersion = row.AccessVersion,
                });
                db.Ledger.AddRange(LedgerMapping.ToRows(Postings.For((CreditEvent.CreditGranted)granted, reader, account.Version)));
                break;
        }

        await db.SaveChangesAsync();
        await jobs.LookNowAsync<PublishEvents>();
        return null;
    }
}
