using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What an event implies elsewhere: in the other aggregate, in the mail outbox, in the list of due work.</summary>
public sealed partial class BillingUnit
{
    /// <summary>Hours after which a renewal without a final outcome becomes a task for staff.</summary>
    public const int PendingHours = 24;

    private void Follow(InvoiceEvent e)
    {
        switch (e)
        {
            case InvoiceEvent.PaymentAttemptSucceeded:
                Must(new SubscriptionCommand.RecordInvoicePaid(Invoice!.Id));
                break;
            case InvoiceEvent.PaymentAttemptDeclined declined:
                Must(Told(declined));
                RefuseForGood(declined.Attempt, declined.Decline);
                break;
            case InvoiceEvent.PaymentAttemptProcessing processing:
                Must(new SubscriptionCommand.RecordInvoiceUnderWay(Invoice!.Id));
                TellOfCollection(processing);
                break;
            case InvoiceEvent.PaymentAttemptNeedsAuthentication refused:
                Must(Declined(refused.Attempt, DeclineClass.ReaderMustAct, unusable: true));
                break;
            case InvoiceEvent.PaymentAttemptAbandoned when Subscription is Subscription.PastDue pastDue
                && RetriesAreTold(pastDue)
                && pastDue.Contract.PaymentMethodId is { } asked && InvoiceDecider.NeedsTheReader(Invoice!, asked):
                // The retries that the page tells would be of a method which nobody but she may use: there are none.
                Must(NothingToTry(DeclineClass.ReaderMustAct));
                break;
            default:
                FollowAdjustment(e);
                FollowContest(e);
                break;
        }
    }

    private void Follow(SubscriptionEvent e)
    {
        switch (e)
        {
            case SubscriptionEvent.SubscriptionStarted { Invoice: { } first }:
                Raise(first);
                break;
            case SubscriptionEvent.RenewalInvoiceRaised renewal:
                Raise(renewal.Invoice);
                break;
            case SubscriptionEvent.ReplacementInvoiceRaised replacement:
                RaiseReplacement(replacement);
                break;
            case SubscriptionEvent.DunningResumed:
                SendWhatWaited();
                break;
            case SubscriptionEvent.PaymentMethodChanged:
                CollectTries = 0;
                break;
            case SubscriptionEvent.PaymentMethodRenewed renewed:
                CollectTries = 0;
                if (Invoice is not null)
                {
                    Must(new InvoiceCommand.SetFormerCardAside(renewed.PaymentMethodId, renewed.SameNumber));
                }

                break;
            case SubscriptionEvent.PaymentMethodSetAside aside when Subscription is Subscription.PastDue pastDue && RetriesAreTold(pastDue):
                // The tries that were told were of this method: there are none.
                Must(new SubscriptionCommand.RecordInvoiceDeclined(pastDue.Invoice.Id, 0, DeclineClass.ReaderMustAct, KindOf(aside.PaymentMethodId)));
                break;
            case SubscriptionEvent.EndRequested when Invoice is not null:
                Must(new InvoiceCommand.StopCollecting());
                break;
            case SubscriptionEvent.SubscriptionEnded ended:
                CloseInvoice(ended);
                TellOfUnclaimed();
                break;
        }

        QueueMail(e);
    }

    private void Raise(OpenInvoice open)
    {
        TakeUpNewInvoice();
        var contract = ((Subscription.Started)Subscription).Contract;
        Must(new InvoiceCommand.RaiseInvoice(open.Id, contract.ReaderId, contract.Id, open.Purpose, open.Period, Rules.Plan));
        UseCredit();
    }

    private void CloseInvoice(SubscriptionEvent.SubscriptionEnded ended)
    {
        if (ended.OpenInvoiceId is { } open && Invoice?.Id == open)
        {
            Must(new InvoiceCommand.CloseUnpaid(WriteOff: ended.Reason is EndReason.NonPayment or EndReason.PaymentReversed or EndReason.PayerDeceased));
        }
    }

    /// <summary>Closes a task whose cause is gone, if it is open.</summary>
    public void CloseTask(string kind, string subject)
    {
        if (db.StaffTasks.Find($"{kind}:{subject}") is { ClosedAt: null } open)
        {
            open.ClosedAt = now;
        }
    }

    /// <summary>Opens a task for staff; the same one only once.</summary>
    public void RaiseTask(string kind, string subject, string text)
    {
        var id = $"{kind}:{subject}";
        if (db.StaffTasks.Find(id) is { } known)
        {
            if (known.ClosedAt is not null)
            {
                (known.ClosedAt, known.OpenedAt, known.Text) = (null, now, text);
            }
        }
        else
        {
            db.StaffTasks.Add(new StaffTaskRow
            {
                Id = id,
                Kind = kind,
                SubscriptionId = (Subscription as Subscription.Started)?.Contract.Id,
                Text = text,
                OpenedAt = now,
            });
        }
    }

