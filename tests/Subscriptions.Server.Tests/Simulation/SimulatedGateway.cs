using System.Globalization;
using Subscriptions.Domain;
using Subscriptions.Domain.Calendar;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>
/// The payment provider beyond the border: keeps its books, honours idempotency keys, and, by the seed, loses requests,
/// loses answers, answers 500, answers late, or sees the caller die.
/// </summary>
internal sealed class SimulatedGateway(GatewayLedger ledger, SimulatedBank bank, Machine machine, SimulatedClock clock, SimulatedWall wall, Random chance) : IPaymentGateway
{
    private static readonly TimeSpan _keyLife = TimeSpan.FromHours(24);

    // A day until the daily look, and faults on the way.
    private static readonly TimeSpan _patience = TimeSpan.FromDays(4);

    private readonly Dictionary<string, (string Request, Func<object>? Answer, bool Broken, DateTimeOffset Since)> keys = [];
    private readonly List<(DateTimeOffset From, DateTimeOffset To)> silences = [];
    private DateTimeOffset? silentSince;

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

    /// <summary>For how long it could be asked since a moment: nobody can learn anything from a silent gateway.</summary>
    public TimeSpan AnsweredSince(DateTimeOffset moment)
    {
        var silent = silences.Append((From: silentSince ?? clock.At, To: clock.At))
            .Sum(s => Math.Max(0, (s.To - (s.From > moment ? s.From : moment)).Ticks));
        return clock.At - moment - TimeSpan.FromTicks(silent);
    }

    /// <summary>The reader lays a card down on the hosted page.</summary>
    public void Complete(Session session, Card card)
    {
        session.Card = card;
        ledger.Cards[card.Token] = card;
        bank.Tell("checkout.session.completed", session.Id, null, session.Id);
    }

    public Task<GatewayAnswer<string>> CreateCustomerAsync(NewCustomer customer, string idempotencyKey) => CallAsync(
        customer.ToString(), idempotencyKey, () => ledger.Customers.TryGetValue(customer.ReaderId, out var known) ? known : ledger.Customers[customer.ReaderId] = bank.NewId("cus"));

    public Task<GatewayAnswer<StoredMethod>> AttachMethodAsync(string customerId, string methodToken, string idempotencyKey) =>
        CallAsync($"{customerId} {methodToken}", idempotencyKey, () => ledger.Cards[methodToken].Stored);

    public Task<GatewayAnswer<PaymentSnapshot>> CreatePaymentIntentAsync(NewPaymentIntent request, string idempotencyKey) => CallAsync(request.ToString(), idempotencyKey, () =>
    {
        var intent = new Intent(bank.NewId("pi"), request, clock.At);
        ledger.Intents.Add(intent.Id, intent);
        return intent.Snapshot;
    });

    public Task<GatewayAnswer<PaymentSnapshot>> ConfirmAsync(ConfirmPayment request, string idempotencyKey) =>
        CallAsync(request.ToString(), idempotencyKey, () => Confirm(ledger.Intents[request.PaymentIntentId], ledger.Cards[request.MethodToken], request.ReturnUrl is not null));

    public Task<GatewayAnswer<IReadOnlyList<PaymentSnapshot>>> FindPaymentIntentsAsync(string customerId, string invoiceId) => CallAsync<IReadOnlyList<PaymentSnapshot>>(
        "", null, () => [.. ledger.Intents.Values.Where(i => i.Request.CustomerId == customerId && i.Request.InvoiceId == invoiceId).Select(i => i.Snapshot)]);

    public Task<GatewayAnswer<PaymentSnapshot>> RetrieveAsync(string paymentIntentId) => CallAsync("", null, () => ledger.Intents[paymentIntentId].Snapshot);

    public Task<GatewayAnswer<PaymentSnapshot>> ChangeKindAsync(string paymentIntentId, string methodKind, string idempotencyKey) =>
        CallAsync($"{paymentIntentId} {methodKind}", idempotencyKey, () =>
        {
            var intent = ledger.Intents[paymentIntentId];
            intent.Kind = intent.Status is PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation or PaymentStatus.RequiresAction ? methodKind : intent.Kind;
            return intent.Snapshot;
        });

    public Task<GatewayAnswer<MandateSnapshot>> RetrieveMandateAsync(string mandateId) => CallAsync("", null, () =>
    {
        var card = ledger.Cards[mandateId["mandate_".Length..]];
        return new MandateSnapshot(mandateId, card.Token, card.Mood == CardMood.Lost);
    });

    public Task<GatewayAnswer<PaymentSnapshot>> CancelAsync(string paymentIntentId, string idempotencyKey) => CallAsync(paymentIntentId, idempotencyKey, () =>
    {
        var intent = ledger.Intents[paymentIntentId];
        if (intent.Status is not (PaymentStatus.Succeeded or PaymentStatus.Processing or PaymentStatus.Canceled))
        {
            (intent.Status, intent.JudgedAt) = (PaymentStatus.Canceled, clock.At);
            bank.Tell("payment_intent.canceled", intent.Id, intent.Id, null);
        }

        return intent.Snapshot;
    });

