using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Gives each end for non-payment a place on a day, where the publisher ends no more a day than the telephones can bear.
/// A place once given is kept, so who was due first ends first. A place of somebody who paid after all stays empty: fewer
/// end that day than could.
/// </summary>
public sealed class EndingPlaces(IDbContextFactory<SubscriptionsDb> databases, Data.DatabaseProvider provider, PublisherSettings publisher)
{
    private const int MostDays = 366;

    /// <summary>True when the publisher limits the ends of a day.</summary>
    public bool AreLimited => publisher.EndingsPerDay is not null;

    /// <summary>The day on which an end that is due has its place: the first open one, from a date on, that has room.</summary>
    public async Task<DateOnly> TakeAsync(SubscriptionId id, int caseNumber, DateOnly from)
    {
        if (await PlaceAsync(id, caseNumber) is { } given && given >= from)
        {
            return given;
        }

        var day = publisher.Hours.Calendar.OpenOn(from);
        for (var days = 0; days < MostDays; days++, day = publisher.Hours.Calendar.OpenOn(day.AddDays(1)))
        {
            await OpenDayAsync(day);
            if (await TryTakeAsync(id, caseNumber, day))
            {
                return day;
            }
        }

        throw new InvalidOperationException($"No day within {MostDays} has room for the end of {id}.");
    }

    private async Task<DateOnly?> PlaceAsync(SubscriptionId id, int caseNumber)
    {
        await using var db = await databases.CreateDbContextAsync();
        return (await db.EndingPlaces.AsNoTracking().FirstOrDefaultAsync(p => p.SubscriptionId == id && p.CaseNumber == caseNumber))?.Day;
    }

    private async Task OpenDayAsync(DateOnly day)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.EndingDays.AnyAsync(d => d.Day == day))
        {
            return;
        }

        db.EndingDays.Add(new EndingDayRow { Day = day });
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException together) when (provider.IsUniqueViolation(together))
        {
            // Another process opened the same day in this moment.
        }
    }

    // The guarded update takes the place or nothing, and place and count are saved together or not at all.
    private async Task<bool> TryTakeAsync(SubscriptionId id, int caseNumber, DateOnly day)
    {
        var most = publisher.EndingsPerDay;
        await using var db = await databases.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await db.EndingDays.Where(d => d.Day == day && d.Taken < most).ExecuteUpdateAsync(set => set.SetProperty(d => d.Taken, d => d.Taken + 1)) == 0)
        {
            return false;
        }

        if (await db.EndingPlaces.FindAsync(id, caseNumber) is { } former)
        {
            former.Day = day;
        }
        else
        {
            db.EndingPlaces.Add(new EndingPlaceRow { SubscriptionId = id, CaseNumber = caseNumber, Day = day });
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return true;
    }
}
