using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A lost dispute is won after all: what asked for the money again is taken back, whatever stands in the way.</summary>
internal sealed class WithdrawnReplacementTests
{
    [Test]
    public async Task A_replacement_is_withdrawn_in_the_transaction_that_records_the_win()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email, _) = await LostAsync(service);
        await service.Banks.MoveAsync(email, BankMove.Win);
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));

        await using var db = service.OpenDatabase();
        var events = await db.Events.AsNoTracking().Where(e => e.ReaderId == reader).ToListAsync();
        long VersionOf(string type) => events.Single(e => e.Type == type).ReaderVersion;
        Assert.That(VersionOf(nameof(InvoiceEvent.InvoiceWithdrawn)), Is.EqualTo(VersionOf(nameof(InvoiceEvent.ReversalUndone))));
        Assert.That(VersionOf(nameof(InvoiceEvent.InvoiceVoided)), Is.EqualTo(VersionOf(nameof(SubscriptionEvent.ReplacementWithdrawn))));
    }

    [Test]
    public async Task While_its_payment_cannot_be_shut_no_notice_comes_of_it_and_it_is_looked_at_within_the_hour()
    {
        await using var service = await RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0");
        var (reader, email, owing) = await LostAsync(service);
        await DeclinedInPersonAsync(service, reader, owing);
        var fault = (await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "payment_intents.cancel"))).Id;
        await service.Banks.MoveAsync(email, BankMove.Win);
        await WithdrawnAsync(service, reader);
        for (var day = 0; day < 6; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        await using var db = service.OpenDatabase();
        var still = (Subscription.PastDue)(await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == owing)).ToState();
        var advance = await db.DueWork.AsNoTracking().SingleAsync(w => w.Kind == WorkKind.AdvanceSubscription && w.Id == owing.Value);
        Assert.That(still.Case.Stage, Is.EqualTo(DunningStage.PaymentFailed));
        Assert.That(advance.DueAt, Is.LessThanOrEqualTo(service.Clock.Now.AddHours(1)));
        Assert.That(await db.DueWork.AnyAsync(w => w.Kind == WorkKind.CollectInvoice && w.Id == still.Invoice.Id.Value), Is.True);
        var notice = await db.Mails.AsNoTracking().SingleAsync(m => m.Kind == MailKind.DunningNotice && m.SubscriptionId == owing);
        Assert.That(await service.Services.GetRequiredService<MailComposer>().StandsStillAsync(db, notice), Is.True, "a notice that still waits is not sent");

        using (var scope = service.Services.CreateScope())
        using (var browser = service.NewBrowser())
        {
            var access = await scope.ServiceProvider.GetRequiredService<ReaderAccessQuery>().RunAsync(reader);
            var overview = await scope.ServiceProvider.GetRequiredService<SubscriptionOverviewQuery>().RunAsync(owing);
            var account = await browser.SignInAsync(email, RunningService.Password);
            var link = await browser.GetAsync(overview!.UpdatePaymentDetailsUrl!);
            Assert.That((access!.Entitled, access.Notice), Is.EqualTo((true, (NoticeAnswer?)null)), "no page asks for what came back, nor tells an end");
            Assert.That((access.ValidUntil, access.Grants.Single().Until), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null)), "no website ends what the engine does not");
            Assert.That((overview.CameBack, overview.Owed, overview.NextAttemptAt, overview.AccessEndsAt), Is.EqualTo((true, (Money?)null, (DateTimeOffset?)null, (DateTimeOffset?)null)));
            Assert.That(account.MainText, Does.Contain("Your payment has come back").And.Not.Contain("access ends"));
            Assert.That(link.Heading, Is.EqualTo("This payment is settled"));
        }

        await service.Faults.ClearAsync(fault);
        service.Clock.Advance(TimeSpan.FromHours(5));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        Assert.That(await db.Mails.AnyAsync(m => m.Kind == MailKind.PaymentReceived && m.InvoiceId == still.Invoice.Id), Is.True, "she is told that nothing is owed any more");
    }

    [Test]
    public async Task A_win_is_read_once_where_what_asked_for_the_money_again_was_closed_before()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email, owing) = await LostAsync(service);
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(owing, new SubscriptionCommand.CancelSubscription(), Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));
        await service.SettledAsync();
        await service.Banks.MoveAsync(email, BankMove.Win);
        await service.EventuallyAsync<object>(async () =>
        {
            service.Clock.Advance(TimeSpan.FromSeconds(5));
            await using var look = service.OpenDatabase();
            return await look.Events.AnyAsync(e => e.ReaderId == reader && e.Type == nameof(InvoiceEvent.ReversalUndone)) ? reader : null;
        });
        var calls = service.StripeCalls.Count;
        await service.SettledAsync();

        await using var db = service.OpenDatabase();
        Assert.That(service.StripeCalls.Count - calls, Is.LessThan(20));
        Assert.That(await db.Events.CountAsync(e => e.ReaderId == reader && e.Type == nameof(InvoiceEvent.InvoiceWithdrawn)), Is.Zero);
    }

    [Test]
    public async Task Who_won_before_the_end_for_it_could_be_carried_out_is_not_ended()
    {
        await using var service = await RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0");
        var (reader, email, owing) = await LostAsync(service);
        await DeclinedInPersonAsync(service, reader, owing);
        var fault = (await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "payment_intents.cancel"))).Id;
        await EndAskedForAsync(service, owing);
        await service.Banks.MoveAsync(email, BankMove.Win);
        await WithdrawnAsync(service, reader);
        await service.SettledAsync();
        await service.Faults.ClearAsync(fault);
        await service.Services.GetRequiredService<EndSubscription>().RunAsync(owing, 1);

        var after = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await using var db = service.OpenDatabase();
        Assert.That(after.Id, Is.EqualTo(owing));
        Assert.That((await db.Invoices.SingleAsync(i => i.ReaderId == reader && i.Purpose == InvoicePurpose.Reversal)).Status, Is.EqualTo(InvoiceStatus.Void));
    }

    [TestCase(false, 60)]
    [TestCase(true, 24 * 60)]
    public async Task Work_on_a_replacement_whose_payment_is_on_its_way_or_unknown_is_found_again_although_its_date_was_lost(bool processing, int minutes)
    {
        await using var service = await RunningService.StartAsync();
        var (_, _, owing) = await LostAsync(service);
        var units = service.Services.GetRequiredService<BillingUnits>();
        await units.ChangeAsync(owing, Actors.System, unit =>
        {
            unit.Must(new InvoiceCommand.RecordPaymentIntentCreated(1, "pi_on_its_way", unit.Invoice!.AmountDue, MethodKind.Card));
            unit.Must(new InvoiceCommand.BeginAttempt("pm_other", AttemptTrigger.Reader, "reader:1", "https://courier.example/back", service.Clock.Now));
            unit.Must(new InvoiceCommand.RecordOutcome(1, processing ? new AttemptOutcome.Processing() : new AttemptOutcome.Unknown("no answer")));
            return unit;
        });
        await using var db = service.OpenDatabase();
        await db.DueWork.Where(w => w.Kind == WorkKind.AdvanceSubscription && w.Id == owing.Value).ExecuteDeleteAsync();
        await units.ChangeAsync(owing, Actors.System, unit => unit);

        var found = await db.DueWork.AsNoTracking().SingleAsync(w => w.Kind == WorkKind.AdvanceSubscription && w.Id == owing.Value);
        Assert.That(found.DueAt, Is.LessThanOrEqualTo(service.Clock.Now.AddMinutes(minutes)));
    }

    private static async Task<(ReaderId Reader, string Email, SubscriptionId Subscription)> LostAsync(RunningService service)
    {
        var (reader, email) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await service.SettledAsync();
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);
        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        await service.SettledAsync();
        return (reader, email, owing.Id);
    }

    private static async Task DeclinedInPersonAsync(RunningService service, ReaderId reader, SubscriptionId subscription)
    {
        await using var db = service.OpenDatabase();
        var card = await db.PaymentMethods.Where(m => m.ReaderId == reader).Select(m => m.Id).SingleAsync();
        await service.Stripe.SetBehaviourAsync(card, new CardBehaviour("insufficient_funds"));
        var order = new CollectOrder(AttemptTrigger.Reader, Actors.Reader(reader), new Uri(service.Address, "/my-account/payment"), Now: true);
        Assert.That(await service.Services.GetRequiredService<RetryNow>().RunAsync(subscription, order), Is.InstanceOf<RetryResult.Tried>());
    }

    private static async Task EndAskedForAsync(RunningService service, SubscriptionId id)
    {
        for (var day = 0; day < 30; day++)
        {
            await using var db = service.OpenDatabase();
            if ((await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == id)).ToState() is Subscription.PastDue { Ending: EndReason.NonPayment })
            {
                return;
            }

            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        throw new AssertionException("No end was asked for.");
    }

    private static Task<object> WithdrawnAsync(RunningService service, ReaderId reader) => service.EventuallyAsync<object>(async () =>
    {
        service.Clock.Advance(TimeSpan.FromSeconds(5));
        await using var db = service.OpenDatabase();
        return (await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.ReaderId == reader && i.Purpose == InvoicePurpose.Reversal)).ToInvoice().Withdrawn ? reader : null;
    });
}
