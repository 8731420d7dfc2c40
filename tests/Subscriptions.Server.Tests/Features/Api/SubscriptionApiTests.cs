using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Tests.Features.Api;

internal sealed class SubscriptionApiTests
{
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task Every_plan_on_offer_is_listed_with_its_price()
    {
        var plans = (await server.GetAsync("/api/plans")).GetProperty("items").EnumerateArray().ToList();
        var monthly = plans.Single(p => p.GetProperty("plan").GetString() == "digital-monthly");
        Assert.Multiple(() =>
        {
            Assert.That(monthly.GetProperty("id").GetString(), Is.EqualTo("digital-monthly@1"));
            Assert.That(monthly.GetProperty("price").GetRawText(), Is.EqualTo("""{"amount":999,"currency":"GBP"}"""));
            Assert.That(monthly.GetProperty("interval").GetString(), Is.EqualTo("Month"));
        });
    }

    [TestCase("digital-monthly")]
    [TestCase("digital-monthly@1")]
    public async Task A_subscription_starts_by_plan_or_version_and_is_paid_at_once(string plan)
    {
        var reader = await server.ReaderAsync($"{plan.Length}@starts.example", "Starts");
        using var started = await server.PostAsync("/api/subscriptions", $$"""{"readerId":"{{reader}}","plan":"{{plan}}","paymentMethod":"pm_card_visa"}""");
        Assert.That(started.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var path = started.Headers.Location!.OriginalString;
        await server.Service.SubscriptionInAsync(reader, "Active");

        var invoice = (await server.GetAsync(path + "/invoices")).GetProperty("items").EnumerateArray().Single();
        Assert.Multiple(() =>
        {
            Assert.That(invoice.EnumerateObject().Select(p => p.Name).Take(8),
                Is.EqualTo(["id", "number", "status", "total", "paid", "refunded", "periodFrom", "periodTo"]));
            Assert.That(invoice.GetProperty("status").GetString(), Is.EqualTo("Paid"));
            Assert.That(invoice.GetProperty("paid").GetProperty("amount").GetInt64(), Is.EqualTo(999));
            Assert.That(invoice.GetProperty("refunded").GetRawText(), Is.EqualTo("""{"amount":0,"currency":"GBP"}"""));
        });
    }

    [Test]
    public async Task A_payment_problem_shows_its_stage_dates_and_reason()
    {
        var id = await server.PastDueAsync(await server.ReaderAsync("owes@example.com", "Owes"));
        var subscription = await server.GetAsync($"/api/subscriptions/{id}");
        var attempt = (await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items")[0];
        var timeline = (await server.GetAsync($"/api/subscriptions/{id}/timeline")).GetProperty("items").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(subscription.GetProperty("stage").GetString(), Is.EqualTo("Silent"));
            Assert.That(subscription.GetProperty("track").GetString(), Is.EqualTo("TimeMayHeal"));
            Assert.That(subscription.GetProperty("owed").GetProperty("amount").GetInt64(), Is.EqualTo(999));
            Assert.That(subscription.GetProperty("nextAttemptAt").ValueKind, Is.EqualTo(JsonValueKind.String));
            Assert.That(attempt.GetProperty("state").GetString(), Is.EqualTo("Declined"));
            Assert.That(attempt.GetProperty("decline").GetProperty("words").GetString(), Does.Contain("The bank declined"));
            Assert.That(timeline.Select(e => e.GetProperty("type").GetString()), Does.Contain("DunningCaseOpened"));
            Assert.That(timeline.Select(e => e.GetProperty("at").GetString()), Is.Ordered.Descending);
        });
    }

    [Test]
    public async Task Retry_now_tries_once_and_answers_how_it_went()
    {
        var id = await server.PastDueAsync(await server.ReaderAsync("retried@example.com", "Retried"));
        server.Service.Clock.Advance(TimeSpan.FromMinutes(InvoiceDecider.StaffPauseMinutes + 1));
        var before = (await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items").GetArrayLength();
        using var retried = await server.PostAsync($"/api/subscriptions/{id}/retry");
        Assert.That(retried.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var attempt = await ApiCaller.JsonAsync(retried);
        var after = (await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items").GetArrayLength();
        Assert.Multiple(() =>
        {
            Assert.That(attempt.GetProperty("state").GetString(), Is.EqualTo("Declined"));
            Assert.That(attempt.GetProperty("actor").GetString(), Is.EqualTo("api"));
            Assert.That(after, Is.EqualTo(before + 1));
        });
    }

    [TestCase("digital-monthly")]
    [TestCase("digital-trial")]
    public async Task Whoever_asks_many_times_at_once_gets_one_subscription_and_is_charged_once(string plan)
    {
        var reader = await server.ReaderAsync($"eager-{plan}@example.com", "Eager");
        var wish = $$"""{"readerId":"{{reader}}","plan":"{{plan}}","paymentMethod":"pm_card_visa"}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.PostAsync("/api/subscriptions", wish)));

        var found = await server.GetAsync($"/api/readers/{reader}");
        await using var db = server.OpenDatabase();
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.Conflict), Is.EqualTo(5));
        Assert.That(found.GetProperty("subscriptions").GetArrayLength(), Is.EqualTo(1));
        Assert.That(await db.Invoices.CountAsync(i => i.ReaderId == reader), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public async Task Retry_now_is_no_hammer()
    {
        var id = await server.PastDueAsync(await server.ReaderAsync("hammered@example.com", "Hammered"));
        server.Service.Clock.Advance(TimeSpan.FromMinutes(InvoiceDecider.StaffPauseMinutes + 1));
        var before = (await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items").GetArrayLength();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.PostAsync($"/api/subscriptions/{id}/retry")));

        var after = (await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items").GetArrayLength();
        var refusals = await Task.WhenAll(answers.Where(a => a.StatusCode == HttpStatusCode.Conflict).Select(ApiCaller.JsonAsync));
        Assert.That(after, Is.EqualTo(before + 1));
        Assert.That(refusals.Select(r => r.GetProperty("type").GetString()), Has.Exactly(5).Matches("^urn:subscriptions:payment-(declined-just-now|under-way)$"), "who waits in vain for the one that tries is told so");
    }

    [Test]
    public async Task A_subscription_can_be_cancelled_kept_paused_and_resumed()
    {
        var id = await server.ActiveAsync(await server.ReaderAsync("changes@example.com", "Changes"));
        var states = new List<string>();
        foreach (var action in (string[])["cancel", "keep", "pause", "resume"])
        {
            using var answer = await server.PostAsync($"/api/subscriptions/{id}/{action}");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), action);
            var now = await ApiCaller.JsonAsync(answer);
            states.Add($"{now.GetProperty("state")} {now.GetProperty("cancelAtPeriodEnd")}");
        }

        using var refused = await server.PostAsync($"/api/subscriptions/{id}/resume");
        Assert.Multiple(() =>
        {
            Assert.That(states, Is.EqualTo(["Active True", "Active False", "Paused False", "Active False"]));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        });
    }

    [Test]
    public async Task A_site_key_may_not_use_the_api_and_no_key_opens_nothing()
    {
        using var site = await server.PostAsync("/api/readers", "{}", apiKey: RunningService.SiteKey);
        using var stranger = await server.PostAsync("/api/readers", "{}", apiKey: "somebody-elses-key");
        using var nobody = await server.Http.GetAsync(new Uri("/api/plans", UriKind.Relative));
        Assert.Multiple(() =>
        {
            Assert.That(site.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(stranger.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(nobody.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        });
    }
}
