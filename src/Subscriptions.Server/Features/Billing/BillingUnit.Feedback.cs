using Microsoft.EntityFrameworkCore;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Mail.Templates;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What is heard of mails after they went, and mails that a pause held.</summary>
public sealed partial class BillingUnit
{
    /// <summary>Records what was heard of a mail; false when it says nothing new.</summary>
    /// <param name="mailId">The mail.</param>
    /// <param name="feedback">What was heard.</param>
    /// <param name="code">The code that came with it.</param>
    public bool HearOfMail(string mailId, MailFeedback feedback, string? code)
    {
        var mail = db.Mails.Find(mailId) ?? throw new InvalidOperationException($"There is no mail {mailId}.");
        if (mail.Feedback >= feedback)
        {
            return false;
        }

        (mail.Feedback, mail.FeedbackAt, mail.FeedbackCode) = (feedback, now, code);
        var reader = db.Readers.Find(mail.ReaderId)!;
        if (feedback == MailFeedback.Bounced)
        {
            reader.AddressBouncedAt ??= now;
            CameBack(mail);
        }
        else if (feedback == MailFeedback.Complained)
        {
            reader.ComplainedAt ??= now;
            RaiseTask("mail-complaint", mail.ReaderId.Value, $"The reader of {mail.SubscriptionId} called {mail.Id} unwanted. From now on only what the contract needs is mailed; please ask whether she wants to stay.");
        }

        return true;
    }

    /// <summary>What it means for the case that a notice came back; nothing when the case is over, or the notice not handed over yet.</summary>
    public void CameBack(MailRow mail)
    {
        if (mail is not { Kind: MailKind.DunningNotice, CaseNumber: { } number, Stage: { } stage, State: MailState.HandedOver })
        {
            return;
        }

        if (Do(new SubscriptionCommand.RecordNoticeBounced(number, stage)) is null)
        {
            RaiseTask("notice-undeliverable", mail.Id, $"The notice “{NoticeWords.Heading(stage)}” of {mail.SubscriptionId} came back after it was sent; the page's notice counts. Please find another way to reach the reader.");
        }
    }

    private void SendWhatWaited()
    {
        if (Subscription is not Subscription.PastDue { Case: { Pauses.Count: 0 } dunning } state)
        {
            return;
        }

        var waiting = db.Mails.AsNoTracking().Where(m => m.SubscriptionId == state.Contract.Id && m.State == MailState.Pending && m.CaseNumber == dunning.Number).Select(m => m.Id).ToList();
        foreach (var work in waiting.Select(id => db.DueWork.Find(WorkKind.SendMail, id)).OfType<DueWorkRow>())
        {
            work.DueAt = Rules.Hours.NoticeSendableAt(now);
        }
    }
}
