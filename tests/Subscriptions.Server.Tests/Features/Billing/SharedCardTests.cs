using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>One card in several hands: its network counts it once.</summary>
internal sealed class SharedCardTests
{
    private const string Card = "fp_shared";
    private const int Readers = 6;

    [Test]
    public async Task Of_subscriptions_that_try_one_card_at_once_no_more_than_its_network_allows_come_through()
    {
        await using var service = await RunningService.StartAsync();
        await BeginTriedAsync(service, leaving: 2);
        List<SubscriptionId> subscriptions = [];
        for (var i = 0; i < Readers; i++)
        {
            subscriptions.Add((await BeginAsync(service, "digital-trial", "pm_card_chargeCustomerFail")).Id);
        }

        await ShareAsync(service);
        service.Clock.Advance(TimeSpan.FromDays(15));
        await service.SettledAsync();

        await using var db = service.OpenDatabase();
        var held = await db.Events.Where(e => e.Type == nameof(SubscriptionEvent.DunningRetryHeldBack)).Select(e => e.SubscriptionId).Distinct().CountAsync();
        Assert.That(await db.PaymentAttempts.CountAsync(a => a.State == AttemptState.Declined), Is.EqualTo(DunningPolicy.NetworkTriesIn30Days));
        Assert.That(held, Is.EqualTo(Readers - 2));
        Assert.That((await db.CardTries.SingleAsync(c => c.Card == Card)).Version, Is.EqualTo(2));
    }

    [Test]
    public async Task A_first_payment_with_a_card_that_is_used_up_elsewhere_is_refused_in_words_and_told_to_support()
    {
        await using var service = await RunningService.StartAsync();
        await BeginTriedAsync(service, leaving: 1);
        var (id, reader) = await BeginAsync(service, "digital-monthly", "pm_card_chargeCustomerFail");
        await service.SettledAsync();
        await ShareAsync(service);

        var result = await service.Services.GetRequiredService<RetryNow>()
            .RunAsync(id, new CollectOrder(AttemptTrigger.Reader, Actors.Reader(reader), new Uri("https://courier.example/back"), Now: true));

        Assert.That(result, Is.EqualTo(new RetryResult.Refused(InvoiceRefusals.CardTriesUsedUp)));
        await using var db = service.OpenDatabase();
        Assert.That(await db.Events.AnyAsync(e => e.SubscriptionId == id && e.Type == nameof(SubscriptionEvent.DunningRetryHeldBack)), Is.True);
        Assert.That(await db.PaymentAttempts.CountAsync(a => a.InvoiceId == db.Subscriptions.First(s => s.Id == id).OpenInvoiceId), Is.EqualTo(1));
    }

    [Test]
    public async Task Payments_that_went_through_use_up_nothing()
    {
        await using var service = await RunningService.StartAsync();
        for (var i = 0; i < DunningPolicy.NetworkTriesIn30Days + 2; i++)
        {
            await BeginAsync(service, "digital-trial", "pm_card_visa");
        }

        await ShareAsync(service);
        service.Clock.Advance(TimeSpan.FromDays(15));
        await service.SettledAsync();
        await using var after = service.OpenDatabase();
        Assert.That(await after.PaymentAttempts.CountAsync(a => a.State == AttemptState.Succeeded), Is.EqualTo(DunningPolicy.NetworkTriesIn30Days + 2));
    }

    private static async Task<(SubscriptionId Id, ReaderId Reader)> BeginAsync(RunningService service, string plan, string token)
    {
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, plan, token, Actors.Reader(reader));
        return (started.Id, reader);
    }

    // Somebody else's card, tried so often in the days to come that only a few tries are left.
    private static async Task BeginTriedAsync(RunningService service, int leaving)
    {
        var (_, reader) = await BeginAsync(service, "digital-monthly", "pm_card_visa");
        await service.SubscriptionInAsync(reader, "Active");
        await using var db = service.OpenDatabase();
        var paid = await db.PaymentAttempts.SingleAsync();
        for (var i = leaving; i < DunningPolicy.NetworkTriesIn30Days; i++)
        {
            db.PaymentAttempts.Add(new PaymentAttemptRow
            {
                InvoiceId = paid.InvoiceId,
                Number = 100 + i,
                State = AttemptState.Declined,
                PaymentMethodId = paid.PaymentMethodId,
                Actor = Actors.System,
                PaymentIntentId = paid.PaymentIntentId,
                StartedAt = service.Clock.Now.AddMinutes(-i),
                FirstSentAt = service.Clock.Now,
            });
        }

        await db.SaveChangesAsync();
    }

    // The gateway's word on a method that was laid down would write its own fingerprint back.
    private static async Task ShareAsync(RunningService service)
    {
        // What webhooks say of the cards comes first: a number that changes here is none that changed at a bank.
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        await service.EventuallyAsync(async () =>
            await db.WebhookEvents.CountAsync(e => e.Type == "payment_method.attached" && e.ProcessedAt != null) == await db.PaymentMethods.CountAsync() ? service : null);
        await db.PaymentMethods.ExecuteUpdateAsync(set => set.SetProperty(m => m.Fingerprint, Card));
    }
}
