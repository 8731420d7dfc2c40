using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Mail;

namespace Subscriptions.Server.Tests.Features.Mail;

/// <summary>What comes back about mails: who may say it, what it changes, and that nothing else does.</summary>
internal sealed class MailFeedbackTests
{
    private const string Secret = "mail-secret-for-tests-only-1";
    private const string Next = "mail-secret-for-tests-only-2";
    private const string Host = "localhost";

    private RunningService service = null!;
    private HttpClient http = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        service = await RunningService.StartAsync($"--Mail:WebhookSecrets={Secret},{Next}");
        http = new HttpClient { BaseAddress = service.Address };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        http.Dispose();
        await service.DisposeAsync();
    }

    [Test]
    public async Task A_notice_that_comes_back_counts_on_the_page_alone_and_the_case_still_takes_all_three()
    {
        var (reader, mail) = await FirstNoticeAsync();
        var before = await CaseAsync(reader);
        Assert.That(before.Notices[0].PageOnly, Is.False);

        Assert.That(await ReportAsync(Bounce(mail.Id)), Is.EqualTo((HttpStatusCode.Accepted, """{"result":"recorded"}""")));
        Assert.That(await ReportAsync(Bounce(mail.Id)), Is.EqualTo((HttpStatusCode.Accepted, """{"result":"known"}""")), "a repetition changes nothing");

        var after = await CaseAsync(reader);
        Assert.Multiple(() =>
        {
            Assert.That(after.Notices[0], Is.EqualTo(before.Notices[0] with { PageOnly = true }), "it keeps its day");
            Assert.That(after.ToldEndsOn, Is.EqualTo(before.ToldEndsOn));
        });
        await using (var db = service.OpenDatabase())
        {
            var row = await db.Mails.SingleAsync(m => m.Id == mail.Id);
            Assert.That((row.State, row.Feedback, row.FeedbackCode), Is.EqualTo((MailState.HandedOver, (MailFeedback?)MailFeedback.Bounced, "5.1.1")));
            Assert.That(await db.Events.CountAsync(e => e.Type == nameof(SubscriptionEvent.DunningNoticeBounced) && e.ReaderId == reader), Is.EqualTo(1));
            Assert.That(await db.StaffTasks.CountAsync(t => t.Id == $"notice-undeliverable:{mail.Id}"), Is.EqualTo(1));
        }

        var received = service.Inbox.Count(await EmailAsync(reader));
        for (var half = 0; half < 32; half++)
        {
            service.Clock.Advance(TimeSpan.FromHours(12));
            await service.SettledAsync();
        }

        await service.SubscriptionInAsync(reader, "Ended");
        await using var ended = service.OpenDatabase();
        var notices = await ended.Mails.Where(m => m.ReaderId == reader && m.Kind == MailKind.DunningNotice).OrderBy(m => m.CreatedAt).ToListAsync();
        Assert.That(notices.Select(m => m.State), Is.EqualTo(new[] { MailState.HandedOver, MailState.Undeliverable, MailState.Undeliverable }), "nothing more is mailed to it");
        Assert.That(service.Inbox.Count(await EmailAsync(reader)), Is.EqualTo(received));
    }

    [Test]
    public async Task After_a_complaint_only_what_the_contract_needs_is_mailed()
    {
        var (reader, mail) = await FirstNoticeAsync();
        await ReportAsync($$"""{"messageId":"<{{mail.Id}}@{{Host}}>","event":"complained","occurredAt":"2026-01-01T10:00:00Z"}""");
        Assert.That((await CaseAsync(reader)).Notices[0].PageOnly, Is.False, "she was told");

        for (var day = 0; day < 4; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        await using var db = service.OpenDatabase();
        Assert.That(await db.Mails.CountAsync(m => m.ReaderId == reader && m.Kind == MailKind.DunningNotice && m.State == MailState.HandedOver), Is.EqualTo(2), "notices go on");
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(mail.SubscriptionId, new SubscriptionCommand.RecordInvoicePaid(mail.InvoiceId!.Value), Actors.System);
        await service.SettledAsync();
        var receipt = await db.Mails.SingleAsync(m => m.ReaderId == reader && m.Kind == MailKind.PaymentReceived);
        Assert.That(receipt.State, Is.EqualTo(MailState.Withdrawn), "a receipt stands in My Account");
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Id == $"mail-complaint:{reader.Value}"), Is.True);
    }

    [Test]
    public async Task A_mail_that_nobody_knows_is_accepted_and_changes_nothing() =>
        Assert.That(await ReportAsync(Bounce("mail_none")), Is.EqualTo((HttpStatusCode.Accepted, """{"result":"unknown"}""")));

    [Test]
    public async Task The_next_secret_is_believed_beside_the_former_and_no_other_is()
    {
        Assert.That((await ReportAsync(Bounce("mail_none"), Next)).Status, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That((await ReportAsync(Bounce("mail_none"), "mail-secret-for-tests-only-3")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await ReportAsync(Bounce("mail_none"), age: TimeSpan.FromMinutes(6))).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "stale");
        using var unsigned = new StringContent(Bounce("mail_none"), Encoding.UTF8, "application/json");
        Assert.That((await http.PostAsync("/webhooks/mail", unsigned)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"messageId":"m","event":"opened"}""")]
    [TestCase("""{"messageId":"m","event":"delivered","permanent":true}""")]
    [TestCase("""{"messageId":"m","event":"bounced","permanent":"yes"}""")]
    [TestCase("""{"messageId":"m","messageId":"n","event":"bounced","permanent":true}""")]
    [TestCase("""{"messageId":"m","event":"bounced","permanent":true,"recipient":"rosa@example.com"}""")]
    [TestCase("""{"messageId":"m","event":"bounced","permanent":true,"code":"550 rosa@example.com"}""")]
    [TestCase("""{"messageId":"m","event":"bounced","permanent":true,"occurredAt":"2999-01-01T00:00:00Z"}""")]
    public async Task A_body_of_another_shape_is_refused(string body) =>
        Assert.That((await ReportAsync(body)).Status, Is.EqualTo(HttpStatusCode.BadRequest));

    [Test]
    public async Task A_body_that_is_too_large_is_refused() =>
        Assert.That((await ReportAsync(new string(' ', (64 * 1024) + 1))).Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));

    [Test]
    public async Task Without_a_secret_there_is_no_such_route()
    {
        await using var closed = await RunningService.StartAsync();
        using var client = new HttpClient { BaseAddress = closed.Address };
        using var body = new StringContent(Bounce("mail_none"), Encoding.UTF8, "application/json");
        body.Headers.Add(MailSignature.Header, MailSignature.Sign("", Encoding.UTF8.GetBytes(Bounce("mail_none")), TimeProvider.System.GetUtcNow()));
        Assert.That((await client.PostAsync("/webhooks/mail", body)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static string Bounce(string mailId) => $$"""{"messageId":"{{mailId}}@{{Host}}","event":"bounced","permanent":true,"code":"5.1.1"}""";

    private async Task<(HttpStatusCode Status, string Body)> ReportAsync(string body, string secret = Secret, TimeSpan age = default)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        content.Headers.Add(MailSignature.Header, MailSignature.Sign(secret, Encoding.UTF8.GetBytes(body), TimeProvider.System.GetUtcNow() - age));
        using var answer = await http.PostAsync("/webhooks/mail", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<(ReaderId Reader, MailRow Mail)> FirstNoticeAsync()
    {
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-trial", "pm_card_chargeCustomerFail", Actors.Reader(reader));
        service.Clock.Advance(TimeSpan.FromDays(15));
        await service.SubscriptionInAsync(reader, "PastDue");
        for (var day = 0; day < 3; day++)
        {
            service.Clock.Advance(TimeSpan.FromHours(12));
            await service.SettledAsync();
        }

        await using var db = service.OpenDatabase();
        return (reader, await db.Mails.AsNoTracking().FirstAsync(m => m.ReaderId == reader && m.Kind == MailKind.DunningNotice && m.State == MailState.HandedOver));
    }

    private async Task<Domain.Dunning.DunningCase> CaseAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return ((Subscription.PastDue)Data.SubscriptionMapping.ToState(await db.Subscriptions.AsNoTracking().SingleAsync(s => s.ReaderId == reader))).Case;
    }

    private async Task<string> EmailAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return (await db.Readers.AsNoTracking().SingleAsync(r => r.Id == reader)).Email;
    }
}
