using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Features.Billing;

/// <summary>When subscription and invoice are looked at next.</summary>
public sealed partial class BillingUnit
{
    private const string RenewalPending = "renewal-pending";

    private async Task ScheduleAsync(Subscription.Started started)
    {
        TellOfPendingRenewal(started);

        await ScheduleAdvanceAsync(started);
        if (Invoice is not null)
        {
            var collectAt = CollectionSchedule.NextAt(Invoice, started, Rules, CollectTries, now);
            collectAt = collectRefused ? CollectionSchedule.NextDay(now, Rules.Hours) : collectAt ?? (CollectGoesOn ? now : null);
            if (CollectTries > 0 && collectAt <= now)
            {
                // What came to nothing is not due again in the same moment, whatever the timetable says: a job would never come to its end.
                collectAt = now.Add(CollectionSchedule.BackOff(CollectTries));
            }

            await SetDueAsync(WorkKind.CollectInvoice, Invoice.Id.Value, collectAt, CollectTries, mayPutOff: CollectWorked || invoiceEvents > 0, mayTakeAway: CollectWorked);
        }
    }

    private async Task ScheduleAdvanceAsync(Subscription.Started started)
    {
        if (started.Ending() is not null && EndTries is null && happened.Count == 0)
        {
            // Who only passes by knows nothing of how often the end came to nothing, and must not bring it nearer.
            return;
        }

        var next = LifecycleSchedule.Next(started, Rules, now);
        var advanceAt = started.Ending() is not null ? now.Add(CollectionSchedule.BackOff(EndTries ?? 0)) : next?.At;
        if (started.Ending() is null && StandsStill && (advanceAt <= now || NeedsTheNet(started)))
        {
            // Nothing moves meanwhile; the outcome schedules anew, and this look is only the net below. A step that waits for the outcome
            // itself would be asked for every quarter of an hour of all the days that a debit takes.
            var net = Invoice!.LiveAttempt?.State == AttemptState.Processing ? now.AddDays(1) : now.AddHours(1);
            advanceAt = advanceAt > now && advanceAt < net && next?.Step != LifecycleStep.Nothing ? advanceAt : net;
        }

        await SetDueAsync(WorkKind.AdvanceSubscription, started.Contract.Id.Value, advanceAt, EndTries ?? 0);
    }

    // What waits for days, or for an answer that may never come, must be found again even where its own due work was lost.
    private bool NeedsTheNet(Subscription.Started started) =>
        started.OpenInvoice()?.Id == Invoice!.Id && (Invoice.Withdrawn || Invoice.LiveAttempt!.State is AttemptState.Processing or AttemptState.Unknown);

    // Once for each renewal: whoever closes the task knows of it. It closes itself when the outcome comes.
    private void TellOfPendingRenewal(Subscription.Started started)
    {
        if (Invoice is not { } invoice)
        {
            return;
        }

        var pending = invoice.Status == InvoiceStatus.Open && !started.Contract.Contested.HoldsCharges && started switch
        {
            _ when invoice.LiveAttempt is { State: AttemptState.Processing, ResultDueOn: { } dueOn } => Rules.Hours.DateOf(now) > dueOn,
            Subscription.Active or Subscription.Trialing => now - invoice.RaisedAt >= TimeSpan.FromHours(PendingHours),
            Subscription.PastDue s => Rules.ScheduleOf(s.Case).NextRetryAt() is { } retry && now - retry >= TimeSpan.FromHours(PendingHours),
            _ => false,
        };
        if (!pending)
        {
            CloseTask(RenewalPending, invoice.Id.Value);
        }
        else if (db.StaffTasks.Find($"{RenewalPending}:{invoice.Id.Value}") is null)
        {
            RaiseTask(RenewalPending, invoice.Id.Value, $"The payment of {invoice.Id} has had no final outcome for over {PendingHours} hours; its reader reads on meanwhile.");
        }
    }

    private async Task SetDueAsync(WorkKind kind, string id, DateTimeOffset? dueAt, int tries, bool mayPutOff = true, bool mayTakeAway = true)
    {
        var row = await db.DueWork.FindAsync(kind, id);
        switch (row, dueAt)
        {
            case (null, { } at):
                db.DueWork.Add(new DueWorkRow { Kind = kind, Id = id, DueAt = at, Tries = tries });
                break;
            case ({ } known, { } at):
                known.Tries = tries;
                if (happened.Count > 0)
                {
                    // News is a reason to try at once what had broken off; a mere look is none.
                    (known.Failures, known.ParkedAt) = (0, null);
                }

                if (known.ParkedAt is null)
                {
                    known.DueAt = mayPutOff || at < known.DueAt ? at : known.DueAt;
                }

                break;
            case ({ } known, null) when mayTakeAway || known.LeaseOwner is null:
                // Who only passes by must not take the row, and with it the lease, from under somebody who works on it.
                db.DueWork.Remove(known);
                break;
        }
    }
}
