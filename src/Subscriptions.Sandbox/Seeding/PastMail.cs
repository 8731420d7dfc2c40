using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>The mails of a past life: they were handed over when they were due, and are not in today's inbox.</summary>
internal sealed class PastMail(IDbContextFactory<SubscriptionsDb> databases, DateTimeOffset today)
{
    /// <summary>Hands over what would have gone by the clock's time or will not be looked at again.</summary>
    public async Task DeliverAsync(SubscriptionId id, BillingUnits units, PastClock clock)
    {
        await using var db = await databases.CreateDbContextAsync();
        var waiting = await db.Mails.AsNoTracking().Where(m => m.SubscriptionId == id && m.State == MailState.Pending).ToListAsync();
        var back = clock.At;
        foreach (var mail in waiting)
        {
            var dueAt = await db.DueWork.Where(w => w.Kind == WorkKind.SendMail && w.Id == mail.Id).Select(w => w.DueAt).SingleAsync();
            if (dueAt > today)
            {
                continue;
            }

            clock.At = dueAt > back ? dueAt : back;
            await units.ChangeAsync(id, Actors.System, unit =>
            {
                unit.SettleMail(mail.Id, MailState.HandedOver, null);
                if (mail is { Kind: MailKind.DunningNotice, CaseNumber: { } number, Stage: { } stage } && unit.Subscription is Subscription.PastDue pastDue)
                {
                    var schedule = unit.Rules.ScheduleOf(pastDue.Case);
                    unit.Do(new SubscriptionCommand.RecordNoticeHandedOver(
                        number, stage, unit.Rules.Hours.DateOf(schedule.ProjectedEndAt(clock.At)), schedule.ProjectedClosingAt(clock.At) is { } closes ? unit.Rules.Hours.DateOf(closes) : null));
                }

                return unit;
            });
            await db.DueWork.Where(w => w.Kind == WorkKind.SendMail && w.Id == mail.Id).ExecuteDeleteAsync();
        }
    }
}
