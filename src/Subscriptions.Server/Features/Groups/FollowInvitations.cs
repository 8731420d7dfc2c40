using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Mail;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Groups;

/// <summary>
/// Mails invitations, and ends those that nobody accepted in time. They go at once, at any hour: a person has just asked for each. The address is
/// no reader's yet, so that what the mail server says of it concerns the invitation alone.
/// </summary>
public sealed class FollowInvitations(
    DueWorkStore due, DueWorkRunner runner, GroupSeats seats, SeatLinks links, MailTemplates templates, IMailSender sender,
    IDbContextFactory<SubscriptionsDb> databases, PublisherSettings publisher, PublisherHours hours, BillingClock clock) : IRecurringJob
{
    private const int MostTries = 25;

    private static readonly int[] _backOffMinutes = [1, 5, 15, 60, 120];

    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.FollowInvitation, FollowAsync, stopping);

    private async Task FollowAsync(Claim claim)
    {
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.Seats.AsNoTracking().SingleOrDefaultAsync(s => s.Id == claim.Id);
        if (row?.ToSeat(clock.Now) is not Seat.Invited invited)
        {
            if (row is { End: null, ReaderId: null })
            {
                await seats.ExpireAsync(row.Id);
            }

            await due.CompleteAsync(claim, null);
            return;
        }

        if (row.MailedAt is not null || row.UndeliverableAt is not null)
        {
            await due.CompleteAsync(claim, invited.Until);
            return;
        }

        var holder = await db.Subscriptions.Where(s => s.Id == row.SubscriptionId).Join(db.Readers, s => s.ReaderId, r => r.Id, (_, r) => r.Name).SingleAsync();
        var letter = await templates.RenderAsync(new SeatInvitationMail(holder, links.For(row.Id), hours.DateOf(invited.Until).AddDays(-1)));
        var mail = new OutgoingMail($"{row.Id}@{publisher.Address.Host}", row.Email!, letter.Subject, letter.Text, letter.Html);
        switch (await sender.SendAsync(mail, CancellationToken.None))
        {
            case MailHandover.TryLater when claim.Tries + 1 < MostTries:
                await due.CompleteAsync(claim, clock.Now.AddMinutes(_backOffMinutes[Math.Min(claim.Tries, _backOffMinutes.Length - 1)]), cameToNothing: true);
                return;
            case MailHandover.Accepted:
                await NoteAsync(row.Id, mailed: true);
                break;
            default:
                await NoteAsync(row.Id, mailed: false);
                break;
        }

        await due.CompleteAsync(claim, invited.Until);
    }

    // Nothing that anybody decides by: the place's version stays.
    private async Task NoteAsync(string id, bool mailed)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        var one = db.Seats.Where(s => s.Id == id);
        await (mailed ? one.ExecuteUpdateAsync(set => set.SetProperty(s => s.MailedAt, now)) : one.ExecuteUpdateAsync(set => set.SetProperty(s => s.UndeliverableAt, now)));
    }
}
