using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Tests.Racing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Somebody deletes a payer in the gateway's own pages; the word of it comes late or never.</summary>
internal sealed class DeletedPayerTests
{
    [Test]
    public async Task A_reader_whose_payer_was_deleted_unheard_is_asked_for_a_method_and_pays_with_it_once()
    {
        await using var service = await StartAsync();
        var (reader, subscription) = await ActiveAsync(service);
        await DeleteUnheardAsync(service, reader);
        await RenewalAsync(service, reader);
        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        await using var db = service.OpenDatabase();
        var gone = await db.PaymentMethods.AsNoTracking().SingleAsync(m => m.ReaderId == reader);
        var refused = await db.StaffTasks.AnyAsync(t => t.Kind == "gateway-refused");

        await NewCardAsync(service, reader, subscription);
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        Assert.That((owing.Track, gone.DetachedAt is not null, refused), Is.EqualTo((DunningTrack.ReaderMustAct, true, false)));
        Assert.That(await TakenAsync(service, owing.OpenInvoiceId!.Value), Is.EqualTo(1));
    }

    [Test]
    public async Task What_was_prepared_for_the_former_payer_is_shut_before_the_new_one_is_charged()
    {
        await using var service = await StartAsync();
        var (reader, subscription) = await ActiveAsync(service);
        await using var db = service.OpenDatabase();
        await service.Stripe.SetBehaviourAsync(await db.PaymentMethods.Where(m => m.ReaderId == reader).Select(m => m.Id).SingleAsync(), new CardBehaviour("insufficient_funds"));
        await RenewalAsync(service, reader);
        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        var before = await db.Invoices.AsNoTracking().SingleAsync(i => i.Id == owing.OpenInvoiceId);
        var former = await db.Readers.Where(r => r.Id == reader).Select(r => r.GatewayCustomerId).SingleAsync();
        await service.Faults.ClearAllAsync();
        await DeleteAsync(service, former!);
        await service.EventuallyAsync<object>(async () => await db.Readers.AnyAsync(r => r.Id == reader && r.GatewayCustomerId == null) ? reader : null);

        await NewCardAsync(service, reader, subscription);
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        var attempts = await db.PaymentAttempts.AsNoTracking().Where(a => a.InvoiceId == before.Id).OrderBy(a => a.Number).ToListAsync();
        var shut = ((GatewayAnswer<PaymentSnapshot>.Answered)await service.Services.GetRequiredService<IPaymentGateway>().RetrieveAsync(attempts[0].PaymentIntentId)).Value;
        Assert.That(attempts.Select(a => a.State), Is.EqualTo(new[] { AttemptState.Declined, AttemptState.Succeeded }));
        Assert.That((shut.Status, attempts[1].PaymentIntentId == attempts[0].PaymentIntentId), Is.EqualTo((PaymentStatus.Canceled, false)));
        Assert.That(await TakenAsync(service, before.Id), Is.EqualTo(1));
    }

    [Test]
    public async Task The_page_for_payment_details_opens_although_the_word_of_the_deletion_was_lost()
    {
        await using var service = await StartAsync();
        var (reader, subscription) = await ActiveAsync(service);
        await DeleteUnheardAsync(service, reader);

        var opened = await service.Services.GetRequiredService<OpenHostedSetup>().RunAsync(
            subscription, new Uri(service.Address, "/my-account/payment/return?session={CHECKOUT_SESSION_ID}"), new Uri(service.Address, "/my-account/payment"), null);

        Assert.That(opened, Is.InstanceOf<OpenedSetup.Opened>());
    }