    public Task<GatewayAnswer<HostedSetup>> OpenSetupAsync(NewHostedSetup request, string idempotencyKey) => CallAsync(request.ToString(), idempotencyKey, () =>
    {
        var session = new Session(bank.NewId("cs"), request);
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
        if (intent.Disputes.Any(d => d.Status is DisputeStatus.Open or DisputeStatus.Lost))
        {
            throw new RefusedException("charge_disputed");
        }

        intent.Refunded += amount.Amount;
        if (intent.Status != PaymentStatus.Succeeded || intent.Refunded > intent.Amount.Amount)
        {
            ledger.Breaches.Add($"{intent.Id} was refunded beyond what it took");
        }

        if (intent.Refunds.Any(r => r.Reference == reference && reference is not null))
        {
            ledger.Breaches.Add($"{reference} was refunded twice");
        }

        return bank.GiveBack(intent, amount, reference);
    });

    public Task<GatewayAnswer<IReadOnlyList<RefundSnapshot>>> FindRefundsAsync(string paymentIntentId) =>
        CallAsync<IReadOnlyList<RefundSnapshot>>("", null, () => [.. ledger.Intents[paymentIntentId].Refunds]);

    public Task<GatewayAnswer<IReadOnlyList<Dispute>>> FindDisputesAsync(string paymentIntentId) =>
        CallAsync<IReadOnlyList<Dispute>>("", null, () => [.. ledger.Intents[paymentIntentId].Disputes]);

    public Task<GatewayAnswer<IReadOnlyList<FraudWarning>>> FindFraudWarningsAsync(string paymentIntentId) =>
        CallAsync<IReadOnlyList<FraudWarning>>("", null, () => [.. ledger.Intents[paymentIntentId].Warnings]);

    public Task<GatewayAnswer<GatewayEvent>> RetrieveEventAsync(string eventId) => CallAsync("", null, () => ledger.Events[eventId]);

    public Task<GatewayAnswer<GatewayEventPage>> ListEventsAsync(DateTimeOffset from, DateTimeOffset until, string? after) => CallAsync("", null, () =>
        new GatewayEventPage([.. ledger.Events.Values.Where(e => e.CreatedAt >= from && e.CreatedAt <= until).OrderByDescending(e => e.CreatedAt)], false));

    public Task<GatewayAnswer<HeldMethod>> RetrieveMethodAsync(string methodToken) =>
        CallAsync("", null, () => new HeldMethod(ledger.Cards[methodToken].Stored, "cus_holder"));

    public Task<GatewayAnswer<Payer>> RetrieveCustomerAsync(string customerId) => CallAsync("", null, () => new Payer(customerId, false, null));

    public Task<GatewayAnswer<Payer>> DeleteCustomerAsync(string customerId) => CallAsync("", null, () => new Payer(customerId, true, null));

    /// <summary>A page of one of its lists, newest first.</summary>
    public Task<GatewayAnswer<GatewayPage<T>>> ListAsync<T>(string? after, Func<IEnumerable<T>> oldestFirst) => CallAsync("", null, () =>
    {
        const int PageSize = 20;
        var (all, from) = (oldestFirst().Reverse().ToArray(), after is null ? 0 : int.Parse(after, CultureInfo.InvariantCulture));
        var next = from + PageSize;
        return new GatewayPage<T>([.. all.Skip(from).Take(PageSize)], next < all.Length ? next.ToString(CultureInfo.InvariantCulture) : null);
    });

    private PaymentSnapshot Confirm(Intent intent, Card card, bool onSession)
    {
        if (intent.Status is PaymentStatus.Succeeded or PaymentStatus.Processing or PaymentStatus.Canceled)
        {
            return intent.Snapshot;
        }

        JudgeCaller(intent, card);
        intent.Tries++;
        bank.Judge(intent, card, onSession);
        return intent.Snapshot;
    }

    private void JudgeCaller(Intent intent, Card card)
    {
        var what = $"{card.Token} on {intent.Request.InvoiceId} at {clock.At:yyyy-MM-dd HH:mm}";
        if (card.RefusedForGoodAt is { } refusedAt && (card.Kind != MethodKind.BacsMandate || AnsweredSince(refusedAt) > _patience))
        {
            ledger.Breaches.Add($"{what} was tried again after it was refused for good");
        }

        if (intent.Kind != MethodKinds.NameOf(card.Kind))
        {
            ledger.Breaches.Add($"{what} was tried with a payment that takes {intent.Kind}");
        }

        var referred = ledger.Of(new InvoiceId(intent.Request.InvoiceId!)).SelectMany(i => i.Referred).ToArray();
        if (referred.Length == 0 || referred[^1].Mandate != card)
        {
            return;
        }

        if (referred.Length > Representation.MostTimes)
        {
            ledger.Breaches.Add($"{what} was presented again more than twice");
        }

        if (BankHolidays.AddWorkingDays(SimulatedBank.Today(referred[^1].At), Representation.WorkingDaysBetween) > SimulatedBank.Today(clock.At))
        {
            ledger.Breaches.Add($"{what} was presented again within five working days");
        }
    }

    private Task<GatewayAnswer<T>> CallAsync<T>(string request, string? key, Func<T> execute)
    {
        machine.Pass(PowerPoint.BeforeGatewayCall);
        GatewayAnswer<T> answer;
        try
        {
            answer = Answer(request, key, execute);
        }
        catch (RefusedException refused)
        {
            answer = new GatewayAnswer<T>.Refused(refused.Message, "The gateway does not do that.");
        }

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
                bank.At(clock.At.AddMinutes(chance.Next(1, 40)), () => ExecuteLate(key, request, execute));
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

    private void ExecuteLate<T>(string key, string request, Func<T> execute)
    {
        try
        {
            Keep(key, request, execute());
        }
        catch (RefusedException)
        {
            keys.Remove(key);
        }
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

/// <summary>The gateway refuses a request; its message is the code.</summary>
internal sealed class RefusedException(string code) : Exception(code);
