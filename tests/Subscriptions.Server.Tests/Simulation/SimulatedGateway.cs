using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>
/// The payment provider beyond the border: keeps its books, honours idempotency keys, and, by the seed, loses requests,
/// loses answers, answers 500, answers late, or sees the caller die.
/// </summary>
internal sealed class SimulatedGateway(GatewayLedger ledger, Machine machine, SimulatedClock clock, SimulatedWall wall, Random chance) : IPaymentGateway
{
    private static readonly TimeSpan _keyLife = TimeSpan.FromHours(24);

    private readonly Dictionary<string, (string Request, Func<object>? Answer, bool Broken, DateTimeOffset Since)> keys = [];
    private readonly List<(DateTimeOffset At, Action Run)> late = [];
    private readonly List<(DateTimeOffset From, DateTimeOffset To)> silences = [];
    private DateTimeOffset? silentSince;
    private int numbers;

    /// <summary>Of a hundred calls, how many go wrong.</summary>
    public int FaultPercent { get; set; }

    /// <summary>True while nothing at all gets through.</summary>
    public bool Down
    {
        get => silentSince is not null;
        set
        {
            if (!value && silentSince is { } since)
            {
                silences.Add((since, clock.At));
            }

            silentSince = value ? silentSince ?? clock.At : null;
        }
    }

    /// <summary>Called with everything that the gateway would tell by webhook.</summary>
    public Action<GatewayEvent> OnEvent { get; set; } = _ => { };

    /// <summary>For how long it could be asked since a moment: nobody can learn anything from a silent gateway.</summary>
    public TimeSpan AnsweredSince(DateTimeOffset moment)
    {
        var silent = silences.Append((From: silentSince ?? clock.At, To: clock.At))
            .Sum(s => Math.Max(0, (s.To - (s.From > moment ? s.From : moment)).Ticks));
        return clock.At - moment - TimeSpan.FromTicks(silent);
    }

    public DateTimeOffset? NextAt => late.Select(l => (DateTimeOffset?)l.At)
        .Concat(ledger.Intents.Values.Where(i => i.Status == PaymentStatus.Processing).Select(i => (DateTimeOffset?)i.SettlesAt))
        .Concat(ledger.Intents.Values.SelectMany(i => i.RefundNews).Select(n => (DateTimeOffset?)n.At)).Min();

    /// <summary>Executes late requests and settles slow payments that are due.</summary>
    public void RunDue()
    {
        foreach (var due in late.Where(l => l.At <= clock.At).ToArray())
        {
            late.Remove(due);
            due.Run();
        }

        TellOfRefunds();
        foreach (var intent in ledger.Intents.Values.Where(i => i.Status == PaymentStatus.Processing && i.SettlesAt <= clock.At))
        {
            if (chance.Next(3) > 0)
            {
                Succeed(intent);
            }
            else
            {
                Fail(intent, "card_declined", "insufficient_funds", DeclineClass.TimeMayHeal, charge: intent.LatestChargeId);
            }
        }
    }

    // Banks send refunds on, or back, days after they were made.
    private void TellOfRefunds()
    {
        foreach (var intent in ledger.Intents.Values.Where(i => i.RefundNews.Any(n => n.At <= clock.At)))
        {
            foreach (var news in intent.RefundNews.Where(n => n.At <= clock.At).ToArray())
            {
                intent.RefundNews.Remove(news);
                var at = intent.Refunds.FindIndex(r => r.Id == news.Refund);
                intent.Refunds[at] = intent.Refunds[at] with { State = news.State };
                intent.Refunded -= news.State == RefundState.Failed ? intent.Refunds[at].Amount.Amount : 0;
                Tell(news.State == RefundState.Failed ? "refund.failed" : "refund.updated", news.Refund, intent.Id, null);
            }
        }
    }

    /// <summary>The reader answers her bank.</summary>
    public void AnswerChallenge(Intent intent, bool yes)
    {
        if (intent.Status != PaymentStatus.RequiresAction)
        {
            return;
        }

        if (yes)
        {
            intent.LatestChargeId = NewId("ch");
            Succeed(intent);
        }
        else
        {
            Fail(intent, "payment_intent_authentication_failure", null, DeclineClass.ReaderMustAct, null);
        }
    }

