using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;

namespace Subscriptions.Server.Tests.Features.MyAccount;

/// <summary>A payment that the bank takes only with the reader's own word.</summary>
internal sealed class ConfirmWithBankTests
{
    [Test]
    public async Task The_link_in_the_notice_leads_to_the_bank_on_the_same_payment_and_recovers_at_once()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await service.NewReaderAsync();
        var overview = await WantedAsync(service, reader);
        var mail = await service.EventuallyAsync(async () => await Task.FromResult(service.Inbox.List(email).FirstOrDefault(m => m.Subject.StartsWith("We haven't been able", StringComparison.Ordinal))));
        Assert.That(mail.Text, Does.Contain("Your bank wants you to confirm the payment").And.Contain("Confirm with your bank").And.Contain("/pay/"));
        Assert.That(overview.NextAttemptAt, Is.Null);

        // Nobody tries it behind her back.
        service.Clock.Advance(TimeSpan.FromDays(3));
        await service.SettledAsync();
        Assert.That(await AttemptsAsync(service), Has.Count.EqualTo(1));

        using var browser = service.NewBrowser();
        var page = await browser.GetAsync(overview.UpdatePaymentDetailsUrl!);
        Assert.That(page.Heading, Is.EqualTo("Confirm your payment"));
        var failed = await AnswerAsync(browser, await browser.SubmitAsync(page, "Confirm with my bank"), "fail");
        Assert.That(failed.Heading, Is.EqualTo("The payment was not taken"), failed.Text);

