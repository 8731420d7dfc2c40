using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A stored card that its bank refused for good, offered again.</summary>
internal sealed class RefusedMethodTests
{
    [Test]
    public async Task A_card_refused_for_good_is_not_looked_at_without_end()
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
        var again = (StartResult.Started)await begin.RunAsync(reader, "digital-monthly", card.Id, Actors.Reader(reader));

        var invoice = await db.Subscriptions.Where(s => s.Id == again.Id).Select(s => s.OpenInvoiceId!.Value).SingleAsync();
        await service.EventuallyAsync(async () =>
        {
            var work = await db.DueWork.AsNoTracking().SingleAsync(w => w.Kind == WorkKind.CollectInvoice && w.Id == invoice.Value);
            return work is { Tries: > 0, LeaseOwner: null } && work.DueAt > service.Clock.Now ? work : null;
        });
        Assert.That(await db.PaymentAttempts.CountAsync(a => a.InvoiceId == invoice), Is.Zero);
    }
}