    /// <summary>The reader lays a card down on the hosted page.</summary>
    public void Complete(Session session, Card card)
    {
        session.Card = card;
        ledger.Cards[card.Token] = card;
        Tell("checkout.session.completed", session.Id, null, session.Id);
    }

    public Task<GatewayAnswer<string>> CreateCustomerAsync(NewCustomer customer, string idempotencyKey) => CallAsync(
        customer.ToString(), idempotencyKey, () => ledger.Customers.TryGetValue(customer.ReaderId, out var known) ? known : ledger.Customers[customer.ReaderId] = NewId("cus"));

    public Task<GatewayAnswer<StoredMethod>> AttachMethodAsync(string customerId, string methodToken, string idempotencyKey) =>
        CallAsync($"{customerId} {methodToken}", idempotencyKey, () => ledger.Cards[methodToken].Stored);

    public Task<GatewayAnswer<PaymentSnapshot>> CreatePaymentIntentAsync(NewPaymentIntent request, string idempotencyKey) => CallAsync(request.ToString(), idempotencyKey, () =>
    {
        var intent = new Intent(NewId("pi"), request);
        ledger.Intents.Add(intent.Id, intent);
        return intent.Snapshot;
    });

    public Task<GatewayAnswer<PaymentSnapshot>> ConfirmAsync(ConfirmPayment request, string idempotencyKey) =>
        CallAsync(request.ToString(), idempotencyKey, () => Confirm(ledger.Intents[request.PaymentIntentId], ledger.Cards[request.MethodToken], request.ReturnUrl is not null));

    public Task<GatewayAnswer<IReadOnlyList<PaymentSnapshot>>> FindPaymentIntentsAsync(string customerId, string invoiceId) => CallAsync<IReadOnlyList<PaymentSnapshot>>(
        "", null, () => [.. ledger.Intents.Values.Where(i => i.Request.CustomerId == customerId && i.Request.InvoiceId == invoiceId).Select(i => i.Snapshot)]);

    public Task<GatewayAnswer<PaymentSnapshot>> RetrieveAsync(string paymentIntentId) => CallAsync("", null, () => ledger.Intents[paymentIntentId].Snapshot);

    public Task<GatewayAnswer<PaymentSnapshot>> ChangeKindAsync(string paymentIntentId, string methodKind, string idempotencyKey) =>
        CallAsync($"{paymentIntentId} {methodKind}", idempotencyKey, () => ledger.Intents[paymentIntentId].Snapshot);

    public Task<GatewayAnswer<MandateSnapshot>> RetrieveMandateAsync(string mandateId) =>
        Task.FromResult<GatewayAnswer<MandateSnapshot>>(new GatewayAnswer<MandateSnapshot>.Refused("resource_missing", "There are no mandates here."));

    public Task<GatewayAnswer<PaymentSnapshot>> CancelAsync(string paymentIntentId, string idempotencyKey) => CallAsync(paymentIntentId, idempotencyKey, () =>
    {
        var intent = ledger.Intents[paymentIntentId];
        if (intent.Status is not (PaymentStatus.Succeeded or PaymentStatus.Processing or PaymentStatus.Canceled))
        {
            intent.Status = PaymentStatus.Canceled;
            Tell("payment_intent.canceled", intent.Id, intent.Id, null);
        }

        return intent.Snapshot;
    });

    public Task<GatewayAnswer<HostedSetup>> OpenSetupAsync(NewHostedSetup request, string idempotencyKey) => CallAsync(request.ToString(), idempotencyKey, () =>
    {
        var session = new Session(NewId("cs"), request);
        ledger.Sessions.Add(session.Id, session);
        return session.Snapshot;
    });

    public Task<GatewayAnswer<HostedSetup>> RetrieveSetupAsync(string setupId) => CallAsync("", null, () => ledger.Sessions[setupId].Snapshot);

    public Task<GatewayAnswer<PaymentSnapshot>> UpdateAmountAsync(string paymentIntentId, Money amount, string idempotencyKey) => CallAsync($"{paymentIntentId} {amount}", idempotencyKey, () =>
    {
        var intent = ledger.Intents[paymentIntentId];
        if (intent.Status is PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation or PaymentStatus.RequiresAction)
        {
            intent.Amount = amount;
        }

        return intent.Snapshot;
    });

