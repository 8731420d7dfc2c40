using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Paywall;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Mail.Templates;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Tests.Features.Access;

/// <summary>A publisher with <c>Dunning:CloseInThirdStage</c>, from the first notice to the payment that opens again.</summary>
internal sealed class ClosedThirdStageTests
{
    [Test]
    public async Task Access_closes_with_the_third_notice_on_the_day_that_the_others_told_and_opens_with_the_payment()
    {
        await using var service = await RunningService.StartAsync("--Dunning:CloseInThirdStage=true");
        var (reader, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync("/subscribe/confirm?plan=digital-monthly"), "Subscribe and pay £9.99"), TestCard.Good);
        await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync("/my-account/payment"), "Update payment details"), TestCard.DeclinesWhenCharged);
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));

        // From notice to notice: what was told last, and what her pages said then.
        List<DateOnly> told = [];
        var page = await UntilAsync(service, reader, browser, DunningStage.PaymentFailed);
        var first = (await AnswerAsync(service, reader)).Notice!;
        Assert.That(first.Body, Does.Contain($"without a payment subscriber articles close for you on {Day(service, first.AccessEndsAt!.Value)}, and your subscription ends on"));
        Assert.That(page.MainText, Does.Contain($"Subscriber articles close {Day(service, first.AccessEndsAt.Value)}"));
        Assert.That(await MailAsync(service, reader, NoticeWords.PaymentFailed), Does.Contain($"Subscriber articles close: {Day(service, first.AccessEndsAt.Value)}").And.Contain("Subscription ends: ").And.Not.Contain("Access ends"));
        told.Add(Hours(service).DateOf(first.AccessEndsAt.Value));

        await UntilAsync(service, reader, browser, DunningStage.ActNow);
        Assert.That(await service.EntitledAsync(reader), Is.True, "she reads on until the third");
        told.Add(Hours(service).DateOf((await AnswerAsync(service, reader)).Notice!.AccessEndsAt!.Value));

        page = await UntilAsync(service, reader, browser, DunningStage.DueToTerminate);
        var entered = await ThirdAsync(service, reader);
        var closed = await AnswerAsync(service, reader);
        Assert.That(Hours(service).DateOf(entered.At), Is.GreaterThanOrEqualTo(told.Max()));
        Assert.That((closed.Entitled, closed.Reason, closed.Grants.Count, closed.Notice!.AccessEndsAt), Is.EqualTo((false, "PaymentOverdue", 0, (DateTimeOffset?)null)));
        Assert.That(closed.Decide(Requirement.Subscriber), Has.Property("Reason").EqualTo(DecisionReason.PaymentOverdue).And.Property("NextStep").EqualTo(NextStep.Pay));
        Assert.That(closed.Notice.Body, Does.Contain("Subscriber articles are closed for you until the payment has been taken.").And.Not.Contain("your access ends"));
        Assert.That(page.MainText, Does.Contain("Subscriber articles are closed until we have been paid.").And.Contain("Your subscription ends").And.Not.Contain("You can read on").And.Not.Contain("Your access ends"));
        Assert.That(await MailAsync(service, reader, NoticeWords.DueToTerminate), Does.Contain("Closed until the payment has been taken").And.Not.Contain("Access ends"));
        var program = await ApiAsync(service, reader);
        Assert.That((program.GetProperty("accessClosed").GetBoolean(), program.GetProperty("accessEndsAt").ValueKind), Is.EqualTo((true, JsonValueKind.Null)));
        Assert.That(program.GetProperty("subscriptionEndsAt").GetDateTimeOffset(), Is.GreaterThan(service.Clock.Now));

        await browser.PayWithAsync(await browser.SubmitAsync(await browser.GetAsync("/my-account/payment"), "Update payment details"), TestCard.Good);
        await service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        Assert.That(await service.EntitledAsync(reader), Is.True);
    }

    private static async Task<Page> UntilAsync(RunningService service, ReaderId reader, Browser browser, DunningStage stage)
    {
        for (var step = 0; step < 80; step++)
        {
            await service.SettledAsync();
            if ((await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).Stage == stage)
            {
                return await browser.GetAsync("/my-account");
            }

            service.Clock.Advance(TimeSpan.FromHours(9));
        }

        throw new AssertionException($"{stage} never came.");
    }

    private static async Task<EntitlementAnswer> AnswerAsync(RunningService service, ReaderId reader)
    {
        using var scope = service.Services.CreateScope();
        return (await scope.ServiceProvider.GetRequiredService<ReaderAccessQuery>().RunAsync(reader))!;
    }

    private static async Task<SubscriptionEvent.DunningStageEntered> ThirdAsync(RunningService service, ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        var id = await db.Subscriptions.Where(s => s.ReaderId == reader).Select(s => s.Id).SingleAsync();
        var rows = await db.Events.AsNoTracking().Where(e => e.Stream == id.Value && e.Type == nameof(SubscriptionEvent.DunningStageEntered)).OrderBy(e => e.Id).ToListAsync();
        return (SubscriptionEvent.DunningStageEntered)JsonSerializer.Deserialize<SubscriptionEvent>(rows[^1].Data, DomainJson.Options)!;
    }

    private static async Task<string> MailAsync(RunningService service, ReaderId reader, string heading)
    {
        await using var db = service.OpenDatabase();
        var email = await db.Readers.Where(r => r.Id == reader).Select(r => r.Email).SingleAsync();
        return (await service.EventuallyAsync(() => Task.FromResult(service.Inbox.List(email).FirstOrDefault(m => m.Subject.StartsWith(heading, StringComparison.Ordinal))))).Text;
    }

    private static async Task<JsonElement> ApiAsync(RunningService service, ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        var id = await db.Subscriptions.Where(s => s.ReaderId == reader).Select(s => s.Id).SingleAsync();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", RunningService.ApiKey);
        return JsonDocument.Parse(await http.GetStringAsync(new Uri(service.Address, $"/api/subscriptions/{id.Value}"))).RootElement.Clone();
    }

    private static PublisherHours Hours(RunningService service) => service.Services.GetRequiredService<PublisherSettings>().Hours;

    private static string Day(RunningService service, DateTimeOffset at) => ReaderWords.Day(at, Hours(service));
}
