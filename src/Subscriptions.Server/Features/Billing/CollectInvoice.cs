using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Reconciliation;
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
    BillingUnits units, SettleAttempt settle, PreparePayment prepare, SetPaymentAmount amount, MakeRefunds refunds, GatewayPayments payments,
    ReadDisputes disputes, WithdrawReplacement withdraw, CollectingGate gate, DueWorkStore due, TimeProvider wall, BillingClock clock)
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
                case { HasRefundToMake: true } invoice:
                    await ReadOpenDisputesAsync(invoice);
                    return await refunds.RunAsync(invoice) ? null : InvoiceRefusals.NotOpen;
                case { Status: not InvoiceStatus.Open, LiveAttempt: null } invoice when invoice.Refunds.Any(r => r.State == RefundState.Pending):
                    await ReadOpenDisputesAsync(invoice);
                    await refunds.LookAsync(invoice);
                    return InvoiceRefusals.NotOpen;
                case { LiveAttempt: not null } invoice:
                    if (settled || !await settle.RunAsync(invoice, order))
                    {
                        return InvoiceRefusals.AttemptLive;
                    }

                    settled = true;
                    break;
                case { Withdrawn: true, Status: InvoiceStatus.Open } invoice:
                    if (!await withdraw.RunAsync(invoice))
                    {
                        return InvoiceRefusals.CollectingHasStopped;
                    }

                    break;
                case { Status: not InvoiceStatus.Open, Contest.IsOpen: true } invoice:
                    await disputes.RunAsync(invoice);
                    return InvoiceRefusals.NotOpen;
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

    // A refund that waits must not hide the dispute that it waits for.
    private Task ReadOpenDisputesAsync(Invoice invoice) => invoice.Contest.IsOpen ? disputes.RunAsync(invoice) : Task.CompletedTask;

    // One step towards an attempt; null means go on, an end says why it goes no further.
    private async Task<End?> StepAsync(BillingUnit unit, CollectOrder order)
    {
        var invoice = unit.Invoice!;
        var subscription = (Subscription.Started)unit.Subscription;
        if (invoice.Status != InvoiceStatus.Open || invoice.CollectingStopped || subscription.OpenInvoice()?.Id != invoice.Id || subscription.Ending() is not null)
        {
            return await RescheduleAsync(invoice, new(invoice.CollectingStopped || subscription.Ending() is not null ? InvoiceRefusals.CollectingHasStopped : InvoiceRefusals.NotOpen));
        }

        if (Disputed(subscription, order) is { } disputed)
        {
            return await RescheduleAsync(invoice, new(disputed));
        }

        if (!order.Now && !payments.IsDue(unit))
        {
            return await RescheduleAsync(invoice, new(null));
        }

        if (await gate.RefusalAsync() is { } closed)
        {
            return new End(closed);
        }

        if (order.ReturnUrl is null && subscription.Contract.MethodSetAside)
        {
            // Nothing reaches the bank: she is asked to pay herself, or to enter her payment details anew.
            return order.Trigger == AttemptTrigger.Staff ? new End(InvoiceRefusals.MethodReversed) : await WithoutMethodAsync(unit, InvoiceRefusals.MethodReversed);
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
            return await HeldBackAsync(unit, order, heldUntil, InvoiceRefusals.CardTriesUsedUp);
        }

        if (Representation.NextOn(invoice, method.Id, unit.Rules.Hours) is { } again && unit.Rules.Hours.DateOf(clock.Now) < again)
        {
            return await HeldBackAsync(unit, order, unit.Rules.Hours.StartOf(again), InvoiceRefusals.PresentedTooSoon);
        }

        if (invoice.PaymentIntent is not { Canceled: false })
        {
            return await prepare.RunAsync(invoice, subscription.Contract, method, again: unit.CollectTries > 0) ? null : new End(InvoiceRefusals.NoPaymentIntent);
        }

        if (await prepare.LeaveFormerPayerAsync(invoice, subscription.Contract) is { } movedOn)
        {
            return movedOn ? null : new End(InvoiceRefusals.NoPaymentIntent);
        }

        if (!MethodKinds.ChargedAlike(invoice.PaymentIntent.Kind, MethodKinds.Of(method.Kind)))
        {
            return await prepare.ChangeKindAsync(invoice, MethodKinds.Of(method.Kind)) ? null : new End(InvoiceRefusals.NoPaymentIntent);
        }

        if (invoice.PaymentIntent.Amount != invoice.AmountDue)
        {
            return await amount.RunAsync(invoice) ? null : new End(InvoiceRefusals.PaymentIntentAmountDiffers);
        }

        var (refusal, held) = await AttemptAsync(invoice, method.Id, order);
        return held is { } until ? await HeldBackAsync(unit, order, until, InvoiceRefusals.CardTriesUsedUp) : new End(refusal);
    }

    private async Task<(Refusal? Refusal, DateTimeOffset? HeldUntil)> AttemptAsync(Invoice invoice, string methodId, CollectOrder order)
    {
        var begun = await units.ChangeAsync(invoice.Id, order.Actor, unit =>
        {
            if (MethodOf(unit) != methodId)
            {
                // Changed between our look and this moment: what is begun is begun with the method of this moment.
                return new Begun(MethodChanged, null);
            }

            if (unit.Subscription.Ending() is not null)
            {
                return new Begun(InvoiceRefusals.CollectingHasStopped, null);
            }

            if (Disputed((Subscription.Started)unit.Subscription, order) is { } disputed)
            {
                // A dispute was heard of between our look and this moment.
                return new Begun(disputed, null);
            }

            if (order.ReturnUrl is null && ((Subscription.Started)unit.Subscription).Contract.MethodSetAside)
            {
                return new Begun(InvoiceRefusals.MethodReversed, null);
            }

            if (unit.Invoice?.LiveAttempt is null && unit.TakeCardTry(methodId) is { } heldUntil)
            {
                return new Begun(InvoiceRefusals.CardTriesUsedUp, null, heldUntil);
            }

            var refusal = unit.Do(new InvoiceCommand.BeginAttempt(methodId, order.Trigger, order.Actor, order.ReturnUrl?.AbsoluteUri, wall.GetUtcNow()));
            return new Begun(refusal, unit.Invoice!.LiveAttempt);
        });
        if (begun is not { Refusal: null, Attempt: { } attempt })
        {
            return (begun?.Refusal ?? InvoiceRefusals.NotRaised, begun?.HeldUntil);
        }

        var outcome = await payments.ConfirmAsync(invoice.Id, attempt);
        await payments.RecordAsync(invoice.Id, attempt, outcome);
        return (null, null);
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

            if (unit.Subscription is Subscription.Active or Subscription.Trialing || (unit.Subscription is Subscription.PastDue pastDue && (unit.RetriesAreTold(pastDue) || IsUntold(pastDue, method))))
            {
                // A case with a retry due that nothing can make would wait for it for ever; nothing but the reader helps it now.
                unit.Must(unit.NothingToTry(DeclineClass.ReaderMustAct));
            }
            else
            {
                unit.CollectTries++;
            }

            return unit;
        });
        return new End(why);
    }

    // While a payment is disputed, and with the method of one that was taken back, only the reader herself pays.
    private static Refusal? Disputed(Subscription.Started subscription, CollectOrder order) => (order.ReturnUrl, subscription) switch
    {
        (not null, _) => null,
        (_, { Contract.Contested.HoldsCharges: true }) => InvoiceRefusals.ChargesHeld,
        (_, Subscription.PastDue { Standing: not null } s) when s.Case.UnusableMethodId is { } reversed && reversed == s.Contract.PaymentMethodId => InvoiceRefusals.MethodReversed,
        _ => null,
    };

    // A copy of a refused card, laid down once more: said once, it is not looked at again until another method comes.
    private static bool IsUntold(Subscription.PastDue pastDue, string? method) => method is not null && pastDue.Case.UnusableMethodId != method;

    private static string? MethodOf(BillingUnit unit) => ((Subscription.Started)unit.Subscription).Contract.PaymentMethodId;

    // One more try would break a card network's limit or a debit scheme's rule. Whoever asked is told, and support sees it; the timetable goes on without
    // this try.
    private async Task<End> HeldBackAsync(BillingUnit read, CollectOrder order, DateTimeOffset until, Refusal why)
    {
        var method = MethodOf(read);
        var byItself = order.Trigger is AttemptTrigger.Schedule or AttemptTrigger.MethodUpdated;
        await units.ChangeAsync(read.Invoice!.Id, order.Actor, unit =>
        {
            if (MethodOf(unit) != method)
            {
                return unit;
            }

            if (byItself)
            {
                unit.CollectWorked = true;
                unit.CollectTries++;
                if (unit.Subscription is Subscription.Active or Subscription.Trialing)
                {
                    // The card was declined that often elsewhere; its owner is told of this payment as of any other.
                    unit.Must(unit.NothingToTry(DeclineClass.TimeMayHeal));
                }
            }

            unit.Must(new SubscriptionCommand.RecordRetryHeldBack(unit.Invoice!.Id, until));
            return unit;
        });
        return new End(why);
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

    private sealed record Begun(Refusal? Refusal, PaymentAttempt? Attempt, DateTimeOffset? HeldUntil = null);
}