    public Task<GatewayAnswer<RefundSnapshot>> RefundAsync(string paymentIntentId, Money amount, string? reference, string idempotencyKey) => CallAsync($"{paymentIntentId} {amount} {reference}", idempotencyKey, () =>
    {
        var intent = ledger.Intents[paymentIntentId];
        intent.Refunded += amount.Amount;
        if (intent.Status != PaymentStatus.Succeeded || intent.Refunded > intent.Amount.Amount)
        {
            ledger.Breaches.Add($"{intent.Id} was refunded beyond what it took");
        }

        var slow = chance.Next(4) == 0;
        var refund = new RefundSnapshot(NewId("re"), slow ? RefundState.Pending : RefundState.Succeeded, amount, reference);
        if (intent.Refunds.Any(r => r.Reference == reference && reference is not null))
        {
            ledger.Breaches.Add($"{reference} was refunded twice");
        }

        intent.Refunds.Insert(0, refund);
        if (slow || chance.Next(8) == 0)
        {
            intent.RefundNews.Add((clock.At.AddHours(chance.Next(1, 200)), refund.Id, slow && chance.Next(4) > 0 ? RefundState.Succeeded : RefundState.Failed));
        }

        Tell("charge.refunded", intent.Id, intent.Id, null);
        return refund;
    });

    public Task<GatewayAnswer<IReadOnlyList<RefundSnapshot>>> FindRefundsAsync(string paymentIntentId) =>
        CallAsync<IReadOnlyList<RefundSnapshot>>("", null, () => [.. ledger.Intents[paymentIntentId].Refunds]);

    public Task<GatewayAnswer<IReadOnlyList<Dispute>>> FindDisputesAsync(string paymentIntentId) =>
        CallAsync<IReadOnlyList<Dispute>>("", null, () => [.. ledger.Intents[paymentIntentId].Disputes]);

    public Task<GatewayAnswer<IReadOnlyList<FraudWarning>>> FindFraudWarningsAsync(string paymentIntentId) =>
        CallAsync<IReadOnlyList<FraudWarning>>("", null, () => []);

    public Task<GatewayAnswer<GatewayEvent>> RetrieveEventAsync(string eventId) => CallAsync("", null, () => ledger.Events[eventId]);

    public Task<GatewayAnswer<GatewayEventPage>> ListEventsAsync(DateTimeOffset from, DateTimeOffset until, string? after) => CallAsync("", null, () =>
        new GatewayEventPage([.. ledger.Events.Values.Where(e => e.CreatedAt >= from && e.CreatedAt <= until).OrderByDescending(e => e.CreatedAt)], false));

    public Task<GatewayAnswer<HeldMethod>> RetrieveMethodAsync(string methodToken) =>
        CallAsync("", null, () => new HeldMethod(ledger.Cards[methodToken].Stored, "cus_holder"));

    public Task<GatewayAnswer<Payer>> RetrieveCustomerAsync(string customerId) => CallAsync("", null, () => new Payer(customerId, false, null));

    private PaymentSnapshot Confirm(Intent intent, Card card, bool onSession)
    {
        if (intent.Status is PaymentStatus.Succeeded or PaymentStatus.Processing or PaymentStatus.Canceled)
        {
            return intent.Snapshot;
        }

        if (card.RefusedForGood)
        {
            ledger.Breaches.Add($"{card.Token} was tried again on {intent.Request.InvoiceId} after it was refused for good");
        }

        intent.Card = card;
        intent.LastError = null;
        switch (card.Mood)
        {
            case CardMood.Good:
                intent.LatestChargeId = NewId("ch");
                Succeed(intent);
                break;
            case CardMood.Slow:
                intent.LatestChargeId = NewId("ch");
                intent.Status = PaymentStatus.Processing;
                intent.SettlesAt = clock.At.AddHours(chance.Next(2, 40));
                break;
            case CardMood.AsksReader when onSession:
                intent.Status = PaymentStatus.RequiresAction;
                break;
            case CardMood.AsksReader:
                Fail(intent, "authentication_required", "authentication_required", DeclineClass.ReaderMustAct, chance.Next(2) == 0 ? NewId("ch") : null, asks: true);
                break;
            case CardMood.Lost:
                card.RefusedForGood = true;
                Fail(intent, "card_declined", "lost_card", DeclineClass.Never, NewId("ch"));
                break;
            case CardMood.Expired:
                Fail(intent, "expired_card", null, DeclineClass.ReaderMustAct, NewId("ch"));
                break;
            default:
                Fail(intent, "card_declined", "insufficient_funds", DeclineClass.TimeMayHeal, NewId("ch"));
                break;
        }

        return intent.Snapshot;
    }