    [Test]
    public async Task A_refusal_to_make_a_payer_becomes_a_task_and_is_not_repeated_on_that_day()
    {
        await using var service = await StartAsync();
        var (reader, subscription) = await ActiveAsync(service);
        await using var db = service.OpenDatabase();
        await db.Readers.Where(r => r.Id == reader).ExecuteUpdateAsync(set => set.SetProperty(r => r.GatewayCustomerId, (string?)null));
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Refused400), "customers.create"));
        await RenewalAsync(service, reader);
        var orders = service.StripeOrders;
        service.Clock.Advance(TimeSpan.FromHours(5));
        await service.SettledAsync();

        var task = await db.StaffTasks.AsNoTracking().SingleAsync(t => t.Kind == "gateway-refused");
        Assert.That((task.SubscriptionId, task.Text.Contains("parameter_invalid", StringComparison.Ordinal)), Is.EqualTo(((SubscriptionId?)subscription, true)));
        Assert.That(service.StripeOrders, Is.EqualTo(orders));
        Assert.That(await db.Subscriptions.Where(s => s.Id == subscription).Select(s => s.Status).SingleAsync(), Is.EqualTo(nameof(Subscription.Active)));
    }

    [Test]
    public async Task A_late_word_of_a_former_payer_takes_nothing_from_the_present_one()
    {
        await using var service = await StartAsync();
        var (reader, _) = await ActiveAsync(service);
        await using var db = service.OpenDatabase();

        await service.Services.GetRequiredService<ForgetPayer>().RunAsync(reader, "cus_before_this_one");

        Assert.That((await db.PaymentMethods.AsNoTracking().SingleAsync(m => m.ReaderId == reader)).DetachedAt, Is.Null);
        Assert.That((await db.Readers.AsNoTracking().SingleAsync(r => r.Id == reader)).GatewayCustomerId, Is.Not.Null);
    }

    [Test]
    public async Task A_try_that_fails_after_its_method_was_lost_promises_no_other_with_it()
    {
        await using var service = await StartAsync();
        var (reader, subscription) = await ActiveAsync(service);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "payment_intents.create"));
        await RenewalAsync(service, reader);
        await service.Services.GetRequiredService<BillingUnits>().ChangeAsync(subscription, Actors.System, unit =>
        {
            var card = ((Subscription.Started)unit.Subscription).Contract.PaymentMethodId!;
            unit.Must(new InvoiceCommand.RecordPaymentIntentCreated(1, "pi_on_its_way", unit.Invoice!.AmountDue, MethodKind.Card));
            unit.Must(new InvoiceCommand.BeginAttempt(card, AttemptTrigger.Schedule, Actors.System, null, service.Clock.Now));
            unit.Must(new InvoiceCommand.RecordOutcome(1, new AttemptOutcome.Processing()));
            unit.MethodIsGone(card);
            unit.Must(new InvoiceCommand.RecordOutcome(1, new AttemptOutcome.Declined(new Domain.Invoices.Decline("card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal), "ch_on_its_way")));
            return unit;
        });

        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        Assert.That((owing.Track, owing.NextAttemptAt), Is.EqualTo((DunningTrack.ReaderMustAct, (DateTimeOffset?)null)));
    }

    private static Task<RunningService> StartAsync() => RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0");

    private static async Task<(ReaderId Reader, SubscriptionId Subscription)> ActiveAsync(RunningService service)
    {
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await service.SettledAsync();
        return (reader, started.Id);
    }

    private static async Task DeleteUnheardAsync(RunningService service, ReaderId reader)
    {
        await service.Faults.AddAsync(new FaultOrder("webhooks", nameof(FaultKind.Dropped)));
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "events.list"));
        await using var db = service.OpenDatabase();
        await DeleteAsync(service, (await db.Readers.Where(r => r.Id == reader).Select(r => r.GatewayCustomerId).SingleAsync())!);
    }

    private static async Task DeleteAsync(RunningService service, string customer)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(service.GatewayApi, $"customers/{customer}"));
        request.Headers.Authorization = new("Bearer", RunningService.GatewayKey);
        using var answered = await http.SendAsync(request);
        answered.EnsureSuccessStatusCode();
    }

    private static async Task RenewalAsync(RunningService service, ReaderId reader)
    {
        var renews = (await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).RenewsOn!.Value;
        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(renews, new TimeOnly(10, 0)) - service.Clock.Now);
        await service.SettledAsync();
    }

    private static async Task NewCardAsync(RunningService service, ReaderId reader, SubscriptionId subscription)
    {
        var customers = service.Services.GetRequiredService<GatewayCustomers>();
        // A job may be asking for the payer in the same moment; then there is none to be had now.
        var stored = await service.EventuallyAsync(async () => await customers.EnsureAsync(reader) is { } customer
            ? await customers.AttachAsync(reader, customer, "pm_card_mastercard") as GatewayAnswer<StoredMethod>.Answered : null);
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(subscription, new SubscriptionCommand.ChangePaymentMethod(stored.Value.Token), Actors.Reader(reader));
    }

    private static async Task<int> TakenAsync(RunningService service, InvoiceId invoice)
    {
        using var books = new GatewayBooks(service.GatewayApi);
        return (await books.ReadAsync())[invoice.Value].Sum(p => p.Taken);
    }
}
