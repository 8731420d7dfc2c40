using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A payment problem in which a payment is on its way: nobody is ended before its result, so that no page tells an end.</summary>
internal sealed class NoticeUnderWayTests
{
    [TestCase(null)]
    [TestCase(4)]
    public async Task No_page_and_no_mail_tells_an_end_while_a_payment_is_on_its_way(int? resultInDays)
    {
        await using var service = await RunningService.StartAsync();
        var (reader, owing) = await NoticedAsync(service);
        var told = await NoticeAsync(service, reader);
        // Who asked the gateway what became of the payment would hear that there is none.
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before)));
        await service.Services.GetRequiredService<BillingUnits>().ChangeAsync(owing, Actors.System, unit =>
        {
            DateOnly? due = resultInDays is { } days ? unit.Rules.Hours.DateOf(service.Clock.Now).AddDays(days) : null;
            unit.Must(new InvoiceCommand.BeginAttempt("pm_other", AttemptTrigger.Reader, "reader:1", "https://courier.example/back", service.Clock.Now));
            unit.Must(new InvoiceCommand.RecordOutcome(unit.Invoice!.LiveAttempt!.Number, new AttemptOutcome.Processing(due)));
            return unit;
        });

        var notice = await NoticeAsync(service, reader);
        using var scope = service.Services.CreateScope();
        var overview = await scope.ServiceProvider.GetRequiredService<SubscriptionOverviewQuery>().RunAsync(owing);
        await using var db = service.OpenDatabase();
        var mail = await db.Mails.AsNoTracking().SingleAsync(m => m.Kind == MailKind.DunningNotice && m.SubscriptionId == owing);
        Assert.That(told.AccessEndsAt, Is.Not.Null);
        Assert.That(told.Body, Does.Contain("your access ends on"));
        Assert.That((notice.AccessEndsAt, overview!.AccessEndsAt), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null)));
        Assert.That(notice.Body, Does.Contain("A payment is on its way").And.Not.Contain("your access ends on"));
        Assert.That(await scope.ServiceProvider.GetRequiredService<MailComposer>().StandsStillAsync(db, mail), Is.True, "a notice that waits is not sent meanwhile");
    }

    private static async Task<(ReaderId Reader, SubscriptionId Subscription)> NoticedAsync(RunningService service)
    {
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-trial", "pm_card_chargeCustomerFail", Actors.Reader(reader));
        service.Clock.Advance(TimeSpan.FromDays(15));
        await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        await service.SettledAsync();
        service.Clock.Advance(TimeSpan.FromDays(1.5));
        await service.EventuallyAsync(async () => await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue)) is { Stage: DunningStage.PaymentFailed } told ? told : null);
        return (reader, started.Id);
    }

    private static async Task<NoticeAnswer> NoticeAsync(RunningService service, ReaderId reader)
    {
        using var scope = service.Services.CreateScope();
        return (await scope.ServiceProvider.GetRequiredService<ReaderAccessQuery>().RunAsync(reader))!.Notice!;
    }
}
