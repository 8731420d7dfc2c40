using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Who asks for a collection and how.</summary>
/// <param name="Trigger">What sets it off.</param>
/// <param name="Actor">Who, for the record.</param>
/// <param name="ReturnUrl">Where a bank's challenge leads back to; null when the reader is not present.</param>
/// <param name="Now">True to try now, whatever the timetable says.</param>
public sealed record CollectOrder(AttemptTrigger Trigger, string Actor, Uri? ReturnUrl, bool Now)
{
    /// <summary>The timetable's own order.</summary>
    public static CollectOrder Scheduled { get; } = new(AttemptTrigger.Schedule, Actors.System, null, false);
}

/// <summary>
/// Collects one invoice under a claim: settle what is under way → prepare the PaymentIntent → save the attempt → one
/// call to the gateway → save the outcome. Killed anywhere, the next run repeats the same request under the same key.
/// </summary>
public sealed class CollectInvoice(
    BillingUnits units, SettleAttempt settle, PreparePayment prepare, RefundLatePayment refund, GatewayPayments payments,
    DueWorkStore due, TimeProvider wall, BillingClock clock)
{
    // Settle, refund or prepare, and then one attempt: more turns than that would be a loop.
    private const int MostTurns = 6;

    private static Refusal MethodChanged { get; } = new("payment-method-changed", "The payment method was changed in this moment. The new one is tried next.");

    private static Refusal LeaseLost { get; } = new("payment-under-way", "Somebody else works on this invoice at this moment.");

    /// <summary>Does what the invoice needs now. Returns why no attempt was made, or null.</summary>
    public Task<Refusal?> RunAsync(Claim claim, CollectOrder order) => due.HoldAsync(claim, () => UnderLeaseAsync(claim, order));

    private async Task<Refusal?> UnderLeaseAsync(Claim claim, CollectOrder order)
    {
        var id = InvoiceId.From(claim.Id);
        var settled = false;
        for (var turn = 0; turn < MostTurns; turn++)
        {
            if (!await due.RenewAsync(claim))
            {
                return LeaseLost;
            }

            await using var unit = await units.ReadAsync(id);
            switch (unit?.Invoice)
            {
                case null:
                    return InvoiceRefusals.NotRaised;
                case { RefundDue: not null } invoice:
                    return await refund.RunAsync(invoice) ? null : InvoiceRefusals.NotOpen;
                case { LiveAttempt: not null } invoice:
                    if (settled || !await settle.RunAsync(invoice, order))
                    {
                        return InvoiceRefusals.AttemptLive;
                    }

                    settled = true;
                    break;
                default:
                    if (await StepAsync(unit, order) is { } end)
                    {
                        return end.Refusal;
                    }

                    break;
            }
        }

        return InvoiceRefusals.AttemptLive;
    }

    // One step towards an attempt; null means go on, an end says why it goes no further.
    private async Task<End?> StepAsync(BillingUnit unit, CollectOrder order)
    {
        var invoice = unit.Invoice!;
        var subscription = (Subscription.Started)unit.Subscription;
        if (invoice.Status != InvoiceStatus.Open || invoice.CollectingStopped || subscription.OpenInvoice()?.Id != invoice.Id)
        {
            return await RescheduleAsync(invoice, new(invoice.CollectingStopped ? InvoiceRefusals.CollectingHasStopped : InvoiceRefusals.NotOpen));
        }

        if (!order.Now && !payments.IsDue(unit))
        {
            return await RescheduleAsync(invoice, new(null));
        }

        if (await payments.UsableMethodAsync(subscription.Contract, invoice) is not { } method)
        {
            return await WithoutMethodAsync(unit, MethodOf(unit) is null ? InvoiceRefusals.NoMethod : InvoiceRefusals.MethodRefusedForGood);
        }

        if (order.ReturnUrl is null && InvoiceDecider.NeedsTheReader(invoice, method.Id))
        {
            return order.Trigger == AttemptTrigger.Staff ? new End(InvoiceRefusals.MethodNeedsReader) : await WithoutMethodAsync(unit, InvoiceRefusals.MethodNeedsReader);
        }

        if (await payments.HeldUntilAsync(method) is { } heldUntil)
        {
            return await HeldBackAsync(unit, order, heldUntil);
        }

        if (invoice.PaymentIntent is not { Canceled: false })
        {
            return await prepare.RunAsync(invoice, subscription.Contract, method) ? null : new End(InvoiceRefusals.NoPaymentIntent);
        }

        if (Representation.NextOn(invoice, method.Id, unit.Rules.Hours) is { } again && unit.Rules.Hours.DateOf(clock.Now) < again)
        {
            return new End(InvoiceRefusals.PresentedTooSoon);
        }

        if (!MethodKinds.ChargedAlike(invoice.PaymentIntent.Kind, MethodKinds.Of(method.Kind)))
        {
            return await prepare.ChangeKindAsync(invoice, MethodKinds.Of(method.Kind)) ? null : new End(InvoiceRefusals.NoPaymentIntent);
        }

        return new End(await AttemptAsync(invoice, method.Id, order));
    }

    private async Task<Refusal?> AttemptAsync(Invoice invoice, string methodId, CollectOrder order)
    {
        var begun = await units.ChangeAsync(invoice.Id, order.Actor, unit =>
        {
            if (MethodOf(unit) != methodId)
            {
                // Changed between our look and this moment: what is begun is begun with the method of this moment.
                return new Begun(MethodChanged, null);
            }

            var refusal = unit.Do(new InvoiceCommand.BeginAttempt(methodId, order.Trigger, order.Actor, order.ReturnUrl?.AbsoluteUri, wall.GetUtcNow()));
            return new Begun(refusal, unit.Invoice!.LiveAttempt);
        });
        if (begun is not { Refusal: null, Attempt: { } attempt })
        {
            return begun?.Refusal ?? InvoiceRefusals.NotRaised;
        }

        var outcome = await payments.ConfirmAsync(invoice.Id, attempt);
        await payments.RecordAsync(invoice.Id, attempt, outcome);
        return null;
    }

    // No method, one refused for good, or one that only the reader may use: nothing reaches the bank, and only she can help.
    private async Task<End> WithoutMethodAsync(BillingUnit read, Refusal why)
    {
        var method = MethodOf(read);
        await units.ChangeAsync(read.Invoice!.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            if (MethodOf(unit) != method)
            {
                // Another one was laid down in this moment: it is tried, and nothing was declined.
                return unit;
            }

            if (unit.Subscription is Subscription.Active or Subscription.Trialing or Subscription.PastDue { Case: { Track: DunningTrack.TimeMayHeal } or { HeldBackUntil: not null } })
            {
                // A case with a retry due that nothing can make would wait for it for ever; nothing but the reader helps it now.
                unit.Must(new SubscriptionCommand.RecordInvoiceDeclined(unit.Invoice!.Id, 0, DeclineClass.ReaderMustAct));
            }
            else
            {
                unit.CollectTries++;
            }

            return unit;
        });
        return new End(why);
    }

    private static string? MethodOf(BillingUnit unit) => ((Subscription.Started)unit.Subscription).Contract.PaymentMethodId;

    // One more try would break a card network's limit. Whoever asked is told; the timetable goes on without this try.
    private async Task<End> HeldBackAsync(BillingUnit read, CollectOrder order, DateTimeOffset until)
    {
        if (order.Trigger is AttemptTrigger.Schedule or AttemptTrigger.MethodUpdated)
        {
            await units.ChangeAsync(read.Invoice!.Id, Actors.System, unit =>
            {
                unit.CollectWorked = true;
                unit.CollectTries++;
                if (unit.Subscription is Subscription.Active or Subscription.Trialing)
                {
                    // The card was declined that often elsewhere; its owner is told of this payment as of any other.
                    unit.Must(new SubscriptionCommand.RecordInvoiceDeclined(unit.Invoice!.Id, 0, DeclineClass.TimeMayHeal));
                }

                unit.Must(new SubscriptionCommand.RecordRetryHeldBack(unit.Invoice!.Id, until));
                return unit;
            });
        }

        return new End(InvoiceRefusals.CardTriesUsedUp);
    }

    private async Task<End> RescheduleAsync(Invoice invoice, End end)
    {
        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            return unit;
        });
        return end;
    }

    private sealed record End(Refusal? Refusal);

    private sealed record Begun(Refusal? Refusal, PaymentAttempt? Attempt);
}
