using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>How a wish to collect at once ended.</summary>
public abstract record RetryResult
{
    /// <summary>An attempt was made; it says how it went.</summary>
    public sealed record Tried(InvoiceId InvoiceId, PaymentAttempt Attempt) : RetryResult;

    /// <summary>No attempt was made, for this reason.</summary>
    public sealed record Refused(Refusal Refusal) : RetryResult;
}

/// <summary>Collects the open invoice of a subscription at once, for somebody who asks: staff, or the reader herself.</summary>
public sealed class RetryNow(BillingUnits units, CollectInvoice collect, DueWorkStore due, BillingClock clock)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private static Refusal NothingOwed { get; } = new("nothing-owed", "Nothing is owed on this subscription.");

    private static Refusal Busy { get; } = new("payment-under-way", "A payment of this subscription is being worked on at this moment. Please look again in a few seconds.");

    /// <summary>Tries once.</summary>
    /// <param name="id">The subscription.</param>
    /// <param name="order">Who asks, and how.</param>
    public async Task<RetryResult> RunAsync(SubscriptionId id, CollectOrder order)
    {
        await using var read = await units.ReadAsync(id);
        if (read is null)
        {
            return new RetryResult.Refused(SubscriptionCommands.NotFound);
        }

        if (read.Invoice is not { Status: InvoiceStatus.Open } invoice)
        {
            return new RetryResult.Refused(NothingOwed);
        }

        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, invoice.Id.Value, () => clock.Now, _patience) is not { } claim)
        {
            return new RetryResult.Refused(Busy);
        }

        try
        {
            // Read again: whoever held the claim before may have tried already, and that try is not this one.
            await using var held = await units.ReadAsync(invoice.Id);
            return await TryAsync(claim, held!.Invoice!, order);
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    /// <summary>The same under a claim that the caller holds.</summary>
    public async Task<RetryResult> TryAsync(Claim claim, Invoice invoice, CollectOrder order)
    {
        var refusal = await collect.RunAsync(claim, order);
        await using var after = await units.ReadAsync(invoice.Id);
        var newest = after!.Invoice!.Attempts.LastOrDefault();
        return newest is not null && (newest.Number > invoice.Attempts.Count || newest.State == AttemptState.Succeeded)
            ? new RetryResult.Tried(invoice.Id, newest)
            : new RetryResult.Refused(refusal ?? NothingOwed);
    }
}
