using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A gateway that refuses what a refund needs.</summary>
internal sealed class RefusedRefundTests
{
    [Test]
    public async Task Refunds_that_the_gateway_refuses_to_tell_become_a_task_and_are_asked_for_once_a_day()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, "Active");
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        var invoice = await db.Invoices.AsNoTracking().SingleAsync(i => i.ReaderId == reader);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Refused400), "refunds.list"));

        await service.Services.GetRequiredService<AdjustInvoice>().RefundAsync(
            invoice.Id, new InvoiceCommand.RequestRefund(new Money(100, "GBP"), AdjustmentReason.Goodwill, "staff_1", "key"));
        await service.SettledAsync();
        var work = await db.DueWork.AsNoTracking().SingleAsync(w => w.Kind == WorkKind.CollectInvoice && w.Id == invoice.Id.Value);

        Assert.That((await db.StaffTasks.AsNoTracking().SingleAsync(t => t.Kind == "gateway-refused")).Text, Does.Contain("parameter_invalid"));
        Assert.That(work.DueAt, Is.GreaterThan(service.Clock.Now.AddHours(12)));
        await service.Faults.ClearAllAsync();
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.EventuallyAsync<object>(async () => (await db.Invoices.AsNoTracking().SingleAsync(i => i.Id == invoice.Id)).Refunds.Single().State == RefundState.Succeeded ? invoice : null);
    }
}
