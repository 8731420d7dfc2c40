using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Tests.Racing;
using static Subscriptions.Domain.Invoices.AttemptState;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>
/// Every way in which a call to the gateway can end, over real HTTP: what the attempt then is, what the gateway's own ledger holds
/// after all has settled, what staff and the timeline are told, and how the reader stands meanwhile and afterwards.
/// </summary>
internal sealed class CallEndingsTests
{
    private const string Active = nameof(Subscription.Active);
    private const string PastDue = nameof(Subscription.PastDue);

    public static IEnumerable<Ending> Endings =>
    [
        new("succeeded") { At = [Succeeded], Charges = 1, Taken = 1, Told = "took £" },
        new("declined for now") { Answer = new("insufficient_funds"), At = [Declined], Charges = 1, Then = PastDue, Told = "(insufficient_funds)" },
        new("declined for good") { Answer = new("lost_card"), At = [Declined], Charges = 1, Then = PastDue, Told = "It will not be tried again until the payment details change." },
        new("declined with advice that outranks the code") { Answer = new("insufficient_funds", AdviceCode: "do_not_try_again"), At = [Declined], Charges = 1, Then = PastDue, Told = "It will not be tried again until the payment details change." },
        new("needs authentication") { Answer = new("authentication_required"), At = [NeedsAuthentication], Charges = 1, Then = PastDue, Told = "the reader has to confirm it in person" },
        new("refused for our own mistake") { Fault = FaultKind.Refused400, At = [RefusedByGateway], Later = [RefusedByGateway, Succeeded], Charges = 1, Taken = 1, Task = "gateway-refused", Says = "parameter_invalid: This request is refused", Told = "by a mistake of ours (parameter_invalid" },
        new("refused while it was prepared") { Fault = FaultKind.Refused400, Operation = "payment_intents.create", At = [], Later = [Succeeded], Charges = 1, Taken = 1, Task = "gateway-refused", Says = "parameter_invalid: This request is refused", Told = "took £" },
        new("method gone") { Gone = true, At = [Declined], Then = PastDue, Told = "was declined" },
        new("rate-limited") { Fault = FaultKind.RateLimited, At = [Unknown], Later = [Succeeded], Charges = 1, Taken = 1, Told = "did not say what became of try 1" },
        new("5xx, nothing happened") { Fault = FaultKind.Error500Before, At = [Unknown], Later = [Succeeded], Charges = 1, Taken = 1, Told = "did not say what became of try 1" },
        new("5xx, although it happened") { Fault = FaultKind.Error500After, At = [Succeeded], Charges = 1, Taken = 1, Told = "took £" },
        new("5xx, although the bank declined") { Fault = FaultKind.Error500After, Answer = new("insufficient_funds"), At = [Declined], Charges = 1, Then = PastDue, Told = "(insufficient_funds)" },
        new("connection lost before the charge") { Fault = FaultKind.ConnectionDropped, At = [Unknown], Later = [Succeeded], Charges = 1, Taken = 1, Told = "did not say what became of try 1" },
        new("connection held and lost, nothing happened") { Fault = FaultKind.TimeoutBefore, At = [Unknown], Later = [Succeeded], Charges = 1, Taken = 1, Told = "did not say what became of try 1" },
        new("lost inside the gateway") { Fault = FaultKind.TimeoutInstead, Once = true, At = [NotReceived], Later = [NotReceived, Succeeded], Charges = 1, Taken = 1, Told = "never reached the bank" },
        new("connection lost after the charge") { Fault = FaultKind.ConnectionDroppedAfter, At = [Succeeded], Charges = 1, Taken = 1, Told = "took £" },
        new("connection held and lost after the charge") { Fault = FaultKind.TimeoutAfter, At = [Succeeded], Charges = 1, Taken = 1, Told = "took £" },
        new("connection lost after a decline") { Fault = FaultKind.ConnectionDroppedAfter, Answer = new("insufficient_funds"), At = [Declined], Charges = 1, Then = PastDue, Told = "(insufficient_funds)" },
        new("charged long after we gave up") { Fault = FaultKind.TimeoutLate, Once = true, Hold = 4, At = [Unknown], Later = [Succeeded], Charges = 1, Taken = 1, Told = "did not say what became of try 1" },
        new("answered too late") { Fault = FaultKind.Slow, Once = true, Hold = 4, At = [Unknown], Later = [Succeeded], Charges = 1, Taken = 1, Told = "took £" },
    ];

