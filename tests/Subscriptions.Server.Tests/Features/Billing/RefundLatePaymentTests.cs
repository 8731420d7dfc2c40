using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Money that has to go back, and people who were faster.</summary>
internal sealed class RefundLatePaymentTests
{
    [Test]
    public async Task A_refund_that_was_made_by_hand_is_recorded_and_not_made_again()
    {
        await using var service = await RunningService.StartAsync();
        var gateway = service.Services.GetRequiredService<IPaymentGateway>();
        var (id, intent, total) = await PaidAsync(service);
        await OweBackAsync(service, id);
        await gateway.RefundAsync(intent, total, null, "by-hand");

        var invoice = await GivenBackAsync(service, id);

        Assert.That(invoice.Refunded, Is.EqualTo(total.Amount));
        Assert.That((((GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered)await gateway.FindRefundsAsync(intent)).Value), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Of_a_refund_that_was_made_by_hand_in_part_the_rest_is_given_back()
    {
        await using var service = await RunningService.StartAsync();
        var gateway = service.Services.GetRequiredService<IPaymentGateway>();
        var (id, intent, total) = await PaidAsync(service);
        await OweBackAsync(service, id);
        await gateway.RefundAsync(intent, total with { Amount = 300 }, null, "by-hand");

        var invoice = await GivenBackAsync(service, id);

        var refunds = ((GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered)await gateway.FindRefundsAsync(intent)).Value;
        Assert.That(invoice.Refunded, Is.EqualTo(total.Amount));
        Assert.That(refunds.Select(r => r.Amount.Amount), Is.EquivalentTo(new[] { 300, total.Amount - 300 }));
    }

    private static async Task<(InvoiceId Id, string Intent, Money Total)> PaidAsync(RunningService service)
    {
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, "Active");
        await using var db = service.OpenDatabase();
        var row = await db.Invoices.SingleAsync(i => i.ReaderId == reader);
        return (row.Id, row.PaymentIntentId!, new Money(row.Total, row.Currency));
    }

    // As after a success that was found on an invoice which had been closed; the job has not come to it yet.
    private static async Task OweBackAsync(RunningService service, InvoiceId id)
    {
        await using (var db = service.OpenDatabase())
        {
            var row = await db.Invoices.SingleAsync(i => i.Id == id);
            row.Status = InvoiceStatus.Uncollectible;
            row.Refunds.Add(new RefundRow
            {
                InvoiceId = id,
                Number = 1,
                Amount = row.Total,
                Reason = AdjustmentReason.LatePayment,
                Actor = Actors.System,
                RequestKey = "late:1",
                PaymentIntentId = row.PaymentIntentId!,
                RequestedAt = service.Clock.Now,
            });
            await db.SaveChangesAsync();
        }
    }

    private static async Task<InvoiceRow> GivenBackAsync(RunningService service, InvoiceId id)
    {
        return await service.EventuallyAsync(async () =>
        {
            await using var db = service.OpenDatabase();
            return await db.Invoices.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id && i.Refunds.All(r => r.State != RefundState.Requested) && i.Refunded == i.Total);
        });
    }
}
