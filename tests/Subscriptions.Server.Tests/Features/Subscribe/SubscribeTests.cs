using System.Net;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Tests.Features.Subscribe;

[TestFixture]
internal sealed class SubscribeTests
{
    private const string Article = RunningService.Site + "/articles/harbour?x=1";

    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task From_the_offer_to_the_article_in_one_go()
    {
        using var browser = service.NewBrowser();
        var offer = await browser.GetAsync("/subscribe?return=" + Uri.EscapeDataString(Article));
        var register = await browser.SubmitAsync(offer, "Continue", ("plan", "digital-monthly"));
        var confirm = await browser.SubmitAsync(register, "Register", ("name", "New Reader"), ("email", "newcomer@example.com"), ("password", RunningService.Password));
        var hosted = await browser.SubmitAsync(confirm, "Subscribe and pay £9.99");
        var done = await browser.PayWithAsync(hosted, TestCard.Good);

        Assert.That(register.Heading, Is.EqualTo("Register"));
        Assert.That(confirm.MainText, Does.Contain("£9.99 a month").And.Contain("until you cancel").And.Contain("Online in My Account"));
        Assert.That(done.Heading, Is.EqualTo("Welcome: your subscription has begun"), done.Text);
        Assert.That(done.Link("Go on reading").ToString(), Is.EqualTo(RunningService.Site + "/gate/return?to=%2Farticles%2Fharbour%3Fx%3D1"));
        Assert.That((await browser.GetAsync(done.Url)).Heading, Is.EqualTo(done.Heading));
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("active and paid").And.Contain("Visa ending in 4242"));
        Assert.That((await browser.GetAsync("/subscribe")).MainText, Does.Contain("You have a subscription already"));
    }

    [Test]
    public async Task A_declined_first_payment_says_why_and_another_card_completes_it()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        var declined = await SubscribeAsync(browser, TestCard.DeclinesWhenCharged);
        var begun = await browser.GetAsync(declined.Link("Try another payment method"));
        var done = await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync(begun.Link("Go on with it")), "Subscribe and pay £9.99"), TestCard.Good);

        Assert.That(declined.Heading, Is.EqualTo("The payment was not taken"));
        Assert.That(done.Heading, Is.EqualTo("Welcome: your subscription has begun"), done.Text);
        Assert.That(await LivingAsync(reader), Is.EqualTo(1));
    }

    [Test]
    public async Task A_bank_that_asks_is_answered_on_its_own_page()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        var page = await SubscribeAsync(browser, TestCard.AlwaysAsks);
        for (var asked = 0; asked < 3 && page.Url.AbsolutePath.Contains("/challenge/", StringComparison.Ordinal); asked++)
        {
            page = await browser.FollowAsync(new HttpRequestMessage(HttpMethod.Post, page.Url)
            {
                Content = new FormUrlEncodedContent([new("outcome", "complete")]),
            });
        }

        Assert.That(page.Heading, Is.EqualTo("Welcome: your subscription has begun"), page.Text);
    }

    [Test]
    public async Task Two_windows_begin_one_subscription()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-monthly");

        var hosted = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => browser.SubmitAsync(confirm, "Subscribe and pay £9.99")));
        var first = await browser.PayWithAsync(hosted[0], TestCard.Good);
        var second = await browser.PayWithAsync(hosted[1], TestCard.Good);

        Assert.That(hosted.Select(page => page.Status).Distinct(), Is.EqualTo(new[] { HttpStatusCode.OK }));
        Assert.That(first.Heading, Is.EqualTo("Welcome: your subscription has begun"), first.Text);
        Assert.That(second.Status, Is.EqualTo(HttpStatusCode.OK));
        await using var db = service.OpenDatabase();
        Assert.That(await db.Subscriptions.CountAsync(s => s.ReaderId == reader), Is.EqualTo(1));
        Assert.That(await db.PaymentAttempts.CountAsync(a => db.Invoices.Any(i => i.Id == a.InvoiceId && i.ReaderId == reader)), Is.EqualTo(1));
    }

    [Test]
    public async Task Whoever_chose_wrongly_chooses_again()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-yearly"), "Subscribe and pay £99.00");

        var begun = await browser.GetAsync("/subscribe");
        await browser.SubmitAsync(begun, "Choose another subscription");
        await service.SubscriptionInAsync(reader, "Ended");
        var done = await SubscribeAsync(browser, TestCard.Good);

        Assert.That(begun.MainText, Does.Contain("You have begun to subscribe: Digital, yearly"));
        Assert.That(done.Heading, Is.EqualTo("Welcome: your subscription has begun"), done.Text);
    }

    [TestCase("/subscribe?return=https%3A%2F%2Fevil.example%2F")]
    [TestCase("/subscribe?return=http%3A%2F%2Flocalhost%3A5080%40evil.example%2F")]
    [TestCase("/subscribe?return=javascript%3Aalert(1)")]
    public async Task No_page_links_to_an_address_that_was_not_registered(string path)
    {
        using var browser = service.NewBrowser();

        var page = await browser.GetAsync(path);

        Assert.That(page.Document.QuerySelectorAll("a").Select(a => a.GetAttribute("href")!).Where(h => !h.StartsWith('/') && !h.StartsWith('#')),
            Is.All.StartsWith(RunningService.Site + "/gate/return?to="));
    }

    [TestCase("/subscribe/confirm?plan=no-such-plan")]
    [TestCase("/subscribe/return?session_id=cs_unknown")]
    [TestCase("/my-account/payment/return?session_id=cs_unknown")]
    [TestCase("/my-account/payment/return")]
    public async Task What_does_not_exist_is_said_plainly(string path)
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        var page = await browser.GetAsync(path);

        Assert.That((int)page.Status, Is.InRange(400, 499));
        Assert.That(page.Heading, Is.Not.Empty);
    }

    [Test]
    public async Task Another_readers_payment_page_is_not_finished()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        var (_, stranger) = await service.NewSignedInReaderAsync();
        using var both = browser;
        using var other = stranger;
        var done = await SubscribeAsync(browser, TestCard.Good);

        var page = await stranger.GetAsync(done.Url);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(page.MainText, Does.Not.Contain("4242"));
    }

    [Test]
    public async Task Free_days_begin_with_the_payment_details_and_not_before()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-trial");
        var hosted = await browser.SubmitAsync(confirm, "Begin the free days");
        var left = await browser.GetAsync("/my-account");
        var begun = await browser.GetAsync("/subscribe");
        var before = await service.EntitledAsync(reader);
        var done = await browser.PayWithAsync(hosted, TestCard.Good);

        Assert.That(before, Is.False);
        Assert.That(left.MainText, Does.Contain("Your free days have not begun"));
        Assert.That(begun.MainText, Does.Contain("Your payment details are still missing"));
        Assert.That(done.Heading, Is.EqualTo("Welcome: your free days have begun"), done.Text);
        Assert.That(await service.EntitledAsync(reader), Is.True);
    }

    [Test]
    public async Task Free_days_that_nobody_began_are_still_there_the_next_day()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-trial"), "Begin the free days");

        service.Clock.Advance(TimeSpan.FromHours(24));
        var over = await service.SubscriptionInAsync(reader, "Ended");
        var hosted = await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-trial"), "Begin the free days");
        var done = await browser.PayWithAsync(hosted, TestCard.Good);

        Assert.That(over.EndReason, Is.EqualTo(EndReason.NeverPaid));
        Assert.That(done.Heading, Is.EqualTo("Welcome: your free days have begun"), done.Text);
    }

    [Test]
    public async Task A_second_payment_page_of_a_paid_subscription_stores_the_details_and_promises_nothing()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-monthly");
        var first = await browser.SubmitAsync(confirm, "Subscribe and pay £9.99");
        var second = await browser.SubmitAsync(confirm, "Subscribe and pay £9.99");

        await browser.PayWithAsync(first, TestCard.Good);
        var page = await browser.PayWithAsync(second, TestCard.Good);

        Assert.That(page.Heading, Is.EqualTo("Your payment details are stored"), page.Text);
    }

    [Test]
    public async Task What_was_agreed_to_on_an_older_page_is_not_begun_at_another_price()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-monthly");

        var page = await browser.SubmitAsync(confirm, "Subscribe and pay £9.99", ("shown", "digital-monthly@0"));

        Assert.That(page.Text, Does.Contain("has changed since you opened the page"));
        Assert.That(await LivingAsync(reader), Is.Zero);
    }

    [Test]
    public async Task Free_days_are_offered_only_to_readers_who_had_none()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var before = await browser.GetAsync("/subscribe");
        await SubscribeAsync(browser, TestCard.Good);
        await browser.SubmitAsync(await browser.GetAsync("/my-account/cancel"), "Cancel my subscription");
        service.Clock.Advance(TimeSpan.FromDays(33));
        var again = await service.EventuallyAsync(async () => await browser.GetAsync("/subscribe") is var page && page.MainText.Contains("Choose your subscription", StringComparison.Ordinal) ? page : null);

        Assert.That(before.MainText, Does.Contain("14 days free"));
        Assert.That(again.MainText, Does.Not.Contain("free"));
        Assert.That((await browser.GetAsync("/subscribe/confirm?plan=digital-trial")).MainText, Does.Contain("not on offer"));
    }

    [Test]
    public async Task What_was_begun_goes_on_at_its_own_price_after_the_plan_changed()
    {
        await using var changing = await RunningService.StartAsync();
        var (_, browser) = await changing.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99");

        await changing.RestartServiceAsync("--Plans:0:Price=1299");
        var confirm = await browser.GetAsync((await browser.GetAsync("/subscribe")).Link("Go on with it"));
        var done = await browser.PayWithAsync(await browser.SubmitAsync(confirm, "Subscribe and pay £9.99"), TestCard.Good);

        Assert.That(done.Heading, Is.EqualTo("Welcome: your subscription has begun"), done.Text);
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("£9.99 a month"));
    }

    [Test]
    public async Task Coming_back_from_the_payment_page_without_an_entry_says_that_nothing_was_changed()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var hosted = await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99");

        var back = await browser.GetAsync(hosted.Link("Cancel and go back"));
        var again = await browser.SubmitAsync(back, "Subscribe and pay £9.99");

        Assert.That(back.Heading, Is.EqualTo("Confirm your subscription"));
        Assert.That(back.MainText, Does.Contain("Nothing was changed, and nothing was charged."));
        Assert.That((await browser.PayWithAsync(again, TestCard.Good)).Heading, Is.EqualTo("Welcome: your subscription has begun"));
    }

    private static async Task<Page> SubscribeAsync(Browser browser, string card)
    {
        var confirm = await browser.GetAsync("/subscribe/confirm?plan=digital-monthly");
        return await browser.PayWithAsync(await browser.SubmitAsync(confirm, "Subscribe and pay £9.99"), card);
    }

    private async Task<int> LivingAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.Subscriptions.CountAsync(s => s.ReaderId == reader && s.Status != "Ended");
    }
}