    [TestCaseSource(nameof(Endings))]
    public async Task Every_way_in_which_a_call_can_end_is_settled_and_never_guessed(Ending ending)
    {
        await using var service = await StartAsync();
        var (reader, subscription, method) = await ActiveAsync(service);
        var fault = await TroubleAsync(service, ending, subscription, method);

        await RenewalAsync(service, reader);
        var invoice = await InvoiceAsync(service, subscription);
        Assert.That(await StatesAsync(service, invoice), Is.EqualTo(ending.At), "the tries, as far as they are known");
        if (fault is { } set)
        {
            await LastsAsync(service, ending, invoice);
            Assert.That((await StatusAsync(service, subscription), await service.EntitledAsync(reader)), Is.EqualTo((ending.Then, true)), "she reads on");
            await service.Faults.ClearAsync(set);
        }

        await SettleAsync(service, ending, invoice);

        using var books = new GatewayBooks(service.GatewayApi);
        var booked = (await books.ReadAsync())[invoice.Value].ToArray();
        await using var db = service.OpenDatabase();
        var tasks = await db.StaffTasks.Where(t => t.SubscriptionId == subscription).ToListAsync();
        Assert.Multiple(async () =>
        {
            Assert.That(await StatesAsync(service, invoice), Is.EqualTo(ending.Later ?? ending.At), "the tries in the end");
            Assert.That((booked.Sum(p => p.Charges), booked.Sum(p => p.Taken)), Is.EqualTo((ending.Charges, ending.Taken)), "charges in the gateway's ledger, and those that took money");
            Assert.That(tasks.Select(t => t.Kind).Where(kind => kind != "renewal-pending"), Is.EqualTo(ending.Task is null ? Array.Empty<string>() : [ending.Task]), "tasks for staff");
            Assert.That(ending.Says is null || tasks.Any(t => t.Text.Contains(ending.Says, StringComparison.Ordinal)), Is.True, "the task says why");
            Assert.That(await TimelineAsync(service, subscription), Does.Contain(ending.Told));
            Assert.That((await StatusAsync(service, subscription), await service.EntitledAsync(reader)), Is.EqualTo((ending.Then, true)));
        });
    }

