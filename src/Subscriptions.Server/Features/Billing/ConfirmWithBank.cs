using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// The reader confirms at her bank a payment that was refused because she was not there: the same method, on session, on the
/// same PaymentIntent. It is offered only where the bank wants her; nobody can try a card again and again with it.
/// </summary>
public sealed class ConfirmWithBank(
    BillingUnits units, RetryNow retry, CollectInvoice collect, DueWorkStore due, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);

    private static Refusal NothingToConfirm { get; } = new("nothing-to-confirm", "Your bank wants nothing of you for this payment at the moment. Nothing was changed.");

    /// <summary>Asks the bank, or leads to the question that it has asked already.</summary>
    /// <param name="id">The subscription.</param>
    /// <param name="reader">Who is here, or whose payment link is used.</param>
    /// <param name="returnUrl">Where the bank leads back to.</param>
    public async Task<FinishedSetup> BeginAsync(SubscriptionId id, ReaderId reader, Uri returnUrl)
    {
        if (await OpenInvoiceAsync(id) is not { } invoiceId)
        {
            return await ShowAsync(id);
        }

        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, invoiceId.Value, () => clock.Now, _patience) is not { } claim)
        {
            return new FinishedSetup.StillAsking(id);
        }

        try
        {
            return await UnderClaimAsync(claim, id, invoiceId, new CollectOrder(AttemptTrigger.Reader, Actors.Reader(reader), returnUrl, Now: true));
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    /// <summary>What came of it. Settles a question that was answered meanwhile; loading it again only tells it again.</summary>
    public async Task<FinishedSetup> FinishAsync(SubscriptionId id)
    {
        if (await OpenInvoiceAsync(id) is { } invoiceId && await LiveAsync(invoiceId)
            && await due.ClaimSoonAsync(WorkKind.CollectInvoice, invoiceId.Value, () => clock.Now, _patience) is { } claim)
        {
            try
            {
                await collect.RunAsync(claim, CollectOrder.Scheduled);
            }
            finally
            {
                await due.ReleaseAsync(claim, clock.Now);
            }
        }

        return await ShowAsync(id);
    }

    // Read under the claim: of two clicks the second finds the first one's question, and leads there.
    private async Task<FinishedSetup> UnderClaimAsync(Claim claim, SubscriptionId id, InvoiceId invoiceId, CollectOrder order)
    {
        await using var unit = await units.ReadAsync(invoiceId);
        var invoice = unit!.Invoice!;
        if (invoice.LiveAttempt is not null || invoice.Status != InvoiceStatus.Open)
        {
            return await ShowAsync(id);
        }

        if (unit.Subscription is not Subscription.Started { Contract.PaymentMethodId: { } method } || !InvoiceDecider.NeedsTheReader(invoice, method))
        {
            return new FinishedSetup.Refused(NothingToConfirm);
        }

        return await retry.TryAsync(claim, invoice, order) switch
        {
            RetryResult.Tried { Attempt: var attempt } => FinishHostedSetup.Say(id, attempt),
            RetryResult.Refused { Refusal: var why } when FinishHostedSetup.IsFinal(why) => new FinishedSetup.Refused(why),
            _ => new FinishedSetup.StillAsking(id),
        };
    }

    private async Task<InvoiceId?> OpenInvoiceAsync(SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Subscriptions.Where(s => s.Id == id).Select(s => s.OpenInvoiceId).FirstOrDefaultAsync();
    }

    private async Task<bool> LiveAsync(InvoiceId invoice)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.PaymentAttempts.AnyAsync(a => a.InvoiceId == invoice && a.LiveSlot != null);
    }

    // Of the newest invoice, which may be paid and closed by now: what is on its way, whoever began it, or else how the newest try with the reader present went.
    private async Task<FinishedSetup> ShowAsync(SubscriptionId id)
    {
        await using var db = await databases.CreateDbContextAsync();
        var newest = await OpenInvoiceAsync(id)
            ?? (await db.Invoices.AsNoTracking().Where(i => i.SubscriptionId == id).OrderByDescending(i => i.RaisedAt).Select(i => new { i.Id }).FirstOrDefaultAsync())?.Id;
        var tried = await db.PaymentAttempts.AsNoTracking()
            .Where(a => a.InvoiceId == newest && (a.OnSession || a.LiveSlot != null))
            .OrderByDescending(a => a.LiveSlot != null).ThenByDescending(a => a.StartedAt).FirstOrDefaultAsync();
        return tried is null ? new FinishedSetup.Refused(NothingToConfirm) : FinishHostedSetup.Say(id, InvoiceMapping.ToAttempt(tried));
    }
}
