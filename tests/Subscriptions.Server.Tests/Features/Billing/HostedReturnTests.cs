using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Readers who come back from the hosted page late, twice, or not at all.</summary>
internal sealed class HostedReturnTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test, Order(1)]
    public async Task Of_two_payment_pages_the_one_that_she_came_back_from_last_counts()
    {
        var (reader, browser) = await PastDueAsync();
        using var _ = browser;
        var older = await OpenPageAsync(browser);
        var newer = await OpenPageAsync(browser);

        var declined = await browser.PayWithAsync(newer, TestCard.DeclinesWhenCharged);
        var paid = await browser.PayWithAsync(older, TestCard.Good);

        Assert.That(declined.Heading, Is.EqualTo("The payment was not taken"), declined.Text);
        Assert.That(paid.MainText, Does.Contain("The payment has been taken").And.Contain("4242"), paid.Text);
        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).Owed, Is.Null);
    }

    [Test, Order(2)]
    public async Task Whoever_leaves_her_banks_page_is_charged_nothing_and_nothing_is_tried_without_her()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var challenge = await browser.PayWithAsync(
            await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99"), TestCard.AlwaysAsks);
        challenge = await CompleteAsync(browser, challenge, "setup");

        // She stands before the question about the payment, and closes the window.
        service.Clock.Advance(TimeSpan.FromMinutes(CollectionSchedule.ChallengeMinutes + 1));
        await service.EventuallyAsync(async () => (await AttemptsAsync(reader)) is [{ State: AttemptState.Abandoned }] found ? found : null);
        service.Clock.Advance(TimeSpan.FromHours(24));
        var over = await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));

        Assert.That(challenge.Url.AbsolutePath, Does.Contain("/challenge/"), challenge.Text);
        Assert.That((await AttemptsAsync(reader)).Select(a => a.State), Is.EqualTo(new[] { AttemptState.Abandoned }));
        Assert.That(over.EndReason, Is.EqualTo(EndReason.NeverPaid));
    }

    [Test, Order(3)]
    public async Task A_later_end_is_told_beside_the_one_that_had_been_told()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.PayWithAsync(
            await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99"), TestCard.Good);
        var stored = await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.AlwaysAsks);
        await CompleteAsync(browser, stored, "setup");

        // Her bank wants her at the renewal: three notices on the short track, the end on day 17.
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        for (var day = 0; day < 12; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        var told = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).AccessEndsAt!.Value;
        var declined = await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.DeclinesWhenCharged);
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.SettledAsync();
        var now = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).AccessEndsAt!.Value;

        var email = await EmailAsync(reader);
        var mail = await service.EventuallyAsync(() => Task.FromResult(service.Inbox.List(email).FirstOrDefault(m => m.Subject.Contains("now ends later", StringComparison.Ordinal))));
        Assert.That(declined.Heading, Is.EqualTo("The payment was not taken"));
        Assert.That(now, Is.GreaterThan(told));
        Assert.That(mail.Text, Does.Contain($"would end on {told:dddd d MMMM yyyy}").And.Contain($"now ends on {now:dddd d MMMM yyyy}"));
    }

    [Test, Order(4)]
    public async Task A_page_that_was_completed_before_the_one_she_came_back_from_changes_nothing_however_late_its_word_comes()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.PayWithAsync(
            await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99"), TestCard.Good);
        await service.SettledAsync();
        await service.Faults.AddAsync(new FaultOrder("webhooks", nameof(FaultKind.Dropped)));
        var older = await OpenPageAsync(browser);
        (await browser.SendAsync(Browser.Filled(older, "Save card", ("test_card", TestCard.DeclinesWhenCharged)))).Dispose();
        service.Clock.Advance(TimeSpan.FromMinutes(10));
        await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.Good);
        await service.Faults.ClearAllAsync();

        await service.EventuallyAsync<object>(async () =>
        {
            service.Clock.Advance(TimeSpan.FromMinutes(5));
            await using var db = service.OpenDatabase();
            return await db.HostedSetups.AllAsync(s => s.ReaderId != reader || s.SetupIntentId != null) ? reader : null;
        });

        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).Method!.Last4, Is.EqualTo("4242"));
    }

    private async Task<(ReaderId Reader, Browser Browser)> PastDueAsync()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        var hosted = await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99");
        await browser.PayWithAsync(hosted, TestCard.Good);
        await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.DeclinesWhenCharged);
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        return (reader, browser);
    }

    private static async Task<Page> OpenPageAsync(Browser browser) => await browser.SubmitAsync(await browser.GetAsync("/my-account/payment"), "Update payment details");

    // The gateway asks once when a card is laid down, and once more when it is charged.
    private static async Task<Page> CompleteAsync(Browser browser, Page page, string what)
    {
        Assert.That(page.Url.AbsolutePath, Does.Contain("/challenge/"), $"{what}: {page.Text}");
        return await browser.FollowAsync(new HttpRequestMessage(HttpMethod.Post, page.Url) { Content = new FormUrlEncodedContent([new("outcome", "complete")]) });
    }

    private async Task<string> EmailAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.Readers.Where(r => r.Id == reader).Select(r => r.Email).SingleAsync();
    }

    private async Task<Data.Rows.PaymentAttemptRow[]> AttemptsAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.PaymentAttempts.AsNoTracking().Where(a => db.Invoices.Any(i => i.Id == a.InvoiceId && i.ReaderId == reader)).ToArrayAsync();
    }
}