    [Test]
    public async Task What_was_refused_for_our_own_mistake_is_taken_at_once_when_staff_ask_after_mending_it()
    {
        await using var service = await StartAsync();
        var (reader, subscription, _) = await ActiveAsync(service);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Refused400), "confirm"));
        await RenewalAsync(service, reader);
        await service.Faults.ClearAllAsync();

        var tried = await service.Services.GetRequiredService<RetryNow>().RunAsync(subscription, new CollectOrder(AttemptTrigger.Staff, Actors.Staff("staff_1"), null, Now: true));

        Assert.That(tried, Is.InstanceOf<RetryResult.Tried>().With.Property("Attempt").Property("State").EqualTo(Succeeded));
        Assert.That(await StatusAsync(service, subscription), Is.EqualTo(Active));
    }

    [Test]
    public async Task A_changed_method_is_tried_at_once_although_the_former_was_refused_for_our_own_mistake()
    {
        await using var service = await StartAsync();
        var (reader, subscription, _) = await ActiveAsync(service);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Refused400), "confirm"));
        await RenewalAsync(service, reader);
        await service.Faults.ClearAllAsync();
        await using var db = service.OpenDatabase();
        var customer = await db.Readers.Where(r => r.Id == reader).Select(r => r.GatewayCustomerId).SingleAsync();
        var attached = await service.Services.GetRequiredService<GatewayCustomers>().AttachAsync(reader, customer!, "pm_card_mastercard");
        var token = ((Server.Features.Billing.Gateway.GatewayAnswer<Server.Features.Billing.Gateway.StoredMethod>.Answered)attached).Value.Token;

        await service.Services.GetRequiredService<BillingUnits>().ChangeAsync(subscription, Actors.Reader(reader), unit =>
        {
            unit.Must(new SubscriptionCommand.ChangePaymentMethod(token));
            return unit;
        });
        await service.SettledAsync();

        Assert.That(await StatesAsync(service, await InvoiceAsync(service, subscription)), Is.EqualTo(new[] { RefusedByGateway, Succeeded }));
    }

    // While a refusal lasts nothing is tried again on that day; what is unknown is asked for, under the same number.
    private static async Task LastsAsync(RunningService service, Ending ending, InvoiceId invoice)
    {
        if (ending is not { Later: not null, Once: false })
        {
            return;
        }

        var before = service.StripeOrders;
        service.Clock.Advance(TimeSpan.FromHours(6));
        await service.SettledAsync();
        Assert.That(await StatesAsync(service, invoice), Is.EqualTo(ending.At), "hours later, in the same trouble");
        Assert.That(ending.Fault != FaultKind.Refused400 || service.StripeOrders == before, Is.True, "a refused request is not repeated");
    }

    // Where the gateway is still at it, wall time has to pass too: it answers until then that it is busy. A day more shows that nothing follows.
    private static async Task SettleAsync(RunningService service, Ending ending, InvoiceId invoice)
    {
        if (ending.Later is not { } later)
        {
            return;
        }

        await service.EventuallyAsync(async () =>
        {
            service.Clock.Advance(TimeSpan.FromHours(1));
            await service.SettledAsync();
            return (await StatesAsync(service, invoice)).SequenceEqual(later) ? service : null;
        });
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.SettledAsync();
    }

    private static Task<RunningService> StartAsync() => RunningService.StartAsync(
        "--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=1", "--Stripe:CallTimeoutSeconds=1", "--Stripe:TotalTimeoutSeconds=3");

    private static async Task<(ReaderId Reader, SubscriptionId Subscription, string Method)> ActiveAsync(RunningService service)
    {
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        return (reader, started.Id, await db.PaymentMethods.Where(m => m.ReaderId == reader).Select(m => m.Id).SingleAsync());
    }

    private static async Task<long?> TroubleAsync(RunningService service, Ending ending, SubscriptionId subscription, string method)
    {
        if (ending.Answer is { } answer)
        {
            await service.Stripe.SetBehaviourAsync(method, answer);
        }

        if (ending.Gone)
        {
            // A late knock about the method's first day would tell of its last.
            await service.EventuallyAsync(() => Task.FromResult(service.Stripe.Deliveries().All(delivery => delivery.State == "done") ? service : null));
            await service.SettledAsync();
            await service.Faults.AddAsync(new FaultOrder("webhooks", nameof(FaultKind.Dropped)));
            await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "events.list"));
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.GatewayApi, $"payment_methods/{method}/detach"));
            request.Headers.Authorization = new("Bearer", RunningService.GatewayKey);
            using var answered = await http.SendAsync(request);
            answered.EnsureSuccessStatusCode();
        }

        return ending.Fault is not { } kind ? null : (await service.Faults.AddAsync(
            new FaultOrder("gateway", kind.ToString(), ending.Operation, subscription.Value, ending.Once ? 1 : null, ending.Hold))).Id;
    }

    private static async Task RenewalAsync(RunningService service, ReaderId reader)
    {
        var renews = (await service.SubscriptionInAsync(reader, Active)).RenewsOn!.Value;
        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(renews, new TimeOnly(10, 0)) - service.Clock.Now);
        await service.SettledAsync();
    }

    private static async Task<InvoiceId> InvoiceAsync(RunningService service, SubscriptionId subscription)
    {
        await using var db = service.OpenDatabase();
        return await db.Invoices.Where(i => i.SubscriptionId == subscription && i.Purpose == InvoicePurpose.Renewal).Select(i => i.Id).SingleAsync();
    }

    private static async Task<List<AttemptState>> StatesAsync(RunningService service, InvoiceId invoice)
    {
        await using var db = service.OpenDatabase();
        return await db.PaymentAttempts.Where(a => a.InvoiceId == invoice).OrderBy(a => a.Number).Select(a => a.State).ToListAsync();
    }

    private static async Task<string> StatusAsync(RunningService service, SubscriptionId subscription)
    {
        await using var db = service.OpenDatabase();
        return await db.Subscriptions.Where(s => s.Id == subscription).Select(s => s.Status).SingleAsync();
    }

    private static async Task<string> TimelineAsync(RunningService service, SubscriptionId subscription)
    {
        await using var db = service.OpenDatabase();
        return string.Join('\n', (await db.Events.AsNoTracking().Where(e => e.SubscriptionId == subscription).ToListAsync()).Select(Timeline.Tell));
    }

    /// <summary>One way in which a call can end, and what must come of it.</summary>
    public sealed record Ending(string Name)
    {
        /// <summary>What the card answers; null for success.</summary>
        public CardBehaviour? Answer { get; init; }

        /// <summary>What goes wrong on the way, until it is cleared.</summary>
        public FaultKind? Fault { get; init; }

        /// <summary>Only the first call meets it.</summary>
        public bool Once { get; init; }

        public double? Hold { get; init; }

        public string Operation { get; init; } = "confirm";

        /// <summary>The method was taken away at the gateway, and the word of it was lost.</summary>
        public bool Gone { get; init; }

        /// <summary>The tries on renewal day.</summary>
        public required AttemptState[] At { get; init; }

        /// <summary>The tries a day after the trouble is over; null where nothing is left to settle.</summary>
        public AttemptState[]? Later { get; init; }

        public int Charges { get; init; }

        public int Taken { get; init; }

        public string? Task { get; init; }

        public string? Says { get; init; }

        public required string Told { get; init; }

        public string Then { get; init; } = Active;

        public override string ToString() => Name;
    }
}
