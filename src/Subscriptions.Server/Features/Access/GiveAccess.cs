using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Access;

/// <summary>What is to be given.</summary>
/// <param name="Kind">One of <see cref="GivenAccess.Kinds"/>.</param>
/// <param name="Entitlements">What it opens beyond <c>subscriber</c>.</param>
/// <param name="From">Null for at once.</param>
/// <param name="Until">Null until it is withdrawn.</param>
/// <param name="Source">Where it was granted, where that is elsewhere.</param>
/// <param name="Contact">Whom the reader asks about it.</param>
/// <param name="Note">Words for staff.</param>
public sealed record AccessOrder(
    GrantKind Kind, IReadOnlyList<string> Entitlements, DateTimeOffset? From, DateTimeOffset? Until, string? Source, string? Contact, string? Note);

/// <summary>What became of it.</summary>
public abstract record GivenResult
{
    /// <summary>It was given, now or by the same request before.</summary>
    public sealed record Given(GrantRow Row) : GivenResult;

    /// <summary>A rule is against it.</summary>
    public sealed record Refused(Refusal Refusal) : GivenResult;
}

/// <summary>Gives readers access beside any subscription, and withdraws it. Websites hear of either through the feed.</summary>
public sealed class GiveAccess(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock, IJobScheduler jobs)
{
    /// <summary>The event of access that was given.</summary>
    public const string GivenEvent = "AccessGiven";

    /// <summary>The event of access that was withdrawn.</summary>
    public const string WithdrawnEvent = "AccessWithdrawn";

    /// <summary>How the ids of its records begin.</summary>
    public const string IdPrefix = "grt_";

    private const int MostShown = 100;
    private const int IdLength = 24;

    private static readonly Refusal _tooMany = new("grants-too-many", $"This reader has {GivenAccess.MostAtOnce} records of given access already. Withdraw one first.");

    /// <summary>There is no such reader.</summary>
    public static Refusal NoReader { get; } = new("reader-not-found", "There is no such reader.");

    /// <summary>Gives it; the same request key gives it once.</summary>
    /// <param name="reader">To whom.</param>
    /// <param name="order">What.</param>
    /// <param name="requestKey">The request's own, so that one that is sent twice gives once.</param>
    /// <param name="actor">By whom.</param>
    public async Task<GivenResult> GiveAsync(ReaderId reader, AccessOrder order, string requestKey, string actor)
    {
        var result = await provider.RetryAsync(() => TryGiveAsync(reader, order, requestKey, actor), patience: Retries.Patience);
        await jobs.LookNowAsync<PublishEvents>();
        return result;
    }

    private async Task<GivenResult> TryGiveAsync(ReaderId reader, AccessOrder order, string requestKey, string actor)
    {
        var now = clock.Now;
        var id = IdPrefix + Secrets.Hash($"{reader.Value}\n{requestKey}")[..IdLength];
        var given = new GivenAccess(id, order.Kind, order.Entitlements, order.From ?? now, order.Until, order.Source);
        await using var db = await databases.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await AccessVersions.RaiseAsync(db, reader) is not { } version)
        {
            return new GivenResult.Refused(NoReader);
        }

        // Her row is ours by now: of two who give at once the second sees what the first gave. What is not committed below raises no version.
        if (await db.Grants.AsNoTracking().FirstOrDefaultAsync(g => g.Id == id) is { } known)
        {
            return IsSame(known, order) ? new GivenResult.Given(known) : new GivenResult.Refused(InvoiceRefusals.RequestKeyReused);
        }

        if ((given.Obstacle(now) ?? (await Current(db, reader, now).CountAsync() < GivenAccess.MostAtOnce ? null : _tooMany)) is { } obstacle)
        {
            return new GivenResult.Refused(obstacle);
        }

        var row = new GrantRow
        {
            Id = id,
            ReaderId = reader,
            Kind = given.Kind,
            Entitlements = JsonSerializer.Serialize(given.Entitlements, DomainJson.Options),
            From = given.From,
            Until = given.Until,
            Source = order.Source,
            Contact = order.Contact,
            Note = order.Note,
            GivenBy = actor,
            GivenAt = now,
        };
        db.Grants.Add(row);
        AddEvent(db, row, GivenEvent, 1, actor, version);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return new GivenResult.Given(row);
    }

    /// <summary>Withdraws it from this moment on; nothing happens when it is withdrawn already. Null when there is no such record.</summary>
    public async Task<GrantRow?> WithdrawAsync(string id, string actor)
    {
        var row = await provider.RetryAsync(() => TryWithdrawAsync(id, actor));
        await jobs.LookNowAsync<PublishEvents>();
        return row;
    }

    private async Task<GrantRow?> TryWithdrawAsync(string id, string actor)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            var withdrawn = await db.Grants.Where(g => g.Id == id && g.WithdrawnAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(g => g.WithdrawnAt, now).SetProperty(g => g.WithdrawnBy, actor));
            if (withdrawn == 1)
            {
                var row = await db.Grants.AsNoTracking().SingleAsync(g => g.Id == id);
                AddEvent(db, row, WithdrawnEvent, 2, actor, (await AccessVersions.RaiseAsync(db, row.ReaderId))!.Value);
                await db.SaveChangesAsync();
                await transaction.CommitAsync();
            }
        }

        return await db.Grants.AsNoTracking().FirstOrDefaultAsync(g => g.Id == id);
    }

    /// <summary>What a reader was given: what counts or will, then what is over; newest first, a hundred at most.</summary>
    public async Task<IReadOnlyList<GrantRow>> ListAsync(ReaderId reader)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        return await db.Grants.AsNoTracking().Where(g => g.ReaderId == reader)
            .OrderBy(g => g.WithdrawnAt == null && (g.Until == null || g.Until > now) ? 0 : 1).ThenByDescending(g => g.GivenAt).ThenBy(g => g.Id).Take(MostShown).ToListAsync();
    }

    /// <summary>What counts at a moment or will later.</summary>
    public static IQueryable<GrantRow> Current(SubscriptionsDb db, ReaderId reader, DateTimeOffset now) =>
        db.Grants.AsNoTracking().Where(g => g.ReaderId == reader && g.WithdrawnAt == null && (g.Until == null || g.Until > now));

    private static bool IsSame(GrantRow known, AccessOrder order) =>
        known.Kind == order.Kind && known.Until == order.Until && (order.From is null || known.From == order.From) && known.Source == order.Source
        && known.ToGiven().Entitlements.SequenceEqual(order.Entitlements);

    private void AddEvent(SubscriptionsDb db, GrantRow row, string type, int version, string actor, long readerVersion) => db.Events.Add(new EventRow
    {
        Stream = row.Id,
        StreamVersion = version,
        ReaderId = row.ReaderId,
        Type = type,
        Schema = 1,
        Data = JsonSerializer.Serialize(new AccessEvent(row.Kind, row.From, row.Until), DomainJson.Options),
        Actor = actor,
        At = clock.Now,
        ReaderVersion = readerVersion,
    });
}

/// <summary>What the event of given or withdrawn access keeps.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="From">Since when it counts.</param>
/// <param name="Until">Until when; null until it is withdrawn.</param>
public sealed record AccessEvent(GrantKind Kind, DateTimeOffset From, DateTimeOffset? Until);
