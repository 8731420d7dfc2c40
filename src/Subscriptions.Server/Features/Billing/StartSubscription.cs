using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Billing;

/// <summary>How the wish to subscribe ended.</summary>
public abstract record StartResult
{
    /// <summary>Begun, or the one that was begun before and still waits for its first payment.</summary>
    public sealed record Started(SubscriptionId Id) : StartResult;

    /// <summary>Refused, by name.</summary>
    public sealed record Refused(Refusal Refusal) : StartResult;

    /// <summary>No such reader or plan.</summary>
    public sealed record NotFound(string What) : StartResult;
}

/// <summary>Begins a subscription. A reader has one that lives at most; a second wish finds the first.</summary>
public sealed class StartSubscription(
    BillingUnits units, Catalog catalog, GatewayCustomers customers, ForgetPayer forget, IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider,
    IJobScheduler jobs)
{
    private static Refusal AlreadySubscribed { get; } = new("already-subscribed", "This reader has a subscription already.");

    private static Refusal TrialUsed { get; } = new("trial-used", "The free days are for readers who are new to us. Please choose another plan to come back.");

    private static Refusal GatewaySilent { get; } = new("gateway-unavailable", "The payment provider does not answer at the moment. Nothing was begun; please try again.");

    /// <summary>Begins it; with a method's token the first invoice is collected at once, off session.</summary>
    public async Task<StartResult> RunAsync(ReaderId reader, string planId, string? paymentMethodToken, string actor)
    {
        if (catalog.FindOffered(planId) is not { } plan)
        {
            return new StartResult.NotFound("plan");
        }

        await using var db = await databases.CreateDbContextAsync();
        if (!await db.Readers.AnyAsync(r => r.Id == reader))
        {
            return new StartResult.NotFound("reader");
        }

        if (await LivingAsync(db, reader, plan, paymentMethodToken) is { } living)
        {
            return living;
        }

        if (plan.TrialDays > 0 && await HasSubscribedAsync(db, reader))
        {
            return new StartResult.Refused(TrialUsed);
        }

        string? method = null;
        if (paymentMethodToken is not null)
        {
            var (attached, refusal) = await AttachAsync(reader, paymentMethodToken);
            if (refusal is not null)
            {
                return new StartResult.Refused(refusal);
            }

            method = attached;
        }

        return await BeginAsync(db, reader, plan, method, actor);
    }

    // What becomes of the wish where one lives already; null where none does.
    private static async Task<StartResult?> LivingAsync(SubscriptionsDb db, ReaderId reader, Domain.Plans.PlanVersion plan, string? method) =>
        await db.Subscriptions.AsNoTracking().FirstOrDefaultAsync(s => s.ReaderId == reader && s.LivingSlot != null) switch
        {
            null => null,
            { Status: nameof(Subscription.Incomplete) } known when known.PlanVersionId == plan.Id && method is null => new StartResult.Started(known.Id),
            _ => new StartResult.Refused(AlreadySubscribed),
        };

    /// <summary>True when the reader has or had a subscription that began: free days are not for her again.</summary>
    public static Task<bool> HasSubscribedAsync(SubscriptionsDb db, ReaderId reader) =>
        db.Subscriptions.AnyAsync(s => s.ReaderId == reader && s.Status != nameof(Subscription.Incomplete) && s.EndReason != EndReason.NeverPaid);

    // She read while a first payment was on its way, and it never arrived: that is had once.
    private static Task<bool> FirstPaymentFailedAsync(SubscriptionsDb db, ReaderId reader) => db.Invoices.AnyAsync(i =>
        i.ReaderId == reader && i.Purpose == InvoicePurpose.First && i.Status != InvoiceStatus.Paid
        && db.Subscriptions.Any(s => s.Id == i.SubscriptionId && s.EndedAt != null && s.EndReason != EndReason.NeverPaid));

    private async Task<StartResult> BeginAsync(SubscriptionsDb db, ReaderId reader, Domain.Plans.PlanVersion plan, string? method, string actor)
    {
        var payFirst = await FirstPaymentFailedAsync(db, reader);
        var id = SubscriptionId.From($"sub_{reader.Value.Replace("rdr_", "", StringComparison.Ordinal)}_{await db.Subscriptions.CountAsync(s => s.ReaderId == reader) + 1}");
        try
        {
            await units.BeginAsync(plan, actor, unit =>
            {
                unit.Must(new SubscriptionCommand.StartSubscription(id, reader, method, payFirst));
                return unit;
            });
        }
        catch (DbUpdateException first) when (provider.IsUniqueViolation(first))
        {
            // Somebody began one since we looked: the index lets one live, and this wish finds it as a later one would.
            return await LivingAsync(db, reader, plan, method) ?? new StartResult.Refused(AlreadySubscribed);
        }

        await jobs.LookNowAsync<CollectDueInvoices>();
        return new StartResult.Started(id);
    }

    private async Task<(string? Method, Refusal? Refusal)> AttachAsync(ReaderId reader, string token)
    {
        if (await customers.EnsureAsync(reader) is not { } customer)
        {
            return (null, GatewaySilent);
        }

        var answer = await customers.AttachAsync(reader, customer, token);
        if (answer is GatewayAnswer<StoredMethod>.Refused { Code: "resource_missing" } && await forget.IfGoneAsync(reader, customer) && await customers.EnsureAsync(reader) is { } anew)
        {
            answer = await customers.AttachAsync(reader, anew, token);
        }

        return answer switch
        {
            GatewayAnswer<StoredMethod>.Answered answered => await ObstacleAsync(reader, answered.Value.Token) is { } obstacle ? (null, obstacle) : (answered.Value.Token, null),
            GatewayAnswer<StoredMethod>.Refused refused => (null, new Refusal("payment-method-refused", $"The payment provider did not accept this payment method ({refused.Code}).")),
            _ => (null, GatewaySilent),
        };
    }

    // Why a method that we know already is not charged by itself: she enters her payment details anew, and begins with those.
    private async Task<Refusal?> ObstacleAsync(ReaderId reader, string token)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await db.PaymentMethods.AnyAsync(m => m.Id == token && m.RefusedForGoodAt != null))
        {
            return InvoiceRefusals.MethodRefusedForGood;
        }

        // A card that she entered anew since then is another matter, whatever its number.
        var method = await db.PaymentMethods.AsNoTracking().SingleAsync(m => m.Id == token);
        var copies = CardTries.Copies(db, method).Select(m => m.Id);
        return await db.Invoices.AnyAsync(i => i.ReaderId == reader && i.ReversedAt != null && i.ReversedAt > method.AddedAt
            && i.Attempts.Any(a => copies.Contains(a.PaymentMethodId) && a.State == AttemptState.Succeeded))
            ? InvoiceRefusals.MethodReversed
            : null;
    }
}
