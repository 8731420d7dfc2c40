using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>Finds out what became of an attempt whose outcome is not known. Never guesses.</summary>
public sealed class SettleAttempt(GatewayPayments payments, CancelPayment cancel, BillingUnits units, TimeProvider wall, BillingClock clock)
{
    /// <summary>Wall hours for which the same key may be repeated; Stripe keeps keys for 24 at least.</summary>
    public const int KeyHours = 23;

    /// <summary>Tries to settle the live attempt; true when the invoice has moved on.</summary>
    public async Task<bool> RunAsync(Invoice invoice, CollectOrder order)
    {
        var attempt = invoice.LiveAttempt!;
        if (NoLongerWanted(invoice) || (attempt.State == AttemptState.AwaitingReader && (StartsAgain(order) || Expired(attempt))))
        {
            // The subscription is being ended, what was taken back has come back, or she starts again, or never came back: what is under way is shut, never
            // repeated, and a success found then counts.
            return await CancelAsync(invoice);
        }

        var result = attempt.State is AttemptState.AwaitingReader or AttemptState.Processing || wall.GetUtcNow() - attempt.FirstSentAt > TimeSpan.FromHours(KeyHours)
            ? await payments.LookAsync(attempt, conclusive: true, "Its outcome is still open.")
            : await payments.ConfirmAsync(invoice.Id, attempt);
        await payments.RecordAsync(invoice.Id, attempt, result);
        return result.Outcome is not (AttemptOutcome.Unknown or AttemptOutcome.AwaitingReader or AttemptOutcome.Processing);
    }

    private static bool NoLongerWanted(Invoice invoice) => invoice.CollectingStopped || invoice.Withdrawn || invoice.Status != InvoiceStatus.Open;

    private async Task<bool> CancelAsync(Invoice invoice)
    {
        if (await cancel.RunAsync(invoice) is not CancelResult.NotYet)
        {
            return true;
        }

        await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            unit.CollectTries++;
            return unit;
        });
        return false;
    }

    private static bool StartsAgain(CollectOrder order) => order is { Now: true, Trigger: AttemptTrigger.Reader };

    private bool Expired(PaymentAttempt attempt) => clock.Now >= attempt.StartedAt.AddMinutes(CollectionSchedule.ChallengeMinutes);
}
