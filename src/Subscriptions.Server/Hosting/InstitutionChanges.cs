using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Hosting;

/// <summary>
/// A start with other institutions than the last one changes what readers may read: whoever has a confirmed address of one of them, then or now,
/// gets a new version and an event, so that websites forget what they hold.
/// </summary>
public sealed class InstitutionChanges(IDbContextFactory<SubscriptionsDb> databases, InstitutionsSettings institutions, Data.DatabaseProvider provider, BillingClock clock)
{
    /// <summary>The event's type.</summary>
    public const string ChangedEvent = "InstitutionsChanged";

    private const string Mark = "institutions";
    private const int Batch = 500;

    /// <summary>Tells whom it concerns, and keeps what settings say for the next start. Killed in between, it tells again.</summary>
    public async Task MakeCurrentAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var present = JsonSerializer.Serialize(new Content([.. institutions.All.Select(one => one.Institution)], institutions.ConfirmEvery), DomainJson.Options);
        var mark = await db.SettingsMarks.FirstOrDefaultAsync(m => m.Name == Mark);
        if (mark?.Content == present || (mark is null && institutions.All.Count == 0))
        {
            return;
        }

        var former = mark is null ? [] : JsonSerializer.Deserialize<Content>(mark.Content, DomainJson.Options)!.Institutions;
        await TellAsync([.. former, .. institutions.All.Select(one => one.Institution)]);
        if (mark is null)
        {
            db.SettingsMarks.Add(new SettingsMarkRow { Name = Mark, Content = present });
        }
        else
        {
            mark.Content = present;
        }

        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException together) when (provider.IsUniqueViolation(together))
        {
            // Another process starts with its first institutions at the same moment, and has kept them.
        }
    }

    private async Task TellAsync(IReadOnlyList<Institution> concerned)
    {
        await using var db = await databases.CreateDbContextAsync();
        List<ReaderId> readers = [];
        await foreach (var reader in db.Readers.AsNoTracking().Where(r => r.EmailVerifiedAt != null).Select(r => new { r.Id, r.Email }).AsAsyncEnumerable())
        {
            if (concerned.Any(one => one.Includes(reader.Email)))
            {
                readers.Add(reader.Id);
            }
        }

        foreach (var some in readers.Chunk(Batch))
        {
            db.ChangeTracker.Clear();
            await TellAsync(db, some);
        }
    }

    private async Task TellAsync(SubscriptionsDb db, IReadOnlyList<ReaderId> readers)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        foreach (var (reader, version) in await AccessVersions.RaiseAsync(db, readers))
        {
            db.Events.Add(ConfirmAddress.NewEvent(ChangedEvent, reader, version, Actors.System, clock.Now));
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    private sealed record Content(IReadOnlyList<Institution> Institutions, TimeSpan ConfirmEvery);
}