    /// <summary>
    /// Charges the method of a hosted set-up from now on: once, however often its page is loaded or its webhook comes,
    /// and not when another one was taken over after this one had been completed.
    /// </summary>
    /// <param name="setupId">The hosted page.</param>
    /// <param name="setupIntentId">What came of it.</param>
    /// <param name="paymentMethodId">The method.</param>
    /// <param name="completedAt">When it was completed, as far as we know; null when its reader comes back from it just now.</param>
    public Refusal? TakeOver(string setupId, string? setupIntentId, string paymentMethodId, DateTimeOffset? completedAt)
    {
        var row = db.HostedSetups.Find(setupId) ?? throw new InvalidOperationException($"There is no set-up {setupId}.");
        if (row.SetupIntentId is not null)
        {
            return null;
        }

        var later = completedAt is { } completed && db.HostedSetups.Any(s => s.SubscriptionId == row.SubscriptionId && s.TakenOverAt > completed);
        if (!later && Do(new SubscriptionCommand.ChangePaymentMethod(paymentMethodId)) is { } refusal)
        {
            return refusal;
        }

        (row.SetupIntentId, row.TakenOverAt) = (setupIntentId, now);
        return null;
    }

    /// <summary>Records what became of a mail.</summary>
    public MailRow SettleMail(string mailId, MailState state, string? refusal)
    {
        var mail = db.Mails.Find(mailId) ?? throw new InvalidOperationException($"There is no mail {mailId}.");
        mail.State = state;
        mail.SettledAt = now;
        mail.Tries++;
        mail.LastTriedAt = now;
        mail.LastRefusal = refusal is { Length: > 500 } ? refusal[..500] : refusal ?? mail.LastRefusal;
        return mail;
    }

    /// <summary>Stands in the id of a mail that tells of a collection that failed after days.</summary>
    public const string FailedCollection = "-failed-";

    // Queued in this very change: it also tells the date that moved with it.
    private MailRow? collectionFailed;

    private void QueueMail(SubscriptionEvent e)
    {
        var contract = ((Subscription.Started)Subscription).Contract;
        switch (e)
        {
            case SubscriptionEvent.DunningStageEntered entered:
                var mail = AddMail(MailKind.DunningNotice, contract, $"{entered.CaseNumber}-{entered.Stage}");
                mail.CaseNumber = entered.CaseNumber;
                mail.Stage = entered.Stage;
                break;
            case SubscriptionEvent.DunningRetryDeclined { TookDays: true } failed when Subscription is Subscription.PastDue { Case: { Stage: not DunningStage.Silent } told }:
                collectionFailed = AddMail(MailKind.EndMoved, contract, $"{told.Number}{FailedCollection}{failed.Attempt}");
                collectionFailed.CaseNumber = told.Number;
                break;
            case SubscriptionEvent.DunningEndMoved moved when collectionFailed is not null:
                collectionFailed.FormerEndsOn = moved.FormerEndsOn;
                break;
            case SubscriptionEvent.DunningEndMoved moved when Subscription is Subscription.PastDue { Case.Stage: DunningStage.DueToTerminate }:
                var later = AddMail(MailKind.EndMoved, contract, $"{moved.CaseNumber}-{moved.EndsOn:yyyyMMdd}");
                later.CaseNumber = moved.CaseNumber;
                later.FormerEndsOn = moved.FormerEndsOn;
                break;
            case SubscriptionEvent.SubscriptionRenewed when Invoice is { Purpose: InvoicePurpose.First }:
            case SubscriptionEvent.SubscriptionActivated or SubscriptionEvent.TrialStarted:
                AddMail(MailKind.Welcome, contract, "1");
                break;
            case SubscriptionEvent.ReplacementWithdrawn withdrawn:
                AddMail(MailKind.PaymentReceived, contract, withdrawn.InvoiceId.Value);
                break;
            case SubscriptionEvent.SubscriptionRecovered recovered:
                AddMail(MailKind.PaymentReceived, contract, recovered.InvoiceId.Value);
                break;
            case SubscriptionEvent.CancellationScheduled:
                AddMail(MailKind.CancellationConfirmed, contract, $"{subscriptionRow?.Version ?? 0}-{subscriptionEvents}");
                break;
            case SubscriptionEvent.SubscriptionEnded { Reason: not (EndReason.NeverPaid or EndReason.PayerDeceased) }:
                AddMail(MailKind.SubscriptionEnded, contract, "1");
                break;
        }
    }

    private MailRow AddMail(MailKind kind, Contract contract, string number)
    {
        var mail = new MailRow
        {
            Id = MailId(kind, contract, number),
            Kind = kind,
            ReaderId = contract.ReaderId,
            SubscriptionId = contract.Id,
            InvoiceId = Invoice?.Id,
            State = MailState.Pending,
            CreatedAt = now,
        };
        db.Mails.Add(mail);
        db.DueWork.Add(new DueWorkRow { Kind = WorkKind.SendMail, Id = mail.Id, DueAt = kind.WaitsForOpenDay() ? Rules.Hours.NoticeSendableAt(now) : Rules.Hours.SendableAt(now) });
        return mail;
    }
}
