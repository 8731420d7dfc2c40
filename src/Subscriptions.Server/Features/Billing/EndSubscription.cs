using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Carries a requested end out: the PaymentIntent is cancelled first, then invoice and subscription are closed in one
/// transaction. A cancel that finds the money taken records the success instead, and the subscription lives.
/// </summary>
public sealed class EndSubscription(BillingUnits units, CancelPayment cancel, DueWorkStore due, BillingClock clock)
{
    private const int TriesBeforeTask = 5;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    /// <summary>Ends the subscription, or leaves it for a later look when a payment is still under way.</summary>
    /// <param name="id">The subscription.</param>
    /// <param name="tries">How often that came to nothing in a row.</param>
    public async Task RunAsync(SubscriptionId id, int tries)
    {
        await using var read = await units.ReadAsync(id);
        if (read?.Subscription.Ending() is null)
        {
            return;
        }

        if (read.Invoice is not { } invoice)
        {
            await CompleteAsync(id);
            return;
        }

        // The invoice's own claim: nobody may be charging it while its PaymentIntent is cancelled.
        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, invoice.Id.Value, () => clock.Now, _patience) is not { } claim)
        {
            await LaterAsync(id, tries);
            return;
        }

        try
        {
            // Read again under the claim: a collector may have prepared a payment meanwhile.
            await using var held = await units.ReadAsync(invoice.Id);
            switch (await cancel.RunAsync(held!.Invoice!))
            {
                case CancelResult.Canceled when await cancel.CancelStrayAsync(held.Invoice!):
                    await CompleteAsync(id);
                    break;
                case CancelResult.Canceled:
                case CancelResult.NotYet:
                    await LaterAsync(id, tries);
                    break;
                case CancelResult.HadSucceeded:
                    break;
            }
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    private Task CompleteAsync(SubscriptionId id) => units.ChangeAsync(id, Actors.System, unit =>
    {
        if (unit.Subscription.Ending() is null)
        {
            return unit;
        }

        if (unit.Invoice is { Withdrawn: true, Status: Domain.Invoices.InvoiceStatus.Open })
        {
            // The money came back between the wish to end and this moment.
            unit.CloseWithdrawn();
        }
        else
        {
            unit.Must(new SubscriptionCommand.CompleteEnd());
        }

        unit.CloseTask("end-stuck", id.Value);
        return unit;
    });

    private async Task LaterAsync(SubscriptionId id, int tries) => await units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.EndTries = tries + 1;
        if (unit.EndTries == TriesBeforeTask && unit.Invoice?.LiveAttempt is not { State: Domain.Invoices.AttemptState.Processing })
        {
            unit.RaiseTask("end-stuck", id.Value, $"{id} is to end, but its payment cannot be shut at the gateway. It is tried on; nothing is charged meanwhile, and the reader reads on.");
        }

        return unit;
    });
}
