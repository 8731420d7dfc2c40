using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>What one confirm came to: an outcome to record, or a PaymentIntent that can take no money any more.</summary>
/// <param name="Outcome">To be recorded.</param>
/// <param name="IntentCanceled">The PaymentIntent is cancelled; a replacement is needed.</param>
/// <param name="Mistake">The gateway refused the request itself: for staff.</param>
public sealed record ConfirmResult(AttemptOutcome Outcome, bool IntentCanceled = false, string? Mistake = null);

/// <summary>The calls that an attempt is made of, and the saving of what they came to.</summary>
public sealed class GatewayPayments(
    IPaymentGateway gateway, BillingUnits units, IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    /// <summary>Whether the timetable or an unfinished try asks for work on the invoice now.</summary>
    public bool IsDue(BillingUnit unit) =>
        CollectionSchedule.NextAt(unit.Invoice!, unit.Subscription, unit.Rules, 0, clock.Now) is { } at && at <= clock.Now;

    /// <summary>The method to charge, or null when there is none or the issuer refused it for good.</summary>
    public async Task<PaymentMethodRow?> UsableMethodAsync(Contract contract, Invoice invoice)
    {
        if (contract.PaymentMethodId is not { } id || InvoiceDecider.RefusedForGood(invoice, id) || Representation.UsedUp(invoice, id))
        {
            return null;
        }

        await using var db = await databases.CreateDbContextAsync();
        var method = await db.PaymentMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == id);
        return method is null or { DetachedAt: not null } || await CardTries.Copies(db, method).AnyAsync(m => m.RefusedForGoodAt != null) ? null : method;
    }

    /// <summary>
    /// The moment before which a further try of this card would break its network's limit; null when it may be tried. A
    /// look that spares a call; what counts is <see cref="BillingUnit.TakeCardTry"/>.
    /// </summary>
    public async Task<DateTimeOffset?> HeldUntilAsync(PaymentMethodRow method)
    {
        if (!CardTries.AreLimited(method))
        {
            return null;
        }

        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        return NetworkLimits.HeldUntil(method.Brand, await CardTries.Since(db, method, now.AddHours(-NetworkLimits.LongestHours)).ToListAsync(), now);
    }

    /// <summary>Sends exactly the request that the attempt holds, under the attempt's own key: the first time and every time.</summary>
    public async Task<ConfirmResult> ConfirmAsync(InvoiceId invoice, PaymentAttempt attempt)
    {
        var request = new ConfirmPayment(attempt.PaymentIntentId, attempt.PaymentMethodId, attempt.ReturnUrl is { } url ? new Uri(url) : null);
        var answer = await gateway.ConfirmAsync(request, $"confirm:{invoice.Value}:{attempt.Number}");
        return answer switch
        {
            GatewayAnswer<PaymentSnapshot>.Answered { Value: var payment } => Read(payment, attempt, answersThisAttempt: true),
            GatewayAnswer<PaymentSnapshot>.Refused refused => await AfterRefusalAsync(attempt, refused),
            GatewayAnswer<PaymentSnapshot>.Unknown { ExecutionOver: true } unknown => await LookAsync(attempt, conclusive: true, unknown.Reason),
            GatewayAnswer<PaymentSnapshot>.Unknown unknown => await LookAsync(attempt, conclusive: false, unknown.Reason),
            _ => throw new InvalidOperationException(answer.GetType().Name),
        };
    }

    /// <summary>Reads the PaymentIntent and compares it with what was seen before the attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="conclusive">True when the request can no longer be under way, so that no trace of it means that it never arrived.</param>
    /// <param name="reason">Why we have to look.</param>
    public async Task<ConfirmResult> LookAsync(PaymentAttempt attempt, bool conclusive, string reason)
    {
        if (await gateway.RetrieveAsync(attempt.PaymentIntentId) is not GatewayAnswer<PaymentSnapshot>.Answered { Value: var payment })
        {
            return new(new AttemptOutcome.Unknown(reason));
        }

        var read = Read(payment, attempt, answersThisAttempt: false);
        return read.Outcome is AttemptOutcome.NotReceived && !conclusive ? new(new AttemptOutcome.Unknown(reason)) : read;
    }

    /// <summary>Saves what a try came to, with all that follows from it.</summary>
    public async Task RecordAsync(InvoiceId invoice, PaymentAttempt attempt, ConfirmResult result)
    {
        var days = result.Outcome is AttemptOutcome.Processing && attempt.State != AttemptState.Processing ? await DaysOfAsync(attempt) : null;
        await units.ChangeAsync(invoice, attempt.Actor, unit => Save(unit, attempt, days is null ? result : result with { Outcome = ((AttemptOutcome.Processing)result.Outcome) with { ResultDueOn = days(unit.Rules.Hours) } }));
    }

    // A method that took money before is known to its bank; the first collection on a new mandate takes longer. Counted from the answer: a request that
    // the gateway took only days later, after an outage, has its days before it.
    private async Task<Func<PublisherHours, DateOnly?>?> DaysOfAsync(PaymentAttempt attempt)
    {
        await using var db = await databases.CreateDbContextAsync();
        var kind = await db.PaymentMethods.Where(m => m.Id == attempt.PaymentMethodId).Select(m => m.Kind).FirstOrDefaultAsync();
        var established = await db.PaymentAttempts.AnyAsync(a => a.PaymentMethodId == attempt.PaymentMethodId && a.State == AttemptState.Succeeded);
        return kind is null ? null : hours => MethodKinds.ResultDueOn(MethodKinds.Of(kind), established, hours.DateOf(clock.Now));
    }

    private static BillingUnit Save(BillingUnit unit, PaymentAttempt attempt, ConfirmResult result)
    {
        var inconclusive = result.Outcome is AttemptOutcome.Unknown or AttemptOutcome.NotReceived;
        unit.CollectWorked = true;
        unit.CollectTries = inconclusive ? unit.CollectTries + 1 : 0;
        unit.Must(new InvoiceCommand.RecordOutcome(attempt.Number, result.Outcome));
        if (result.IntentCanceled && unit.Invoice!.PaymentIntent is { } intent && intent.GatewayId == attempt.PaymentIntentId)
        {
            unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(intent.Number));
        }

        if (result.Mistake is { } mistake)
        {
            unit.RaiseTask("gateway-refused", unit.Invoice!.Id.Value, $"The gateway refused attempt {attempt.Number} of {unit.Invoice!.Id}: {mistake}");
        }

        return unit;
    }

    /// <summary>What a PaymentIntent, as it stands, says of a try.</summary>
    /// <param name="payment">The PaymentIntent.</param>
    /// <param name="attempt">The try.</param>
    /// <param name="answersThisAttempt">True where it is the very answer to the try, so that what it says is said of it.</param>
    public static ConfirmResult Read(PaymentSnapshot payment, PaymentAttempt attempt, bool answersThisAttempt)
    {
        var judged = answersThisAttempt || attempt.State == AttemptState.AwaitingReader
            || (payment.LatestChargeId is { } charge && charge != attempt.ChargeSeenBefore);
        return payment.Status switch
        {
            PaymentStatus.Succeeded => new(new AttemptOutcome.Succeeded(payment.LatestChargeId, payment.Amount)),
            PaymentStatus.RequiresAction => new(new AttemptOutcome.AwaitingReader(payment.ChallengeUrl?.AbsoluteUri)),
            PaymentStatus.Processing => new(new AttemptOutcome.Processing(ChargeId: payment.LatestChargeId)),

            // The gateway gave the PaymentIntent up with this very try: the bank judged it all the same.
            PaymentStatus.Canceled when payment.LastError is { } error && payment.LatestChargeId is { } last && last != attempt.ChargeSeenBefore => new(Declined(error), IntentCanceled: true),
            PaymentStatus.Canceled => new(new AttemptOutcome.NotReceived("The PaymentIntent had been cancelled."), IntentCanceled: true),
            PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation when judged && payment.LastError is { } error => new(Declined(error)),
            PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation => new(new AttemptOutcome.NotReceived("The gateway knows nothing of this attempt.")),
        };
    }

    private static AttemptOutcome Declined(PaymentDecline error)
    {
        var decline = new Decline(error.Code, error.DeclineCode, error.AdviceCode, error.Class);
        return error.NeedsAuthentication
            ? new AttemptOutcome.NeedsAuthentication(decline, error.ChargeId)
            : new AttemptOutcome.Declined(decline, error.ChargeId);
    }

    // A refusal of the request itself is our mistake or means that the PaymentIntent has moved on; it tells which when read.
    private async Task<ConfirmResult> AfterRefusalAsync(PaymentAttempt attempt, GatewayAnswer<PaymentSnapshot>.Refused refused)
    {
        var mistake = $"{refused.Code}: {refused.Message}";
        var look = await LookAsync(attempt, conclusive: true, mistake);
        return look switch
        {
            { Outcome: AttemptOutcome.Unknown } => look with { Mistake = mistake },
            { Outcome: not AttemptOutcome.NotReceived } or { IntentCanceled: true } => look,
            _ => new(new AttemptOutcome.RefusedByGateway(mistake), Mistake: mistake),
        };
    }
}
