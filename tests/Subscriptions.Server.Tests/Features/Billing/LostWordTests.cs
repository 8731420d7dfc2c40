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

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A bank has judged a try, and its payment is shut before anybody could read the word.</summary>
internal sealed class LostWordTests
{
    [TestCase("insufficient_funds", AttemptState.Declined)]
    [TestCase("authentication_required", AttemptState.NeedsAuthentication)]
    [TestCase(Declines.Succeeds, AttemptState.Succeeded)]
    public async Task What_the_bank_said_is_recorded_when_the_payment_is_shut_before_anybody_read_it(string answer, AttemptState recorded)
    {
        await using var service = await RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0");
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        var renews = (await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).RenewsOn!.Value;
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        await service.Stripe.SetBehaviourAsync(await db.PaymentMethods.Where(m => m.ReaderId == reader).Select(m => m.Id).SingleAsync(), new CardBehaviour(answer));
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.ConnectionDroppedAfter), "payment_intents.confirm"));
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "payment_intents.retrieve"));
        await service.Faults.AddAsync(new FaultOrder("webhooks", nameof(FaultKind.Dropped)));
        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(renews, new TimeOnly(10, 0)) - service.Clock.Now);
        await service.SettledAsync();
        var invoice = await db.Invoices.Where(i => i.SubscriptionId == started.Id && i.Purpose == InvoicePurpose.Renewal).Select(i => i.Id).SingleAsync();
        var unread = await StateAsync(db, invoice);

        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(started.Id, new SubscriptionCommand.CancelSubscription(), Actors.Reader(reader));
        await service.EventuallyAsync<object>(async () =>
        {
            service.Clock.Advance(TimeSpan.FromMinutes(1));
            return await StateAsync(db, invoice) == AttemptState.Unknown ? null : service;
        });

        Assert.That((unread, await StateAsync(db, invoice)), Is.EqualTo((AttemptState.Unknown, recorded)));
    }

    private static Task<AttemptState> StateAsync(Subscriptions.Data.SubscriptionsDb db, InvoiceId invoice) =>
        db.PaymentAttempts.Where(a => a.InvoiceId == invoice).Select(a => a.State).SingleAsync();
}
