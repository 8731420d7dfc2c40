using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Cards;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>A card of which a payment was taken back: only its owner pays with it, until she lays it down anew.</summary>
internal sealed class ChargedBackCardTests
{
    [Test]
    public async Task A_charged_back_card_is_not_retried_because_its_owner_tried_it_herself_and_failed()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, owing, card) = await ChargedBackAsync(service);
        await service.Stripe.SetBehaviourAsync(card, new CardBehaviour("insufficient_funds"));
        var tried = await PayAsync(service, reader, owing);
        await service.Stripe.SetBehaviourAsync(card, new CardBehaviour(Declines.Succeeds));
        for (var day = 0; day < 8; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        var after = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        var again = (await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.Reversal);
        Assert.That(tried, Is.InstanceOf<RetryResult.Tried>().With.Property("Attempt").Property("State").EqualTo(AttemptState.Declined));
        Assert.That((again.Attempts.Count, after.Track, after.NextAttemptAt), Is.EqualTo((1, DunningTrack.ReaderMustAct, (DateTimeOffset?)null)));
    }

    [Test]
    public async Task A_charged_back_card_does_not_pay_the_renewal_because_its_owner_paid_with_it_herself()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, owing, _) = await ChargedBackAsync(service);
        await PayAsync(service, reader, owing);
        var renews = (await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).RenewsOn!.Value;
        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(renews, new TimeOnly(10, 0)) - service.Clock.Now);
        await service.SettledAsync();

        var due = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        var renewal = (await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.Renewal);
        var staff = await service.Services.GetRequiredService<RetryNow>().RunAsync(owing, new CollectOrder(AttemptTrigger.Staff, "staff:1", null, Now: true));
        Assert.That((renewal.Attempts.Count, due.Track, due.NextAttemptAt), Is.EqualTo((0, DunningTrack.ReaderMustAct, (DateTimeOffset?)null)));
        Assert.That(staff, Is.EqualTo(new RetryResult.Refused(InvoiceRefusals.MethodReversed)));
    }

    [Test]
    public async Task Laid_down_anew_the_same_card_pays_again_by_itself()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, owing, _) = await ChargedBackAsync(service);
        var customers = service.Services.GetRequiredService<GatewayCustomers>();
        var stored = (GatewayAnswer<StoredMethod>.Answered)await customers.AttachAsync(reader, (await customers.EnsureAsync(reader))!, "pm_card_visa");
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(owing, new SubscriptionCommand.ChangePaymentMethod(stored.Value.Token), Actors.Reader(reader));

        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        Assert.That((await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.Reversal).Status, Is.EqualTo(InvoiceStatus.Paid));
    }

    [Test]
    public async Task What_was_taken_back_of_a_former_subscriptions_payment_counts_for_the_present_one_until_it_comes_back()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, payment, method) = await FormerAsync(service);
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", method, Actors.Reader(reader));
        var present = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await service.Banks.MoveAsync(payment, BankMove.Dispute);
        await service.Banks.MoveAsync(payment, BankMove.Lose);
        await service.EventuallyAsync<object>(async () => (await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).MethodSetAside ? this : null);
        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(present.RenewsOn!.Value, new TimeOnly(10, 0)) - service.Clock.Now);

        var due = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        await service.SettledAsync();
        var renewal = (await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.Renewal);
        Assert.That((due.Id, due.MethodSetAside, due.Track, renewal.Attempts.Count), Is.EqualTo((present.Id, true, DunningTrack.ReaderMustAct, 0)));
        Assert.That((await InvoicesAsync(service, reader)).Any(i => i.Purpose == InvoicePurpose.Reversal), Is.False, "the former subscription is over, so its money is not asked for again");

        await service.Banks.MoveAsync(payment, BankMove.Win);
        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).MethodSetAside, Is.False);
    }

    [Test]
    public async Task What_was_taken_back_of_a_former_subscriptions_payment_counts_for_the_same_card_under_another_token()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, payment, _) = await FormerAsync(service);
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await service.Banks.MoveAsync(payment, BankMove.Dispute);
        await service.Banks.MoveAsync(payment, BankMove.Lose);

        await service.EventuallyAsync<object>(async () => (await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).MethodSetAside ? this : null);
    }

    [Test]
    public async Task A_subscription_does_not_begin_with_a_method_of_which_a_payment_was_taken_back_before()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, payment, method) = await FormerAsync(service);
        await service.Banks.MoveAsync(payment, BankMove.Dispute);
        await service.Banks.MoveAsync(payment, BankMove.Lose);
        await service.EventuallyAsync<object>(async () => (await InvoicesAsync(service, reader)).Single().Contest.ReversedAt is not null ? this : null);
        var start = service.Services.GetRequiredService<StartSubscription>();

        Assert.That(await start.RunAsync(reader, "digital-monthly", method, Actors.Reader(reader)), Is.EqualTo(new StartResult.Refused(InvoiceRefusals.MethodReversed)));
        Assert.That(await start.RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader)), Is.InstanceOf<StartResult.Started>(), "entered anew it is charged");
    }

    private static async Task<(ReaderId Reader, string Payment, string Method)> FormerAsync(RunningService service)
    {
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        var former = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(former.Id, new SubscriptionCommand.CancelSubscription(), Actors.Reader(reader));
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));
        return (reader, (await InvoicesAsync(service, reader)).Single().Attempts[0].PaymentIntentId, former.Method!.Id);
    }

    private static async Task<(ReaderId Reader, SubscriptionId Subscription, string Card)> ChargedBackAsync(RunningService service)
    {
        var (reader, email) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await service.SettledAsync();
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);
        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        return (reader, owing.Id, await db.PaymentMethods.Where(m => m.ReaderId == reader).Select(m => m.Id).SingleAsync());
    }

    private static Task<RetryResult> PayAsync(RunningService service, ReaderId reader, SubscriptionId subscription) => service.Services.GetRequiredService<RetryNow>()
        .RunAsync(subscription, new CollectOrder(AttemptTrigger.Reader, Actors.Reader(reader), new Uri(service.Address, "/my-account/payment"), Now: true));

    private static async Task<IReadOnlyList<Invoice>> InvoicesAsync(RunningService service, ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return [.. (await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.ReaderId == reader).ToListAsync()).Select(row => row.ToInvoice())];
    }
}
