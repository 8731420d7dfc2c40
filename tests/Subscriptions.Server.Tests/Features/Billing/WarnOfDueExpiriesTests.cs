using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Cards that expire: who is warned, when, and who is not.</summary>
internal sealed class WarnOfDueExpiriesTests
{
    private const string Subject = "Your card expires soon";

    [Test]
    public async Task A_reader_is_warned_30_and_7_days_ahead_once_each_and_sees_it_in_her_account()
    {
        await using var service = await RunningService.StartAsync();
        var card = await CardAsync(service);
        using var browser = service.NewBrowser();
        await browser.SignInAsync(card.Email, RunningService.Password);

        await OnAsync(service, card.LastDay.AddDays(-31));
        var before = await browser.GetAsync("/my-account");
        Assert.That(Warnings(service, card), Is.Empty);
        await OnAsync(service, card.LastDay.AddDays(-30));
        var account = await browser.GetAsync("/my-account");
        var payment = await browser.GetAsync("/my-account/payment");
        Assert.That(Warnings(service, card), Has.Count.EqualTo(1));
        await OnAsync(service, card.LastDay.AddDays(-8));
        Assert.That(Warnings(service, card), Has.Count.EqualTo(1));
        await OnAsync(service, card.LastDay.AddDays(-7));
        await OnAsync(service, card.LastDay.AddDays(1));

        var mails = Warnings(service, card);
        Assert.That(mails, Has.Count.EqualTo(2));
        Assert.That(mails, Has.All.Property("Text").Contain("your bank may send us the new date by itself; otherwise").And.All.Property("Text").Contain("/my-account/payment"));
        Assert.That(before.MainText, Does.Not.Contain("Your card expires soon"));
        Assert.That(new[] { account.MainText, payment.MainText }, Has.All.Contain("Your card expires soon"));
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("Your card has expired"));
        await using var db = service.OpenDatabase();
        Assert.That(await WarnedAsync(service, card), Is.EqualTo(2));
        Assert.That(await db.DueWork.AnyAsync(w => w.Kind == WorkKind.WarnOfExpiry), Is.False, "nothing more to say of this card");
    }

    [Test]
    public async Task A_card_that_the_bank_renewed_is_not_warned_of_not_even_by_a_mail_that_waits_for_the_morning()
    {
        await using var service = await RunningService.StartAsync();
        var (early, waiting) = (await CardAsync(service), await CardAsync(service));
        await RenewAsync(service, early);

        await OnAsync(service, waiting.LastDay.AddDays(-30), new TimeOnly(23, 30));
        Assert.That(await WarnedAsync(service, waiting), Is.EqualTo(1), "the mail waits");
        await RenewAsync(service, waiting);
        await OnAsync(service, waiting.LastDay.AddDays(-29));
        await OnAsync(service, waiting.LastDay.AddDays(-7));

        await using var db = service.OpenDatabase();
        Assert.That(Warnings(service, early), Is.Empty);
        Assert.That(Warnings(service, waiting), Is.Empty);
        Assert.That((await db.Mails.SingleAsync(m => m.Kind == MailKind.CardExpires)).State, Is.EqualTo(MailState.Withdrawn));
        Assert.That(await db.DueWork.CountAsync(w => w.Kind == WorkKind.WarnOfExpiry && w.DueAt > service.Clock.Now), Is.EqualTo(2), "the new dates are waited for");
    }

    [Test]
    public async Task Who_has_cancelled_is_not_warned_and_who_keeps_it_after_all_is_warned_then()
    {
        await using var service = await RunningService.StartAsync();
        var (leaving, staying) = (await CardAsync(service), await CardAsync(service));
        await DoAsync(service, leaving, new SubscriptionCommand.CancelSubscription());
        await DoAsync(service, staying, new SubscriptionCommand.CancelSubscription());

        await OnAsync(service, leaving.LastDay.AddDays(-30));
        Assert.That(service.Inbox.List(null).Where(IsWarning), Is.Empty);
        await DoAsync(service, staying, new SubscriptionCommand.KeepSubscription());
        await service.SettledAsync();
        Assert.That(Warnings(service, staying), Has.Count.EqualTo(1));
        await OnAsync(service, leaving.LastDay.AddDays(-7));

        Assert.That(Warnings(service, staying), Has.Count.EqualTo(2));
        Assert.That(Warnings(service, leaving), Is.Empty);
        Assert.That(await WarnedAsync(service, leaving), Is.Zero);
    }

    [Test]
    public async Task Two_instances_that_look_at_once_send_one()
    {
        await using var service = await RunningService.StartAsync();
        await using var peer = await service.StartPeerAsync();
        var cards = new[] { await CardAsync(service), await CardAsync(service), await CardAsync(service) };
        var moment = service.Services.GetRequiredService<PublisherHours>().At(cards[0].LastDay.AddDays(-30), new TimeOnly(12, 0));
        service.Clock.Advance(moment - service.Clock.Now);

        // Their own jobs run too; these looks come without a claim.
        await Task.WhenAll(cards.SelectMany(card => new[] { service.Services, peer.Services, service.Services, peer.Services }.Select(one =>
            one.GetRequiredService<BillingUnits>().ChangeAsync(card.Subscription, Actors.System, unit =>
            {
                unit.WarnOfExpiry();
                return unit;
            }))));
        await service.SettledAsync();

        foreach (var card in cards)
        {
            Assert.That(Warnings(service, card), Has.Count.EqualTo(1));
            Assert.That(await WarnedAsync(service, card), Is.EqualTo(1));
        }
    }

    private static bool IsWarning(StoredMail mail) => mail.Subject.StartsWith(Subject, StringComparison.Ordinal);

    private static List<StoredMail> Warnings(RunningService service, Card card) => [.. service.Inbox.List(card.Email).Where(IsWarning)];

    private static async Task<int> WarnedAsync(RunningService service, Card card)
    {
        await using var db = service.OpenDatabase();
        return await db.Events.CountAsync(e => e.SubscriptionId == card.Subscription && e.Type == nameof(SubscriptionEvent.CardExpiryWarned));
    }

    private static Task DoAsync(RunningService service, Card card, SubscriptionCommand command) =>
        service.Services.GetRequiredService<BillingUnits>().ChangeAsync(card.Subscription, Actors.Reader(card.Reader), unit =>
        {
            unit.Must(command);
            return unit;
        });

    // The bank's word comes the way that it comes in life: the gateway tells by webhook.
    private static async Task RenewAsync(RunningService service, Card card)
    {
        Assert.That(await service.Stripe.RenewCardAsync(card.Method, null), Is.Null);
        await service.EventuallyAsync(async () =>
        {
            await using var db = service.OpenDatabase();
            return await db.Events.AnyAsync(e => e.SubscriptionId == card.Subscription && e.Type == nameof(SubscriptionEvent.PaymentMethodRenewed)) ? service : null;
        });
    }

    private static async Task OnAsync(RunningService service, DateOnly day, TimeOnly? time = null)
    {
        service.Clock.Advance(service.Services.GetRequiredService<PublisherHours>().At(day, time ?? new TimeOnly(12, 0)) - service.Clock.Now);
        await service.SettledAsync();
    }

    // A reader who pays by the year with a card that is good for two months more.
    private static async Task<Card> CardAsync(RunningService service)
    {
        var (reader, email) = await service.NewReaderAsync();
        var month = service.Services.GetRequiredService<PublisherHours>().DateOf(service.Clock.Now).AddMonths(2);
        using var scope = service.Services.CreateScope();
        var customer = await scope.ServiceProvider.GetRequiredService<GatewayCustomers>().EnsureAsync(reader);
        var method = await service.Stripe.PutCardAsync(reader.Value, customer!, "pm_card_visa", expires: (month.Month, month.Year));
        var started = (StartResult.Started)await scope.ServiceProvider.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-yearly", method, Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        return new(reader, email, started.Id, method, CardExpiry.LastDay(month.Year, month.Month));
    }

    private sealed record Card(ReaderId Reader, string Email, SubscriptionId Subscription, string Method, DateOnly LastDay);
}
