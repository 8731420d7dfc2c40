using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>Invoices, their attempts and their refunds against the gateway's payments.</summary>
internal sealed partial class Auditor
{
    private async Task AuditInvoicesAsync(SubscriptionsDb db, List<SubscriptionRow> subscriptionRows, List<DueWorkRow> work, HashSet<string> changed, bool calm)
    {
        var since = clock.At - TimeSpan.FromDays(120);
        var rows = await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => calm || i.RaisedAt > since).ToListAsync();
        var ended = subscriptionRows.Where(s => s.Status == nameof(Subscription.Ended)).Select(s => s.Id).ToHashSet();
        var pastDue = subscriptionRows.Select(s => s.ToState()).OfType<Subscription.PastDue>().ToDictionary(s => s.Invoice.Id);
        foreach (var row in rows)
        {
            var invoice = row.ToInvoice();
            if (changed.Contains(row.Id.Value))
            {
                Must(Same(invoices[row.Id.Value], invoice), $"the events of {row.Id} give its row");
            }

            // One that was never confirmed takes no money, and nobody but the product could confirm it.
            var intents = ledger.Of(row.Id).Where(i => i.Card is not null).ToArray();
            var taken = intents.SingleOrDefaultOrBroken(i => i.Status == PaymentStatus.Succeeded, $"{row.Id} is paid once at most");
            Must(intents.Count(i => i.Status != PaymentStatus.Canceled) <= 1, $"{row.Id} has one PaymentIntent at most that may take money");
            var recorded = invoice.Attempts.Count(a => a.State == AttemptState.Succeeded);
            Must(recorded <= (taken is null ? 0 : 1), $"a success of {row.Id} is recorded only where money was taken, and once");
            Must(taken is null || recorded == 1 || (!calm && gateway.AnsweredSince(taken.SucceededAt!.Value) < _patience), $"money taken for {row.Id} is recorded");
            Must(invoice.Status == InvoiceStatus.Open || invoice.Status == InvoiceStatus.Paid || recorded == 0 || invoice.Refunds.Any(r => r.Reason == AdjustmentReason.LatePayment), $"what came late for {row.Id} goes back");
            Must(intents.Sum(i => i.Tries) <= invoice.Attempts.Count, $"a bank is asked for {row.Id} once for each attempt: {intents.Sum(i => i.Tries)} times for {invoice.Attempts.Count}");
            AuditMoney(row, invoice, taken, recorded, calm);
            Must(!calm || invoice.Refunded.Amount == intents.Sum(i => i.Refunded), $"refunds of {row.Id} agree with the gateway");
            if (pastDue.TryGetValue(row.Id, out var owing))
            {
                AuditNewMethod(row, invoice, owing, work);
            }

            AuditLiveAttempt(row, invoice);
            if (ended.Contains(row.SubscriptionId!.Value))
            {
                Must(invoice.Status != InvoiceStatus.Open && invoice.LiveAttempt is null, $"{row.Id} of an ended subscription is closed");
                Must(intents.All(i => i.Status is PaymentStatus.Canceled or PaymentStatus.Succeeded), $"{row.Id} of an ended subscription has no live PaymentIntent");
            }
        }
    }

    // What its bank has judged, or never saw, is settled within days; only a debit that is on its way may take longer.
    private void AuditLiveAttempt(InvoiceRow row, Invoice invoice)
    {
        if (invoice.LiveAttempt is not { } live || ledger.Intents[live.PaymentIntentId] is not { Status: not PaymentStatus.Processing } intent)
        {
            return;
        }

        var since = intent.JudgedAt > live.StartedAt ? intent.JudgedAt.Value : live.StartedAt;
        Must(gateway.AnsweredSince(since) < _patience, $"attempt {live.Number} of {row.Id} does not stay {live.State} while the gateway says {intent.Status}");
    }

    // A card that the case knows nothing of is tried at once, however it was laid down.
    private void AuditNewMethod(InvoiceRow row, Invoice invoice, Subscription.PastDue state, List<DueWorkRow> work)
    {
        var method = state.Contract.PaymentMethodId;
        var untried = method is not null && method != state.Case.UnusableMethodId && state.Case.HeldBackUntil is null && state.Ending is null && !state.Contract.Contested.HoldsCharges && invoice.LiveAttempt is null
            && invoice.Attempts.All(a => a.PaymentMethodId != method);
        Must(
            !untried || work.Any(w => w.Kind == WorkKind.CollectInvoice && w.Id == row.Id.Value && w.DueAt <= clock.At.AddHours(4)),
            $"the new payment method of {state.Contract.Id} is tried soon");
    }

    private static void AuditMoney(InvoiceRow row, Invoice invoice, Intent? taken, int recorded, bool calm)
    {
        Must(recorded == 0 || invoice.Paid == taken!.Amount, $"{row.Id} says paid what the gateway took");
        Must(row.Refunded == invoice.Refunded.Amount, $"the refunds of {row.Id} add up");
        Must(invoice.Refunds.Where(r => r.Counts).Sum(r => r.Amount.Amount) <= invoice.Paid.Amount, $"no more of {row.Id} goes back than was paid");
        Must(invoice.AmountDue.Amount >= 0 && !MinimumCharges.IsTooSmall(invoice.AmountDue), $"what is due on {row.Id} can be charged");
        Must(!calm || !invoice.HasRefundToMake, $"the refunds of {row.Id} are made");
        Must(
            !calm || invoice.Refunds.Where(r => r.IsMade).All(r => taken!.Refunds.Any(g => g.Id == r.GatewayId && g.Amount == r.Amount && g.State == r.State)),
            $"each refund of {row.Id} stands as at the gateway");
    }

    private static async Task AuditCreditAsync(SubscriptionsDb db)
    {
        var entries = (await db.CreditEntries.AsNoTracking().ToListAsync()).ToLookup(e => (e.ReaderId, e.Currency), e => e.Amount);
        foreach (var account in await db.CreditAccounts.AsNoTracking().ToListAsync())
        {
            Must(account.Balance == entries[(account.ReaderId, account.Currency)].Sum(), $"the credit of {account.ReaderId} is the sum of its entries");
        }
    }

    private static bool Same(Invoice left, Invoice right) =>
        left.Contest.Disputes.SequenceEqual(right.Contest.Disputes) && left.Contest.Warnings.SequenceEqual(right.Contest.Warnings)
        && (left.Contest.Reversals, left.Contest.ReversedAt) == (right.Contest.Reversals, right.Contest.ReversedAt)
        && left.Attempts.SequenceEqual(right.Attempts) && left.Lines.SequenceEqual(right.Lines)
        && left.Refunds.SequenceEqual(right.Refunds) && left.CreditNotes.SequenceEqual(right.CreditNotes)
        && left with { Attempts = right.Attempts, Lines = right.Lines, Refunds = right.Refunds, CreditNotes = right.CreditNotes, Contest = right.Contest } == right;
}