        var challenge = await browser.SubmitAsync(await browser.GetAsync(overview.UpdatePaymentDetailsUrl!), "Confirm with my bank");
        Assert.That(challenge.Url.AbsolutePath, Does.Contain("/challenge/"), challenge.Text);
        var second = await browser.SubmitAsync(page, "Confirm with my bank");
        Assert.That(second.Url, Is.EqualTo(challenge.Url), "a second click leads to the same question");
        var done = await AnswerAsync(browser, challenge, "complete");
        Assert.That(done.Heading, Is.EqualTo("Thank you: your payment has been taken"), done.Text);
        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).Owed, Is.Null);
        Assert.That((await browser.GetAsync(done.Url)).Heading, Is.EqualTo(done.Heading), "loading it again tells it again");

        var attempts = await AttemptsAsync(service);
        Assert.That(attempts.Select(a => a.PaymentIntent).Distinct().Count(), Is.EqualTo(1));
        Assert.That(attempts.Select(a => a.State), Is.EqualTo(new[] { AttemptState.NeedsAuthentication, AttemptState.NeedsAuthentication, AttemptState.Succeeded }));
    }

    [Test]
    public async Task A_question_that_nobody_answers_ends_and_can_be_asked_again_from_My_Account()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await WantedAsync(service, reader);
        var challenge = await browser.SubmitAsync(await browser.GetAsync("/my-account"), "Confirm with my bank");
        Assert.That(challenge.Url.AbsolutePath, Does.Contain("/challenge/"), $"{challenge.Text} {await EventsAsync(service)}");
        var back = await browser.GetAsync("/my-account/payment/confirm?from=bank");
        Assert.That(back.Heading, Is.EqualTo("Your bank asks you to confirm the payment"));

        service.Clock.Advance(TimeSpan.FromMinutes(CollectionSchedule.ChallengeMinutes + 1));
        await service.SettledAsync();
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.SettledAsync();
        Assert.That((await AttemptsAsync(service)).Select(a => a.State), Is.EqualTo(new[] { AttemptState.NeedsAuthentication, AttemptState.Abandoned }));

        challenge = await browser.SubmitAsync(await browser.GetAsync("/my-account"), "Confirm with my bank");
        Assert.That(challenge.Url.AbsolutePath, Does.Contain("/challenge/"), challenge.Text);
        var done = await AnswerAsync(browser, challenge, "complete");
        Assert.That(done.Heading, Is.EqualTo("Thank you: your payment has been taken"), done.Text);
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("Your subscription is active"));
    }

    [Test]
    public async Task While_a_payment_of_ours_has_no_outcome_an_older_one_is_not_told_in_its_place()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99"), TestCard.Good);
        await AnswerAsync(browser, await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync("/my-account/payment"), "Update payment details"), TestCard.AlwaysAsks), "complete");
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.EventuallyAsync(async () =>
            await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue)) is { Stage: DunningStage.PaymentFailed } told ? told : null);
        await service.SettledAsync();
        var page = await browser.GetAsync("/my-account");
        await service.Services.GetRequiredService<BillingUnits>().ChangeAsync((await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).Id, Actors.System, unit =>
        {
            unit.Must(new InvoiceCommand.BeginAttempt("pm_other", AttemptTrigger.MethodUpdated, Actors.System, null, service.Clock.Now));
            unit.Must(new InvoiceCommand.RecordOutcome(unit.Invoice!.LiveAttempt!.Number, new AttemptOutcome.Processing(unit.Rules.Hours.DateOf(service.Clock.Now).AddDays(4))));
            return unit;
        });

        var asked = await browser.SubmitAsync(page, "Confirm with my bank");
        Assert.That(asked.MainText, Does.Not.Contain("payment has been taken").And.Not.Contain("wants nothing of you"), asked.Text);
    }

    [TestCase("")]
    [TestCase("/confirm")]
    [TestCase("/return")]
    public async Task A_payment_link_without_a_token_opens_nothing_and_breaks_nothing(string page)
    {
        await using var service = await RunningService.StartAsync();
        using var browser = service.NewBrowser();

        Assert.That((int)(await browser.GetAsync($"/pay/%20{page}")).Status, Is.LessThan(500));
    }

    [Test]
    public async Task Where_the_bank_wants_nothing_a_link_tries_no_card()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, _) = await service.NewReaderAsync();
        await WantedAsync(service, reader);
        using var browser = service.NewBrowser();
        var overview = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));
        var page = await browser.GetAsync(overview.UpdatePaymentDetailsUrl!);
        await using (var db = service.OpenDatabase())
        {
            await db.PaymentAttempts.ExecuteUpdateAsync(set => set.SetProperty(a => a.State, AttemptState.Declined));
        }

        var refused = await browser.SubmitAsync(page, "Confirm with my bank");
        Assert.That(refused.MainText, Does.Contain("Your bank wants nothing of you"));
        Assert.That(await AttemptsAsync(service), Has.Count.EqualTo(1));
    }

    private static async Task<SubscriptionOverview> WantedAsync(RunningService service, Domain.ReaderId reader)
    {
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-trial", "pm_card_authenticationRequired", Actors.Reader(reader));
        service.Clock.Advance(TimeSpan.FromDays(15));
        return await service.EventuallyAsync(async () =>
            await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue)) is { Stage: DunningStage.PaymentFailed } told ? told : null);
    }

    private static async Task<List<(AttemptState State, string PaymentIntent)>> AttemptsAsync(RunningService service)
    {
        await using var db = service.OpenDatabase();
        return (await db.PaymentAttempts.AsNoTracking().OrderBy(a => a.Number).ToListAsync()).ConvertAll(a => (a.State, a.PaymentIntentId));
    }

    // What happened so far, where a page is not what it should be.
    private static async Task<string> EventsAsync(RunningService service)
    {
        await using var db = service.OpenDatabase();
        return string.Join(Environment.NewLine, await db.Events.AsNoTracking().OrderBy(e => e.Id).Select(e => e.Type + " " + e.Data).ToListAsync());
    }

    private static Task<Page> AnswerAsync(Browser browser, Page challenge, string outcome) => browser.FollowAsync(new HttpRequestMessage(HttpMethod.Post, challenge.Url)
    {
        Content = new FormUrlEncodedContent([new("outcome", outcome)]),
    });
}
