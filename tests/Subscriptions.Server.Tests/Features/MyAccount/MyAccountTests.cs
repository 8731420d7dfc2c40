using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.MyAccount;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Tests.Features.MyAccount;

[TestFixture]
internal sealed class MyAccountTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test, Order(1)]
    public async Task A_cancellation_is_explained_confirmed_and_may_be_taken_back()
    {
        var (_, browser) = await SubscriberAsync(TestCard.Good);
        using var _ = browser;

        var explained = await browser.GetAsync((await browser.GetAsync("/my-account")).Link("Cancel my subscription"));
        var cancelled = await browser.SubmitAsync(explained, "Cancel my subscription");
        var again = await browser.SubmitAsync(explained, "Cancel my subscription");
        var kept = await browser.SubmitAsync(cancelled, "Keep my subscription");

        Assert.That(explained.MainText, Does.Contain("You can read on until"));
        Assert.That(cancelled.MainText, Does.Contain("Your cancellation is confirmed").And.Contain("You have cancelled"));
        Assert.That(again.MainText, Does.Contain("Your cancellation is confirmed"));
        Assert.That(kept.MainText, Does.Contain("goes on as before").And.Contain("active and paid").And.Contain("Next renewal"));
    }

    [Test, Order(2)]
    public async Task Invoices_are_listed_printed_and_nobody_elses()
    {
        var (_, browser) = await SubscriberAsync(TestCard.Good);
        var (_, stranger) = await service.NewSignedInReaderAsync();
        using var both = browser;
        using var other = stranger;

        var list = await browser.GetAsync("/my-account/invoices");
        var link = new Uri(list.Url, list.Document.QuerySelector("tbody a")!.GetAttribute("href")!);
        var invoice = await browser.GetAsync(link);

        Assert.That(list.Document.QuerySelector("tbody")!.TextContent, Does.Contain("Paid").And.Contain("£9.99"));
        Assert.That(invoice.MainText, Does.Contain("Rosa Reader").And.Contain("Digital, monthly").And.Contain("Visa ending in 4242"));
        Assert.That((await stranger.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await stranger.GetAsync("/my-account/invoices?from=-5")).Heading, Is.EqualTo("Invoices"));
    }

    [Test, Order(3)]
    public async Task New_payment_details_with_nothing_owed_take_nothing()
    {
        var (reader, browser) = await SubscriberAsync(TestCard.Good);
        using var _ = browser;

        var done = await UpdateAsync(browser, TestCard.DeclinesWhenCharged);

        Assert.That(done.Heading, Is.EqualTo("Your payment details are updated"), done.Text);
        Assert.That(await AttemptsAsync(reader), Is.EqualTo(1));
    }

    [Test, Order(4)]
    public async Task A_payment_problem_is_explained_and_solved_by_new_details()
    {
        var (reader, browser) = await PastDueAsync();
        using var _ = browser;

        var overview = await browser.GetAsync("/my-account");
        var done = await UpdateAsync(browser, TestCard.Good, "?return=" + Uri.EscapeDataString(RunningService.Site + "/articles/harbour"));
        var attempts = await AttemptsAsync(reader);
        var again = await browser.GetAsync(done.Url);

        Assert.That(overview.MainText, Does.Contain("What is owed").And.Contain("£9.99").And.Contain("declined the payment").And.Contain("try the same payment method again on"));
        Assert.That(done.Heading, Is.EqualTo("Thank you: your payment has been taken"), done.Text);
        Assert.That(done.Link("Go on reading").Query, Is.EqualTo("?to=%2Farticles%2Fharbour"));
        Assert.That(again.Heading, Is.EqualTo(done.Heading));
        Assert.That(await AttemptsAsync(reader), Is.EqualTo(attempts));
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("active and paid"));
    }

    [Test, Order(5)]
    public async Task The_payment_link_opens_the_payment_page_alone_and_is_spent_by_the_payment()
    {
        var (reader, signedIn) = await PastDueAsync();
        signedIn.Dispose();
        var link = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).UpdatePaymentDetailsUrl!;
        using var browser = service.NewBrowser();

        var first = await browser.GetAsync(link);
        var second = await browser.GetAsync(link);
        var account = await browser.GetAsync("/my-account");
        var attemptsBefore = await AttemptsAsync(reader);
        var hosted = await browser.SubmitAsync(second, "Update payment details");
        var done = await browser.PayWithAsync(hosted, TestCard.Good);
        var spent = await browser.GetAsync(link);
        var spentPost = await browser.SubmitAsync(second, "Update payment details");

        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(first.MainText, Does.Contain("£9.99").And.Contain("0341").And.Not.Contain("Rosa").And.Not.Contain("@example.com"));
        Assert.That(account.Url.AbsolutePath, Is.EqualTo("/sign-in"));
        Assert.That(attemptsBefore, Is.EqualTo(2));
        Assert.That(done.Heading, Is.EqualTo("Thank you: your payment has been taken"), done.Text);
        Assert.That(spent.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That(spent.Heading, Is.EqualTo("This payment is settled"));
        Assert.That(spentPost.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That((await browser.GetAsync(done.Url)).Heading, Is.EqualTo(done.Heading));
    }

    [Test, Order(6)]
    public async Task A_payment_link_finishes_no_other_subscription()
    {
        var (reader, hers) = await PastDueAsync();
        using var _ = hers;
        var (_, other) = await SubscriberAsync(TestCard.Good);
        using var stranger = other;
        var link = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).UpdatePaymentDetailsUrl!;
        var theirs = await UpdateAsync(stranger, TestCard.Good);

        var page = await hers.GetAsync(new Uri($"{link}/return{theirs.Url.Query}"));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("forged")]
    [TestCase("CfDJ8PVoNgniGv1ChqQlKSmySLk")]
    [TestCase("%00")]
    public async Task A_forged_payment_link_says_so(string token)
    {
        using var browser = service.NewBrowser();

        var page = await browser.GetAsync($"/pay/{token}");

        Assert.That((int)page.Status, Is.InRange(400, 404));
    }

    [Test, Order(7)]
    public async Task Cancelling_a_payment_problem_ends_at_once_and_the_reader_may_come_back()
    {
        var (reader, browser) = await PastDueAsync();
        using var _ = browser;
        var link = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).UpdatePaymentDetailsUrl!;

        await browser.SubmitAsync(await browser.GetAsync("/my-account/cancel"), "Cancel my subscription");
        await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));
        var over = await browser.GetAsync("/my-account");
        var spent = await browser.GetAsync(link);
        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-monthly");
        var back = await browser.PayWithAsync(await browser.SubmitAsync(confirm, "Subscribe and pay £9.99"), TestCard.Good);

        Assert.That(over.MainText, Does.Contain("as you asked").And.Contain("Subscribe again"));
        Assert.That(spent.Heading, Is.EqualTo("This subscription has ended"));
        Assert.That(back.Heading, Is.EqualTo("Welcome: your subscription has begun"), back.Text);
    }

    [Test, Order(8)]
    public async Task Cancelling_while_the_renewal_has_no_outcome_promises_no_date_and_no_way_back()
    {
        var (reader, browser) = await SubscriberAsync(TestCard.Good);
        using var _ = browser;
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "confirm"));
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.EventuallyAsync(async () => await service.SubscriptionInAsync(reader, nameof(Subscription.Active)) is { PaymentUnderWay: true } pending ? pending : null);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before)));

        var explained = await browser.GetAsync("/my-account/cancel");
        var cancelled = await browser.SubmitAsync(explained, "Cancel my subscription");
        await service.Faults.ClearAllAsync();

        Assert.That(explained.MainText, Does.Contain("ends as soon as that payment is settled, and this cannot be taken back").And.Contain("If your bank has paid already"));
        Assert.That(explained.MainText, Does.Not.Contain("change your mind"));
        Assert.That(cancelled.MainText, Does.Contain("Your cancellation is noted").And.Contain("as soon as the payment that is on its way is settled"));
        Assert.That(cancelled.MainText, Does.Not.Contain("no further payment").And.Not.Contain("Nothing more will be charged"));
    }

    [Test, Order(9)]
    public async Task Cancelling_a_paused_subscription_says_how_many_paid_days_are_lost()
    {
        var (reader, browser) = await SubscriberAsync(TestCard.Good);
        using var _ = browser;
        await using (var scope = service.Services.CreateAsyncScope())
        {
            var active = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
            await scope.ServiceProvider.GetRequiredService<SubscriptionCommands>().RunAsync(active.Id, new SubscriptionCommand.PauseSubscription(), Actors.System);
        }

        await using var db = service.OpenDatabase();
        var days = ((Subscription.Paused)(await db.Subscriptions.SingleAsync(s => s.ReaderId == reader)).ToState()).DaysLeft;

        Assert.That(days, Is.InRange(28, 31));
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain($"{days} paid days are kept for you"));
        Assert.That((await browser.GetAsync("/my-account/cancel")).MainText, Does.Contain($"the {days} paid days that you have left are lost"));
    }

    [Test, Order(10)]
    public async Task A_bank_that_waits_for_the_reader_is_one_link_away_and_nothing_else_is_promised()
    {
        var (reader, browser) = await WantedByHerBankAsync();
        using var _ = browser;

        var overview = await browser.GetAsync("/my-account");
        var link = await browser.GetAsync((await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).UpdatePaymentDetailsUrl!);
        var challenge = await UpdateAsync(browser, TestCard.AlwaysAsks);
        challenge = await AnswerAsync(browser, challenge);
        Assert.That(challenge.Url.AbsolutePath, Does.Contain("/challenge/"), challenge.Text);
        var meanwhile = await browser.GetAsync("/my-account");
        Assert.That(meanwhile.MainText, Does.Contain("Your bank waits for you to confirm the payment").And.Not.Contain("try").And.Not.Contain("look again in a minute"), meanwhile.Text);
        var done = await AnswerAsync(browser, await browser.GetAsync(meanwhile.Link("Confirm with my bank")));

        Assert.That(overview.MainText, Does.Contain(Asker.Of("card").PresenceWords).And.Not.Contain("We shall try"));
        Assert.That(link.MainText, Does.Contain(Asker.Of("card").PresenceWords));
        Assert.That(done.Heading, Is.EqualTo("Thank you: your payment has been taken"), done.Text);
    }

    [Test, Order(11)]
    public async Task Coming_back_from_the_payment_page_without_an_entry_says_that_nothing_was_changed()
    {
        var (reader, browser) = await PastDueAsync();
        using var _ = browser;
        var link = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).UpdatePaymentDetailsUrl!;
        foreach (var page in (Uri[])[link, new(service.Address, "/my-account/payment")])
        {
            var hosted = await browser.SubmitAsync(await browser.GetAsync(page), "Update payment details");
            var back = await browser.GetAsync(hosted.Link("Cancel and go back"));

            Assert.That(back.Url.AbsolutePath, Is.EqualTo(page.AbsolutePath));
            Assert.That(back.MainText, Does.Contain("Nothing was changed, and nothing was charged."));
        }
    }

    // The set-up's own question is answered; at the renewal nobody is there to answer the next one.
    private async Task<(ReaderId Reader, Browser Browser)> WantedByHerBankAsync()
    {
        var (reader, browser) = await SubscriberAsync(TestCard.Good);
        await AnswerAsync(browser, await UpdateAsync(browser, TestCard.AlwaysAsks));
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        return (reader, browser);
    }

    private static Task<Page> AnswerAsync(Browser browser, Page challenge) => browser.FollowAsync(new HttpRequestMessage(HttpMethod.Post, challenge.Url)
    {
        Content = new FormUrlEncodedContent([new("outcome", "complete")]),
    });

    private async Task<(ReaderId Reader, Browser Browser)> SubscriberAsync(string card)
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-monthly");
        var done = await browser.PayWithAsync(await browser.SubmitAsync(confirm, "Subscribe and pay £9.99"), card);
        Assert.That(done.Heading, Is.EqualTo("Welcome: your subscription has begun"), done.Text);
        return (reader, browser);
    }

    private async Task<(ReaderId Reader, Browser Browser)> PastDueAsync()
    {
        var (reader, browser) = await SubscriberAsync(TestCard.Good);
        await UpdateAsync(browser, TestCard.DeclinesWhenCharged);
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        return (reader, browser);
    }

    private static async Task<Page> UpdateAsync(Browser browser, string card, string query = "")
    {
        var form = await browser.GetAsync("/my-account/payment" + query);
        return await browser.PayWithAsync(await browser.SubmitAsync(form, "Update payment details"), card);
    }

    private async Task<int> AttemptsAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.PaymentAttempts.CountAsync(a => db.Invoices.Any(i => i.Id == a.InvoiceId && i.ReaderId == reader));
    }
}
