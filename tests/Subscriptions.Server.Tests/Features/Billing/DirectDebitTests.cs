using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Readers who pay by Direct Debit or PayPal, over the gateway's own pages, in the working days of banks.</summary>
internal sealed class DirectDebitTests
{
    private const string Paid = "00012345";
    private const string Referred = "22222227";
    private const string Unauthorized = "33333335";
    private const string Deceased = "66666660";

    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        service = await RunningService.StartAsync("--Stripe:MethodKinds=card,bacs,paypal");

        // From June on, so that the bank holidays of Easter and Christmas stretch no collection beyond the days that are passed here.
        var now = service.Clock.Now;
        var june = new DateTimeOffset(now.Year + 1, 6, 1, 9, 0, 0, TimeSpan.Zero);
        service.Clock.Advance(june - now);
        await service.SettledAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test, Order(1)]
    public async Task A_first_payment_that_is_on_its_way_opens_and_says_when_its_result_is_due()
    {
        var (reader, browser, page) = await SubscribeAsync(Paid);
        using var _ = browser;
        var underWay = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        var due = underWay.ResultDueOn!.Value.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture);
        var account = await browser.GetAsync("/my-account");

        Assert.That(page.Heading, Is.EqualTo("Thank you: your payment is on its way"), page.Text);
        Assert.That(account.MainText, Does.Contain($"Your Direct Debit collection of £9.99 is on its way; we expect the result by {due}").And.Contain("Direct Debit ending in 2345"));
        Assert.That(await service.EntitledAsync(reader), Is.True);
        var mail = await MailAsync(reader, "Your Direct Debit collection is on its way");
        Assert.That(mail, Does.Contain("£9.99").And.Contain(due).And.Contain("ending in 2345"));

        await PassAsync(14);
        var paid = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        Assert.That(paid.Owed, Is.Null);
        Assert.That((await AttemptsAsync(reader)).Select(a => a.State), Is.EqualTo(new[] { AttemptState.Succeeded }));
        Assert.That(await MailAsync(reader, "Your subscription has begun"), Does.Contain("We have taken £9.99"));
    }

    [Test, Order(2)]
    public async Task Another_method_laid_down_meanwhile_is_kept_and_not_charged_when_the_collection_succeeds()
    {
        var (reader, browser, _) = await SubscribeAsync(Paid);
        using var __ = browser;
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));

        var kept = await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.Good);
        var again = await browser.GetAsync(kept.Url);
        Assert.That(kept.Heading, Is.EqualTo("Your payment details are kept"), kept.Text);
        Assert.That(again.Heading, Is.EqualTo(kept.Heading), again.Text);
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("Your Visa ending in 4242 is used at once if that fails"));

        await PassAsync(14);
        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).Owed, Is.Null);
        Assert.That((await AttemptsAsync(reader)).Select(a => a.State), Is.EqualTo(new[] { AttemptState.Succeeded }));
    }

    [Test, Order(3)]
    public async Task Another_method_laid_down_meanwhile_is_charged_at_once_when_the_collection_fails()
    {
        var (reader, browser, _) = await SubscribeAsync(Referred);
        using var __ = browser;
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.Good);

        await PassAsync(14);
        var attempts = await service.EventuallyAsync(async () => await AttemptsAsync(reader) is { Length: 2 } two && two[1].State == AttemptState.Succeeded ? two : null);

        Assert.That(attempts[0].DeclineClass, Is.EqualTo(DeclineClass.Represent));
        Assert.That(attempts[1].SettledAt - attempts[0].SettledAt, Is.LessThan(TimeSpan.FromHours(26)));
        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Active))).Owed, Is.Null);
    }

    [Test, Order(4)]
    public async Task A_debit_is_presented_again_twice_and_then_the_reader_is_asked_and_ended()
    {
        var (reader, browser, _) = await SubscribeAsync(Paid);
        using var __ = browser;
        await PassAsync(14);
        await browser.SubmitAsync(await OpenPageAsync(browser), "Set up Direct Debit", ("account_number", Referred), ("name", "Another account"));
        await PassAsync(75);
        var attempts = (await AttemptsAsync(reader))[1..];

        Assert.That(attempts.Select(a => a.DeclineClass), Is.EqualTo(new DeclineClass?[] { DeclineClass.Represent, DeclineClass.Represent, DeclineClass.Represent }));
        for (var i = 1; i < attempts.Length; i++)
        {
            var (said, next) = (Date(attempts[i - 1].SettledAt!.Value), Date(attempts[i].StartedAt));
            Assert.That(next, Is.GreaterThanOrEqualTo(Domain.Calendar.BankHolidays.AddWorkingDays(said, Representation.WorkingDaysBetween)));
        }

        await PassAsync(25);
        var over = await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));
        await using var db = service.OpenDatabase();
        var notices = await db.Mails.Where(m => m.ReaderId == reader && m.Kind == MailKind.DunningNotice).ToListAsync();
        Assert.That(over.EndReason, Is.EqualTo(EndReason.NonPayment));
        Assert.That(notices.Select(m => m.State), Is.EqualTo(new[] { MailState.HandedOver, MailState.HandedOver, MailState.HandedOver }));
        Assert.That(await AttemptsAsync(reader), Has.Length.EqualTo(4));
        Assert.That(await MailAsync(reader, "Your payment did not arrive"), Does.Contain("your bank did not pay it").And.Contain("your access ends on"));
        Assert.That(over.EndedAt - attempts[^1].SettledAt, Is.GreaterThan(TimeSpan.FromDays(2)), "who was told that there is nothing to do has days once there is");
    }

    [Test, Order(20)]
    public async Task A_notice_that_falls_due_while_a_debit_is_presented_again_is_looked_at_once_a_day()
    {
        var (reader, browser, _) = await SubscribeAsync(Paid);
        using var __ = browser;
        await PassAsync(14);
        await browser.SubmitAsync(await OpenPageAsync(browser), "Set up Direct Debit", ("account_number", Referred), ("name", "One more account"));
        for (var day = 0; day < 75 && !await IsNoticeOverdueAsync(); day++)
        {
            await PassAsync(1);
        }

        await using var db = service.OpenDatabase();
        var id = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).Id.Value;
        var due = await db.DueWork.AsNoTracking().SingleAsync(w => w.Kind == WorkKind.AdvanceSubscription && w.Id == id);
        Assert.That(await IsNoticeOverdueAsync());
        Assert.That(due.DueAt - service.Clock.Now, Is.GreaterThan(TimeSpan.FromHours(12)));

        async Task<bool> IsNoticeOverdueAsync() =>
            await AttemptsAsync(reader) is [.., { DeclineClass: DeclineClass.Represent, SettledAt: { } said }, { State: AttemptState.Processing }]
            && service.Clock.Now - said > TimeSpan.FromDays(10.2);
    }

    [Test, Order(8)]
    public async Task That_a_first_payment_on_its_way_opens_is_had_once()
    {
        var (reader, browser, _) = await SubscribeAsync(Unauthorized);
        using var __ = browser;
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        await PassAsync(14);
        var told = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).AccessEndsAt!.Value;
        await PassAsync((int)(told - service.Clock.Now).TotalDays + 8);
        var over = await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));
        Assert.That(over.EndReason, Is.EqualTo(EndReason.NonPayment));
        Assert.That(over.EndedAt, Is.GreaterThanOrEqualTo(told));

        var page = await SubscribeAsync(Paid, browser, reader);
        Assert.That(page.MainText, Does.Contain("Your subscription begins when the payment has arrived."), page.Text);
        Assert.That((await service.SubscriptionInAsync(reader, nameof(Subscription.Incomplete))).ResultDueOn, Is.Not.Null);
        Assert.That(await service.EntitledAsync(reader), Is.False);

        await PassAsync(14);
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        Assert.That(await service.EntitledAsync(reader), Is.True);
    }

    [Test, Order(5)]
    public async Task When_the_payer_has_died_everything_stops_without_a_word()
    {
        var (reader, browser, _) = await SubscribeAsync(Deceased);
        using var __ = browser;
        await PassAsync(14);
        var over = await service.SubscriptionInAsync(reader, nameof(Subscription.Ended));
        var mails = await MailsAsync(reader);
        await PassAsync(40);

        await using var db = service.OpenDatabase();
        Assert.That(over.EndReason, Is.EqualTo(EndReason.PayerDeceased));
        Assert.That(await MailsAsync(reader), Is.EqualTo(mails));
        Assert.That(await AttemptsAsync(reader), Has.Length.EqualTo(1));
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "payer-deceased" && t.SubscriptionId == over.Id), Is.True);
    }

    [Test, Order(6)]
    public async Task A_mandate_that_has_ended_is_never_collected_from_again_and_opens_a_task()
    {
        var (reader, browser, _) = await SubscribeAsync(Unauthorized);
        using var __ = browser;
        await PassAsync(14);
        var owing = await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));

        await using var db = service.OpenDatabase();
        var knock = await service.EventuallyAsync(async () => await db.WebhookEvents.AsNoTracking()
            .FirstOrDefaultAsync(e => e.Type == "mandate.updated" && e.Result == "The mandate has ended; a task for staff."));
        Assert.That(knock, Is.Not.Null);
        Assert.That((owing.Track, owing.NextAttemptAt), Is.EqualTo((DunningTrack.ReaderMustAct, (DateTimeOffset?)null)));
        Assert.That(owing.Method!.RefusedForGoodAt, Is.Not.Null);
        Assert.That(await AttemptsAsync(reader), Has.Length.EqualTo(1));
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Id == $"mandate-ended:{owing.Method.Id}"), Is.True);

        var paid = await browser.PayWithAsync(await OpenPageAsync(browser), TestCard.Good);
        Assert.That(paid.MainText, Does.Contain("The payment has been taken"), paid.Text);
    }

    [Test, Order(7)]
    public async Task PayPal_asks_on_its_own_page_and_is_charged_at_once()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var hosted = await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99");
        var asked = await browser.SubmitAsync(hosted, "Continue with PayPal");
        Assert.That(asked.Heading, Is.EqualTo("PayPal asks: do you agree?"), asked.Text);

        var done = await browser.FollowAsync(new HttpRequestMessage(HttpMethod.Post, asked.Url) { Content = new FormUrlEncodedContent([new("outcome", "complete")]) });
        var active = await service.SubscriptionInAsync(reader, nameof(Subscription.Active));

        Assert.That(done.MainText, Does.Contain("The payment has been taken").And.Contain("PayPal"), done.Text);
        Assert.That(active.Method!.Kind, Is.EqualTo("paypal"));
        Assert.That((await browser.GetAsync("/my-account")).MainText, Does.Contain("Payment method PayPal").And.Not.Contain("00/0"));

        // Her next renewal is charged off session, with the agreement.
        await PassAsync(33);
        Assert.That((await AttemptsAsync(reader)).Select(a => a.State), Is.EqualTo(new[] { AttemptState.Succeeded, AttemptState.Succeeded }));
    }

    private async Task<(ReaderId Reader, Browser Browser, Page Page)> SubscribeAsync(string account)
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        return (reader, browser, await SubscribeAsync(account, browser, reader));
    }

    private static async Task<Page> SubscribeAsync(string account, Browser browser, ReaderId reader)
    {
        var hosted = await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99");
        return await browser.SubmitAsync(hosted, "Set up Direct Debit", ("account_number", account), ("name", $"Holder {reader.Value}"));
    }

    private static async Task<Page> OpenPageAsync(Browser browser) => await browser.SubmitAsync(await browser.GetAsync("/my-account/payment"), "Update payment details");

    private async Task PassAsync(int days)
    {
        for (var day = 0; day < days; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }
    }

    private static DateOnly Date(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private async Task<string> MailAsync(ReaderId reader, string subject)
    {
        var email = await EmailAsync(reader);
        return (await service.EventuallyAsync(() => Task.FromResult(service.Inbox.List(email).FirstOrDefault(m => m.Subject.Contains(subject, StringComparison.Ordinal))))).Text;
    }

    private async Task<string[]> MailsAsync(ReaderId reader)
    {
        var email = await EmailAsync(reader);
        return [.. service.Inbox.List(email).Select(m => m.Subject)];
    }

    private async Task<string> EmailAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.Readers.Where(r => r.Id == reader).Select(r => r.Email).SingleAsync();
    }

    private async Task<PaymentAttemptRow[]> AttemptsAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.PaymentAttempts.AsNoTracking().Where(a => db.Invoices.Any(i => i.Id == a.InvoiceId && i.ReaderId == reader))
            .OrderBy(a => a.StartedAt).ToArrayAsync();
    }
}
