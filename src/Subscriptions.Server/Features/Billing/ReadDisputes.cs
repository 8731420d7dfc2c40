using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Reads what the gateway holds against the payment of an invoice, and records it with all that follows. The caller holds
/// the invoice's claim, so that nobody records an older reading after a newer one. It may run as often as it likes.
/// </summary>
public sealed class ReadDisputes(IPaymentGateway gateway, BillingUnits units, IDbContextFactory<SubscriptionsDb> databases)
{
    /// <summary>True when the gateway answered and all of it is saved.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        List<Dispute> disputes = [];
        List<FraudWarning> warnings = [];
        foreach (var intent in invoice.Attempts.Where(a => a.State == AttemptState.Succeeded).Select(a => a.PaymentIntentId).Distinct())
        {
            if (await FoundAsync(invoice, intent, "disputes", gateway.FindDisputesAsync) is not { } found
                || await FoundAsync(invoice, intent, "fraud warnings", gateway.FindFraudWarningsAsync) is not { } warned)
            {
                return false;
            }

            disputes.AddRange(found.Reverse());
            warnings.AddRange(warned.Reverse());
        }

        // Before it is recorded here, so that a crash between the two leaves no subscription on which the method goes on being charged.
        foreach (var lost in disputes.Where(d => d.IsLoss() && !invoice.Contest.Disputes.Any(known => known.GatewayId == d.GatewayId && known.Status == DisputeStatus.Lost)))
        {
            var method = invoice.Attempts.LastOrDefault(a => a.ChargeId == lost.ChargeId)?.PaymentMethodId;
            await ElsewhereAsync(invoice, unit => new SubscriptionCommand.RecordPaymentReversed(invoice.Id, invoice.Period, Money.Zero(lost.Amount.Currency))
            {
                PaymentMethodId = unit.AsChargedNow(method),
            });
        }

        var changed = await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            var id = unit.Invoice!.Id;
            unit.CollectTries = 0;
            foreach (var dispute in disputes.OrderBy(d => d.IsOpen ? 0 : 1))
            {
                // A reversal goes on with its replacement; what else was said is recorded at the next look.
                if (unit.Invoice.Id == id)
                {
                    unit.Must(new InvoiceCommand.RecordDispute(dispute));
                }
            }

            foreach (var warning in warnings.Where(_ => unit.Invoice.Id == id))
            {
                unit.Must(new InvoiceCommand.RecordFraudWarning(warning, unit.Rules.Disputes.OnFraudWarning == WarnedPayment.Refund));
            }

            if (unit.Invoice.Id == id)
            {
                unit.WithdrawReplacement();
            }

            return new Recorded(unit.Invoice.Id != id, unit.Invoice is { Contest: { Disputes.Count: > 0, ReversedAt: null } });
        });
        if (changed!.GoesOn)
        {
            return await RunAsync(invoice);
        }

        if (changed.NothingIsGone)
        {
            // Whether or not it was ever recorded as lost here: elsewhere it may have been, before a crash.
            await ElsewhereAsync(invoice, _ => new SubscriptionCommand.RecordReversalUndone(invoice.Id));
        }

        await FollowUpAsync(invoice);
        return true;
    }

    // Who subscribed again pays with the same card as before: what was taken back of the former subscription's payment counts for it too, but is not asked for there.
    private async Task ElsewhereAsync(Invoice invoice, Func<BillingUnit, SubscriptionCommand> command)
    {
        await using var db = await databases.CreateDbContextAsync();
        var others = await db.Subscriptions
            .Where(s => s.ReaderId == invoice.ReaderId && s.Id != invoice.SubscriptionId && s.Status != nameof(Subscription.Ended)).Select(s => s.Id).ToListAsync();
        foreach (var other in others)
        {
            await units.ChangeAsync(other, Actors.System, unit =>
            {
                unit.Must(command(unit));
                return unit;
            });
        }
    }

    private async Task FollowUpAsync(Invoice invoice)
    {
        // The open invoice is another one; what is held or released is its next date too.
        if (invoice.SubscriptionId is { } subscription)
        {
            await units.ChangeAsync(subscription, Actors.System, open =>
            {
                open.CollectWorked = true;
                return open;
            });
        }
    }

    // Refused, the same question brings the same answer: staff are told. Where a dispute is known to be open it is asked again on the next day; elsewhere a
    // webhook asks, at its own pace, and what else is due on the invoice (a refund) keeps its date.
    private async Task<IReadOnlyList<T>?> FoundAsync<T>(Invoice invoice, string intent, string what, Func<string, Task<GatewayAnswer<IReadOnlyList<T>>>> find)
    {
        var answer = await find(intent);
        if (answer is GatewayAnswer<IReadOnlyList<T>>.Answered { Value: var found })
        {
            return found;
        }

        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            if (answer is GatewayAnswer<IReadOnlyList<T>>.Refused refused)
            {
                unit.Refused(invoice.Contest.IsOpen, $"{invoice.Id.Value}:disputes", $"The gateway refused to tell the {what} of {intent} for {invoice.Id}, so that none is known: {refused.Code}: {refused.Message}");
            }
            else
            {
                unit.CollectCameToNothing();
            }

            return unit;
        });
        return null;
    }

    private sealed record Recorded(bool GoesOn, bool NothingIsGone);
}
