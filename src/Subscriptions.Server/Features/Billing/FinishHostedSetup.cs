using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What the return from the hosted page came to.</summary>
public abstract record FinishedSetup
{
    /// <summary>The money was taken.</summary>
    public sealed record Collected(SubscriptionId Id, PaymentAttempt Attempt) : FinishedSetup;

    /// <summary>The method is stored; nothing was owed.</summary>
    public sealed record NothingOwed(SubscriptionId Id) : FinishedSetup;

    /// <summary>The payment is on its way and its result takes days; nothing more is to do.</summary>
    public sealed record UnderWay(SubscriptionId Id, PaymentAttempt Attempt) : FinishedSetup;

    /// <summary>A collection with the former method is on its way: this one is kept, and charged at once if that one fails.</summary>
    public sealed record KeptForLater(SubscriptionId Id, PaymentAttempt Collecting) : FinishedSetup;

    /// <summary>The bank is being asked; look again.</summary>
    public sealed record StillAsking(SubscriptionId Id) : FinishedSetup;

    /// <summary>The bank asks the reader, there.</summary>
    public sealed record Challenge(SubscriptionId Id, Uri Page) : FinishedSetup;

    /// <summary>The bank said no.</summary>
    public sealed record Declined(SubscriptionId Id, PaymentAttempt Attempt) : FinishedSetup;

    /// <summary>Other payment details have been laid down since, and money is still owed.</summary>
    public sealed record Superseded(SubscriptionId Id) : FinishedSetup;

    /// <summary>Not a set-up of ours, not complete, or the subscription is over.</summary>
    public sealed record Refused(Refusal Refusal) : FinishedSetup;
}

