using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A card that was tried as often as its network allows.</summary>
internal sealed class NetworkLimitTests
{
    [Test]
    public async Task No_try_breaks_a_limit_and_the_notices_come_all_the_same()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>()
            .RunAsync(reader, "digital-trial", "pm_card_chargeCustomerFail", Actors.Reader(reader));
        service.Clock.Advance(TimeSpan.FromDays(15));
        await service.SubscriptionInAsync(reader, "PastDue");

        // Staff try as often as they may.
        var retry = service.Services.GetRequiredService<RetryNow>();
        RetryResult last;
        do
        {
            service.Clock.Advance(TimeSpan.FromMinutes(InvoiceDecider.StaffPauseMinutes + 1));
            last = await retry.RunAsync(started.Id, new CollectOrder(AttemptTrigger.Staff, Actors.Staff("staff_1"), null, Now: true));
        }
        while (last is RetryResult.Tried);

        service.Clock.Advance(TimeSpan.FromDays(2));
        var told = await service.EventuallyAsync(async () =>
        {
            // Whichever job looks first, the other's news may put it off by a minute: the clock goes on, as it would.
            service.Clock.Advance(TimeSpan.FromMinutes(1));
            return await service.SubscriptionInAsync(reader, "PastDue") is { Stage: DunningStage.PaymentFailed } overview ? overview : null;
        });

        await using var db = service.OpenDatabase();
        Assert.That(last, Is.EqualTo(new RetryResult.Refused(InvoiceRefusals.CardTriesUsedUp)));
        Assert.That(await db.PaymentAttempts.CountAsync(), Is.EqualTo(DunningPolicy.NetworkTriesIn30Days));
        Assert.That(await db.Events.AnyAsync(e => e.Type == nameof(SubscriptionEvent.DunningRetryHeldBack)), Is.True);
        Assert.That(told.NextAttemptAt, Is.GreaterThan(service.Clock.Now.AddDays(20)));
    }
}
