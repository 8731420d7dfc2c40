using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A provider that is broken on the day on which a whole book renews.</summary>
internal sealed class OutageTests
{
    private const int Readers = 20;
    private const int CallsPerSecond = 40;

    [Test]
    public async Task What_no_bank_judged_opens_no_case_and_the_backlog_is_released_under_the_rate_limit_without_moving_a_date()
    {
        await using var service = await RunningService.StartAsync($"--Stripe:CallsPerSecond={CallsPerSecond}", "--Stripe:RetryDelayMilliseconds=10");
        for (var i = 0; i < Readers; i++)
        {
            var (reader, _) = await service.NewReaderAsync();
            await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        }

        await service.SettledAsync();
        var before = await PeriodsAsync(service);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.RateLimited)));
        service.Clock.Advance(before.Values.First().To.ToDateTime(new TimeOnly(7, 0)) - service.Clock.Now.UtcDateTime);
        await service.SettledAsync();
        await service.Faults.ClearAllAsync();
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before)));
        for (var hours = 0; hours < 24; hours += 8)
        {
            service.Clock.Advance(TimeSpan.FromHours(8));
            await service.SettledAsync();
        }

        await using (var db = service.OpenDatabase())
        {
            Assert.That(await db.Subscriptions.CountAsync(s => s.Status == "Active" && s.OpenInvoiceId != null), Is.EqualTo(Readers), "all wait, and all read on");
        }

        await service.Faults.ClearAllAsync();
        service.Clock.Advance(TimeSpan.FromHours(5));
        await service.SettledAsync();

        await using var after = service.OpenDatabase();
        Assert.That(await after.Events.AnyAsync(e => e.Type == nameof(SubscriptionEvent.DunningCaseOpened)), Is.False);
        Assert.That(await after.PaymentAttempts.CountAsync(a => a.State == AttemptState.Succeeded), Is.EqualTo(2 * Readers));
        foreach (var (id, period) in await PeriodsAsync(service))
        {
            Assert.That(period.From, Is.EqualTo(before[id].To), "the next period begins where the last one ended");
            Assert.That(period.Anchor, Is.EqualTo(before[id].Anchor));
        }

        Assert.That(MostInOneSecond([.. service.StripeCalls.Select(call => call.At)]), Is.LessThanOrEqualTo(CallsPerSecond * 5 / 4));
    }

    private static async Task<Dictionary<string, (DateOnly From, DateOnly To, Domain.Plans.BillingAnchor Anchor)>> PeriodsAsync(RunningService service)
    {
        await using var db = service.OpenDatabase();
        return (await db.Subscriptions.AsNoTracking().ToListAsync()).Select(Data.SubscriptionMapping.ToState).Cast<Subscription.Active>()
            .ToDictionary(s => s.Contract.Id.Value, s => (s.Period.From, s.Period.To, s.Contract.Anchor));
    }

    // StripePaceTests hold when calls leave; on a busy machine some arrive nearer to one another than they left.
    private static int MostInOneSecond(DateTimeOffset[] calls) =>
        calls.Max(from => calls.Count(at => at >= from && at < from.AddMilliseconds(950)));
}