/// <summary>
/// The reader is back from the hosted page: takes the method over and collects what is owed, on session, once per
/// set-up however often the page is loaded. What the browser says is not believed; the set-up is read at the gateway.
/// </summary>
public sealed class FinishHostedSetup(
    TakeOverMethod takeOver, BillingUnits units, RetryNow retry, CollectInvoice collect, DueWorkStore due,
    IDbContextFactory<SubscriptionsDb> databases, TimeProvider wall, BillingClock clock)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);

    private static Refusal NotOurs { get; } = new("setup-unknown", "This page does not belong to a payment that was begun here.");

    private static Refusal NotComplete { get; } = new("setup-incomplete", "No payment details were given, so nothing has changed.");

    private static Refusal OurMistake { get; } = new("gateway-refused", "The payment could not be made because of a mistake on our side, of which our staff have been told. Nothing was taken, and your card was not declined; your payment details are kept.");

    private static Refusal Silent { get; } = new("gateway-unavailable", "The payment provider does not answer at the moment. Please load this page again in a few minutes; nothing is lost.");

    /// <summary>Finishes, or says how far it is.</summary>
    /// <param name="setupId">The gateway's id of the hosted page.</param>
    /// <param name="challengeReturnUrl">Where a bank's challenge leads back to.</param>
    /// <param name="reader">Who is here; another reader's set-up is none of hers. Null when a payment link stands for her.</param>
    public async Task<FinishedSetup> RunAsync(string setupId, Uri challengeReturnUrl, ReaderId? reader = null)
    {
        await using var db = await databases.CreateDbContextAsync();
        var row = await db.HostedSetups.AsNoTracking().SingleOrDefaultAsync(s => s.Id == setupId);
        if (row is null || (reader is not null && row.ReaderId != reader))
        {
            return new FinishedSetup.Refused(NotOurs);
        }

        var wallNow = wall.GetUtcNow();
        await db.HostedSetups.Where(s => s.Id == setupId && s.ReturnBegunAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.ReturnBegunAt, wallNow));
        switch (await takeOver.ReadAsync(row))
        {
            case GatewayAnswer<HostedSetup>.Answered { Value: { Complete: true, Method: not null } setup }:
                return await CollectAsync(row.SubscriptionId, row.ReaderId, setup, challengeReturnUrl);
            case GatewayAnswer<HostedSetup>.Answered:
                return new FinishedSetup.Refused(NotComplete);
            case GatewayAnswer<HostedSetup>.Refused:
                return new FinishedSetup.Refused(NotOurs);
            default:
                return new FinishedSetup.Refused(Silent);
        }
    }

    private async Task<FinishedSetup> CollectAsync(SubscriptionId id, ReaderId reader, HostedSetup setup, Uri challengeReturnUrl)
    {
        await using var before = await units.ReadAsync(id);
        if (before?.Invoice is not { } invoice)
        {
            return await WithoutInvoiceAsync(id, reader, setup);
        }

        if (await due.ClaimSoonAsync(WorkKind.CollectInvoice, invoice.Id.Value, () => clock.Now, _patience) is not { } claim)
        {
            return new FinishedSetup.StillAsking(id);
        }

        try
        {
            return await UnderClaimAsync(claim, id, reader, invoice.Id, setup, challengeReturnUrl);
        }
        finally
        {
            await due.ReleaseAsync(claim, clock.Now);
        }
    }

    // The claim is held before the method changes, so that no job can charge the new method off session meanwhile.
    private async Task<FinishedSetup> UnderClaimAsync(Claim claim, SubscriptionId id, ReaderId reader, InvoiceId invoiceId, HostedSetup setup, Uri challengeReturnUrl)
    {
        var method = setup.Method!;
        if (await takeOver.StoreAsync(id, reader, setup) is { } refusal)
        {
            return await SettledEarlierAsync(id, invoiceId, method) ?? new FinishedSetup.Refused(refusal);
        }

        await using var unit = await units.ReadAsync(invoiceId);
        var invoice = unit!.Invoice!;
        if (invoice.LiveAttempt is { } live && live.PaymentMethodId == method.Token)
        {
            await collect.RunAsync(claim, CollectOrder.Scheduled);
            return await SettledEarlierAsync(id, invoiceId, method) ?? new FinishedSetup.StillAsking(id);
        }

        if (((Subscription.Started)unit.Subscription).Contract.PaymentMethodId != method.Token)
        {
            // An old page: another method has been laid down since, and this one is not charged any more.
            return await SettledEarlierAsync(id, invoiceId, method) ?? (invoice.Status == InvoiceStatus.Open ? new FinishedSetup.Superseded(id) : new FinishedSetup.NothingOwed(id));
        }

        if (invoice.LiveAttempt is { State: AttemptState.Processing } collecting)
        {
            // Nobody is charged a second time while the first collection may still succeed.
            return new FinishedSetup.KeptForLater(id, collecting);
        }

        // Once per set-up: a try of this method on session was that once. One off session that wanted the reader was not.
        if (invoice.Status != InvoiceStatus.Open || invoice.Attempts.Any(a => a.PaymentMethodId == method.Token && (a.State == AttemptState.RefusedByGateway ? a.OnSession : a.WasDeclined && (a.OnSession || a.State == AttemptState.Declined))))
        {
            return await SettledEarlierAsync(id, invoiceId, method) ?? new FinishedSetup.NothingOwed(id);
        }

        var order = new CollectOrder(AttemptTrigger.Reader, Actors.Reader(reader), challengeReturnUrl, Now: true);
        var result = await retry.TryAsync(claim, invoice, order);
        return result switch
        {
            RetryResult.Tried { Attempt: var attempt } => Say(id, attempt),
            RetryResult.Refused { Refusal: var why } when IsFinal(why) => new FinishedSetup.Refused(why),
            _ => await SettledEarlierAsync(id, invoiceId, method) ?? new FinishedSetup.StillAsking(id),
        };
    }

    private async Task<FinishedSetup> WithoutInvoiceAsync(SubscriptionId id, ReaderId reader, HostedSetup setup)
    {
        var token = setup.Method!.Token;
        await using var db = await databases.CreateDbContextAsync();
        var paid = await db.PaymentAttempts.AsNoTracking()
            .Where(a => a.PaymentMethodId == token).OrderByDescending(a => a.StartedAt).FirstOrDefaultAsync();
        if (paid is not null)
        {
            await using var unit = await units.ReadAsync(paid.InvoiceId);
            return Say(id, unit!.Invoice!.Attempts.Single(a => a.Number == paid.Number));
        }

        return await takeOver.StoreAsync(id, reader, setup) is { } refusal ? new FinishedSetup.Refused(refusal) : new FinishedSetup.NothingOwed(id);
    }

    private async Task<FinishedSetup?> SettledEarlierAsync(SubscriptionId id, InvoiceId invoiceId, StoredMethod method)
    {
        await using var unit = await units.ReadAsync(invoiceId);
        return unit!.Invoice!.Attempts.LastOrDefault(a => a.PaymentMethodId == method.Token) is { } attempt ? Say(id, attempt) : null;
    }

    // Looking again brings nothing else.
    internal static bool IsFinal(Refusal why) =>
        why == CollectingGate.Closed || why == InvoiceRefusals.MethodRefusedForGood || why == InvoiceRefusals.CardTriesUsedUp || why == InvoiceRefusals.CollectingHasStopped;

    internal static FinishedSetup Say(SubscriptionId id, PaymentAttempt attempt) => attempt.State switch
    {
        AttemptState.Succeeded => new FinishedSetup.Collected(id, attempt),
        AttemptState.AwaitingReader when attempt.ChallengeUrl is { } url => new FinishedSetup.Challenge(id, new Uri(url)),
        AttemptState.Declined or AttemptState.NeedsAuthentication or AttemptState.Abandoned => new FinishedSetup.Declined(id, attempt),
        AttemptState.Processing when attempt.ResultDueOn is not null => new FinishedSetup.UnderWay(id, attempt),
        AttemptState.RefusedByGateway => new FinishedSetup.Refused(OurMistake),
        AttemptState.NotReceived or AttemptState.InFlight or AttemptState.Unknown or AttemptState.Processing or AttemptState.AwaitingReader => new FinishedSetup.StillAsking(id),
    };
}
