using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>What becomes of a dispute of which the gateway does not tell.</summary>
internal sealed class ReadDisputesTests
{
    [TestCase("disputes.list")]
    [TestCase("radar.early_fraud_warnings.list")]
    public async Task A_refusal_to_tell_what_is_held_against_a_payment_is_a_task_and_the_dispute_is_recorded_once_it_is_told(string refused)
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, "Active");
        await service.SettledAsync();
        var fault = (await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Refused400), refused))).Id;
        await service.Banks.MoveAsync(email, BankMove.Dispute);

        await using var db = service.OpenDatabase();
        var task = await service.EventuallyAsync(() => db.StaffTasks.AsNoTracking().SingleOrDefaultAsync(t => t.Kind == "gateway-refused"));
        Assert.That(task.Text, Does.StartWith("The gateway refused to tell the").And.Contain("parameter_invalid"));
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "dispute"), Is.False);

        await service.Faults.ClearAsync(fault);
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.EventuallyAsync(() => db.StaffTasks.AsNoTracking().SingleOrDefaultAsync(t => t.Kind == "dispute"));
    }
}
