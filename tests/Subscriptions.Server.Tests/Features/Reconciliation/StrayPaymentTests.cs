using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Tests.Racing;

namespace Subscriptions.Server.Tests.Features.Reconciliation;

/// <summary>What the gateway makes of a request long after we gave it up.</summary>
internal sealed class StrayPaymentTests
{
    private const double HoldSeconds = 7;

    [Test]
    public async Task A_payment_that_is_prepared_only_after_the_end_is_shut_by_the_next_daily_comparison_without_anybody()
    {
        await using var service = await RunningService.StartAsync(
            "--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0", "--Stripe:CallTimeoutSeconds=1", "--Stripe:TotalTimeoutSeconds=1");
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        var renews = (await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).RenewsOn!.Value;
        await service.SettledAsync();
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.TimeoutLate), "payment_intents.create", started.Id.Value, Count: 1, HoldSeconds: HoldSeconds));

        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(renews, new TimeOnly(10, 0)) - service.Clock.Now);
        await service.SettledAsync();
        Assert.That(await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(started.Id, new SubscriptionCommand.CancelSubscription(), Actors.Reader(reader)), Is.Null);
        var over = await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));

        using var books = new GatewayBooks(service.GatewayApi);
        var invoice = await InvoiceAsync(service, started.Id);
        Assert.That((await books.ReadAsync())[invoice], Is.Empty, "it ended before the gateway made anything");
        var stray = await service.EventuallyAsync(async () => (await books.ReadAsync())[invoice].SingleOrDefault());
        Assert.That(stray.Status, Is.Not.EqualTo("canceled"));
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.SettledAsync();

        var shut = (await books.ReadAsync())[invoice].Single();
        Assert.That((shut.Status, shut.Charges), Is.EqualTo(("canceled", 0)));
        Assert.That(over.EndReason, Is.EqualTo(EndReason.Canceled));
        await using var db = service.OpenDatabase();
        Assert.That(await db.Findings.Select(f => new { f.Kind, f.State }).SingleAsync(), Is.EqualTo(new { Kind = FindingKind.PaymentStillOpen, State = FindingState.Repaired }));
    }

    private static async Task<string> InvoiceAsync(RunningService service, SubscriptionId subscription)
    {
        await using var db = service.OpenDatabase();
        return (await db.Invoices.Where(i => i.SubscriptionId == subscription).OrderByDescending(i => i.RaisedAt).Select(i => i.Id).FirstAsync()).Value;
    }
}