    private void Succeed(Intent intent)
    {
        (intent.Status, intent.LastError, intent.SucceededAt) = (PaymentStatus.Succeeded, null, clock.At);
        Tell("payment_intent.succeeded", intent.Id, intent.Id, null);
    }

    private void Fail(Intent intent, string code, string? declineCode, DeclineClass declineClass, string? charge, bool asks = false)
    {
        intent.Status = PaymentStatus.RequiresMethod;
        intent.LatestChargeId = charge ?? intent.LatestChargeId;
        intent.LastError = new(code, declineCode, null, declineClass, asks, charge);
        Tell("payment_intent.payment_failed", intent.Id, intent.Id, null);
    }

    private void Tell(string type, string subject, string? intent, string? session)
    {
        var told = new GatewayEvent(NewId("evt"), type, subject, intent, session, clock.At);
        ledger.Events.Add(told.Id, told);
        OnEvent(told);
    }

    private string NewId(string kind) => $"{kind}_{++numbers:D4}";

    private Task<GatewayAnswer<T>> CallAsync<T>(string request, string? key, Func<T> execute)
    {
        machine.Pass(PowerPoint.BeforeGatewayCall);
        var answer = Answer(request, key, execute);
        machine.Pass(PowerPoint.AfterGatewayCall);
        return Task.FromResult(answer);
    }

    private GatewayAnswer<T> Answer<T>(string request, string? key, Func<T> execute)
    {
        if (key is not null && keys.TryGetValue(key, out var known) && wall.At - known.Since < _keyLife)
        {
            return Replay<T>(key, request, known);
        }

        if (Down)
        {
            return new GatewayAnswer<T>.Unknown("connection refused");
        }

        var fault = chance.Next(100) < FaultPercent ? chance.Next(7) : -1;
        switch (fault)
        {
            case 0:
                return new GatewayAnswer<T>.Unknown("the request was lost");
            case 1:
                Keep(key, request, execute());
                return new GatewayAnswer<T>.Unknown("the answer was lost");
            case 2:
                // Answers 500, perhaps after having done it; repeated under the key the 500 comes again.
                if (key is not null && chance.Next(2) == 0)
                {
                    execute();
                }

                return new GatewayAnswer<T>.Unknown("500", ExecutionOver: Break(key, request) && chance.Next(2) == 0);
            case 3 when key is not null:
                keys[key] = (request, null, false, wall.At);
                late.Add((clock.At.AddMinutes(chance.Next(1, 40)), () => Keep(key, request, execute())));
                return new GatewayAnswer<T>.Unknown("timed out");
            case 4:
                Keep(key, request, execute());
                throw machine.Kill(PowerPoint.AfterGatewayCall);
            case 5:
                throw machine.Kill(PowerPoint.BeforeGatewayCall);
            default:
                return new GatewayAnswer<T>.Answered(Keep(key, request, execute()));
        }
    }

    private GatewayAnswer<T> Replay<T>(string key, string request, (string Request, Func<object>? Answer, bool Broken, DateTimeOffset Since) known)
    {
        if (known.Request != request)
        {
            ledger.Breaches.Add($"the key {key} was used for two different requests");
        }

        return known switch
        {
            { Broken: true } => new GatewayAnswer<T>.Unknown("500, again", ExecutionOver: true),
            { Answer: { } answer } => new GatewayAnswer<T>.Answered((T)answer()),
            _ => new GatewayAnswer<T>.Unknown("409: the first request is still under way"),
        };
    }

    private T Keep<T>(string? key, string request, T answer)
    {
        if (key is not null)
        {
            keys[key] = (request, () => answer!, false, wall.At);
        }

        return answer;
    }

    private bool Break(string? key, string request)
    {
        if (key is not null)
        {
            keys[key] = (request, null, true, wall.At);
        }

        return key is not null;
    }
}
