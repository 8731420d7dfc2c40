using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Incidents;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Mail;

/// <summary>
/// Hands due mails to the mail server. What a mail says is made in the moment it goes; a notice whose case is over is
/// withdrawn. A crash between the server's 250 and our commit sends once more under the same Message-ID, and loses nothing.
/// </summary>
public sealed class SendDueMails(
    DueWorkStore due, DueWorkRunner runner, MailComposer composer, MailTemplates templates, IMailSender sender, BillingUnits units, StaffTasks tasks, FreezeBook freezes,
    IDbContextFactory<SubscriptionsDb> databases, PublisherSettings publisher, PublisherHours hours, BillingClock clock) : IRecurringJob
{
    // About three days of waking hours.
    private const int TriesBeforeTask = 25;

    private static readonly int[] _backOffMinutes = [1, 5, 15, 60, 120];

    /// <inheritdoc />
    public Task RunAsync(CancellationToken stopping) => runner.RunAsync(WorkKind.SendMail, SendAsync, stopping);

    private async Task SendAsync(Claim claim)
    {
        await using var db = await databases.CreateDbContextAsync();
        var mail = await db.Mails.AsNoTracking().SingleOrDefaultAsync(m => m.Id == claim.Id);
        if (mail is not { State: MailState.Pending })
        {
            await due.CompleteAsync(claim, null);
            return;
        }

        if (SendableAt(mail, clock.Now) is var sendable && sendable > clock.Now)
        {
            await due.CompleteAsync(claim, sendable);
            return;
        }

        if (await HeldUntilAsync(db, mail) is { } heldUntil)
        {
            await due.CompleteAsync(claim, heldUntil);
            return;
        }

        var reader = await db.Readers.AsNoTracking().SingleAsync(r => r.Id == mail.ReaderId);
        if (mail.Kind is MailKind.DunningNotice or MailKind.EndMoved && await composer.StandsStillAsync(db, mail))
        {
            // What it says is not so while a payment is disputed or on its way; the case goes on with its notices afterwards.
            await due.CompleteAsync(claim, hours.At(hours.DateOf(clock.Now).AddDays(1), hours.Send));
            return;
        }

        if (await composer.ComposeAsync(db, mail, reader) is not { } composed)
        {
            await SettleAsync(mail, MailState.Withdrawn, null, null);
            await due.CompleteAsync(claim, null);
            return;
        }

        if (WithoutSending(mail, reader) is var (unsent, why))
        {
            await SettleAsync(mail, unsent, composed, why);
            await due.CompleteAsync(claim, null);
            return;
        }

        var rendered = await templates.RenderAsync(composed.Model);
        var handover = await sender.SendAsync(
            new OutgoingMail($"{mail.Id}@{publisher.Address.Host}", reader.Email, rendered.Subject, rendered.Text, rendered.Html), CancellationToken.None);
        switch (handover)
        {
            case MailHandover.Accepted:
                await SettleAsync(mail, MailState.HandedOver, composed, null);
                await due.CompleteAsync(claim, null);
                break;
            case MailHandover.RefusedForGood refused:
                await SettleAsync(mail, MailState.Undeliverable, composed, refused.Reason);
                await due.CompleteAsync(claim, null);
                break;
            case MailHandover.TryLater { Firm: true } refused when claim.Tries + 1 >= TriesBeforeTask:
                // About three days: staff had them to mend an account of ours, and the case of one reader must not wait for ever.
                await SettleAsync(mail, MailState.Undeliverable, composed, refused.Reason);
                await due.CompleteAsync(claim, null);
                break;
            case MailHandover.TryLater later:
                await KeepRefusalAsync(mail, later.Reason);
                if (claim.Tries + 1 == TriesBeforeTask)
                {
                    await tasks.OpenAsync("mail-waiting", mail.Id, $"The mail server has put {mail.Id} off {TriesBeforeTask} times. It is offered on; what follows in its case waits for it.", mail.SubscriptionId);
                }

                var wait = _backOffMinutes[Math.Min(claim.Tries, _backOffMinutes.Length - 1)];
                await due.CompleteAsync(claim, SendableAt(mail, clock.Now.AddMinutes(wait)), cameToNothing: true);
                break;
        }
    }

    private DateTimeOffset SendableAt(MailRow mail, DateTimeOffset at) => mail.Kind.WaitsForOpenDay() ? hours.NoticeSendableAt(at) : hours.SendableAt(at);

    // No notice goes out about a payment problem that stands still; that its end moved is told. A freeze for the mail server itself is no reason not to
    // offer: that a mail is taken is how we learn that it is over.
    private async Task<DateTimeOffset?> HeldUntilAsync(SubscriptionsDb db, MailRow mail)
    {
        if (mail.Kind != MailKind.DunningNotice)
        {
            return null;
        }

        var tomorrow = hours.DateOf(clock.Now).AddDays(1);
        var row = await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == mail.SubscriptionId);
        var until = row.ToState() is Subscription.PastDue { Case.Pauses: { Count: > 0 } pauses } ? pauses.Max(pause => pause.Until) : DateOnly.MinValue;
        until = await freezes.HoldsMailsAsync(db) && until < tomorrow ? tomorrow : until;
        return until < tomorrow ? null : SendableAt(mail, hours.At(until, hours.Send));
    }

    // An address that takes no mail gets none; one whose reader complained gets what the contract needs.
    private static (MailState State, string Why)? WithoutSending(MailRow mail, ReaderRow reader) =>
        reader.AddressBouncedAt is not null ? (MailState.Undeliverable, "the address takes no mail")
        : reader.ComplainedAt is not null && !mail.Kind.IsNeeded() ? (MailState.Withdrawn, "the reader wants no mail that need not be")
        : null;

    // The mail's own state and what it means for the case are one transaction: neither can be true without the other.
    private Task SettleAsync(MailRow mail, MailState state, ComposedMail? composed, string? refusal) => units.ChangeAsync(mail.SubscriptionId, Actors.System, unit =>
    {
        var settled = unit.SettleMail(mail.Id, state, refusal);
        if (mail is not { Kind: MailKind.DunningNotice, CaseNumber: { } number, Stage: { } stage })
        {
            return unit;
        }

        // A refusal here means that the case was closed while the mail was on its way.
        if (state == MailState.HandedOver)
        {
            unit.Do(new SubscriptionCommand.RecordNoticeHandedOver(number, stage, composed!.EndsOn!.Value, composed.ClosesOn));
            if (settled.Feedback == MailFeedback.Bounced)
            {
                // The word that it came back was faster than our own record that it went.
                unit.CameBack(settled);
            }
        }
        else if (state == MailState.Undeliverable)
        {
            unit.Do(new SubscriptionCommand.RecordNoticeUndeliverable(number, stage));
            unit.RaiseTask("notice-undeliverable", mail.Id, $"The notice {stage} of {mail.SubscriptionId} cannot be delivered by mail; the page's notice counts.");
        }

        return unit;
    });

    private async Task KeepRefusalAsync(MailRow mail, string reason)
    {
        await using var db = await databases.CreateDbContextAsync();
        var now = clock.Now;
        var kept = reason.Length > 500 ? reason[..500] : reason;
        await db.Mails.Where(m => m.Id == mail.Id).ExecuteUpdateAsync(set => set
            .SetProperty(m => m.Tries, m => m.Tries + 1).SetProperty(m => m.LastTriedAt, now).SetProperty(m => m.LastRefusal, kept));
    }
}
