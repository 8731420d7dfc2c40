using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A stored card that its bank refused for good, offered again.</summary>
internal sealed class RefusedMethodTests
{
    [Test]
    public async Task A_card_refused_for_good_begins_nothing()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, _) = await service.NewReaderAsync();
        var begin = service.Services.GetRequiredService<StartSubscription>();
        var former = (StartResult.Started)await begin.RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, "Active");
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(former.Id, new SubscriptionCommand.CancelSubscription(), Actors.System);
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, "Ended");

        await using var db = service.OpenDatabase();
        var card = await db.PaymentMethods.SingleAsync(m => m.ReaderId == reader);
        card.RefusedForGoodAt = service.Clock.Now;
        await db.SaveChangesAsync();
        var again = await begin.RunAsync(reader, "digital-monthly", card.Id, Actors.Reader(reader));

        Assert.That(again, Is.InstanceOf<StartResult.Refused>().With.Property("Refusal").EqualTo(InvoiceRefusals.MethodRefusedForGood));
        Assert.That(await db.Subscriptions.CountAsync(s => s.ReaderId == reader), Is.EqualTo(1));
    }
}
