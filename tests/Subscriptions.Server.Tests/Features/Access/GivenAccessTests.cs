using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Access;

/// <summary>Access that is given beside any subscription: through the API, by staff, and as the reader and the websites see it.</summary>
internal sealed class GivenAccessTests
{
    private ApiCaller server = null!;
    private int readers;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync();
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync("desk@courier.example", RunningService.Password, StaffRoles.Support);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task Access_that_is_given_lets_her_read_at_once_and_stops_when_it_is_withdrawn()
    {
        var reader = await ReaderAsync();
        await using var feed = await FeedListener.OpenAsync(server.Service);
        Assert.That((await AnswerAsync(reader)).GetProperty("reason").GetString(), Is.EqualTo("NoSubscription"));

        var given = await GiveAsync(reader, """{"kind":"Complimentary","entitlements":["Archive"],"note":"won a prize"}""");
        var told = await feed.NewsAsync();
        var answer = await AnswerAsync(reader);
        Assert.Multiple(() =>
        {
            Assert.That(answer.GetProperty("entitled").GetBoolean(), Is.True);
            Assert.That((answer.GetProperty("reason").GetString(), answer.GetProperty("grantedBy").GetString()), Is.EqualTo(("Complimentary", given.GetProperty("id").GetString())));
            Assert.That(answer.GetProperty("grants")[0].GetProperty("entitlements").EnumerateArray().Select(e => e.GetString()), Is.EqualTo(new[] { "subscriber", "archive" }));
            Assert.That((told.Text("readerId"), told.Body.GetProperty("version").GetInt64()), Is.EqualTo((reader.Value, answer.GetProperty("version").GetInt64())));
            Assert.That(answer.GetRawText(), Does.Not.Contain("prize"), "what is meant for staff is told to no website");
        });

        using var withdrawn = await server.PostAsync($"/api/grants/{given.GetProperty("id").GetString()}/withdraw");
        Assert.That(withdrawn.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await feed.NewsAsync();
        var after = await AnswerAsync(reader);
        Assert.That(after.GetProperty("entitled").GetBoolean(), Is.False);
        Assert.That(after.GetProperty("version").GetInt64(), Is.GreaterThan(answer.GetProperty("version").GetInt64()));
    }

    [Test]
    public async Task A_second_withdrawal_changes_nothing()
    {
        var reader = await ReaderAsync();
        var id = (await GiveAsync(reader, """{"kind":"Complimentary"}""")).GetProperty("id").GetString();
        using var first = await server.PostAsync($"/api/grants/{id}/withdraw");
        var version = (await AnswerAsync(reader)).GetProperty("version").GetInt64();
        server.Service.Clock.Advance(TimeSpan.FromSeconds(30));
        using var second = await server.PostAsync($"/api/grants/{id}/withdraw");
        Assert.That((await ApiCaller.JsonAsync(second)).GetProperty("withdrawnAt").GetString(), Is.EqualTo((await ApiCaller.JsonAsync(first)).GetProperty("withdrawnAt").GetString()));
        Assert.That((await AnswerAsync(reader)).GetProperty("version").GetInt64(), Is.EqualTo(version));
    }

    [Test]
    public async Task An_end_and_a_beginning_are_told_before_they_come_and_are_kept_to_the_moment()
    {
        var reader = await ReaderAsync();
        var from = Whole(server.Service.Clock.Now.AddHours(5));
        var until = from.AddDays(2);
        await GiveAsync(reader, $$"""{"kind":"DayPass","from":"{{from:O}}","until":"{{until:O}}"}""");

        var before = await AnswerAsync(reader);
        Assert.That((before.GetProperty("entitled").GetBoolean(), before.GetProperty("validUntil").GetDateTimeOffset()), Is.EqualTo((false, from)));
        server.Service.Clock.Advance(TimeSpan.FromHours(6));
        var during = await AnswerAsync(reader);
        Assert.That((during.GetProperty("entitled").GetBoolean(), during.GetProperty("validUntil").GetDateTimeOffset()), Is.EqualTo((true, until)));
        server.Service.Clock.Advance(TimeSpan.FromDays(2));
        Assert.That((await AnswerAsync(reader)).GetProperty("entitled").GetBoolean(), Is.False);
    }

    [Test]
    public async Task Who_reads_through_somebody_else_reads_on_when_her_own_subscription_ends_and_is_charged_nothing()
    {
        var reader = await ReaderAsync();
        var subscription = await server.ActiveAsync(reader);
        await GiveAsync(reader, """{"kind":"GrantedElsewhere","source":"App Store","contact":"https://apps.example/help"}""");
        using var cancelled = await server.PostAsync($"/api/subscriptions/{subscription}/cancel");
        server.Service.Clock.Advance(TimeSpan.FromDays(33));
        await server.Service.SubscriptionInAsync(reader, nameof(Subscription.Ended));

        var answer = await AnswerAsync(reader);
        Assert.That((answer.GetProperty("entitled").GetBoolean(), answer.GetProperty("reason").GetString()), Is.EqualTo((true, "GrantedElsewhere")));
        Assert.That(answer.GetProperty("notice").ValueKind, Is.EqualTo(JsonValueKind.Null));
        await using var db = server.OpenDatabase();
        Assert.That(await db.Invoices.CountAsync(i => i.ReaderId == reader), Is.EqualTo(1));
    }

    [TestCase("""{}""", "kind")]
    [TestCase("""{"kind":"Subscription"}""", "kind")]
    [TestCase("""{"kind":"Complimentary","entitlements":["a b"]}""", "entitlements")]
    [TestCase("""{"kind":"Complimentary","entitlements":["a+b"]}""", "entitlements")]
    [TestCase("""{"kind":"Complimentary","entitlements":[null]}""", "entitlements")]
    [TestCase("""{"kind":"Complimentary","entitlements":["archive "]}""", "entitlements")]
    [TestCase("""{"kind":"Complimentary","until":"0001-01-01T00:00:00Z"}""", "until")]
    [TestCase("""{"kind":"GrantedElsewhere","source":"a\nb"}""", "source")]
    [TestCase("""{"kind":"Complimentary","price":999}""", "price")]
    public async Task What_is_wrong_with_a_wish_is_named(string wish, string field)
    {
        using var refused = await server.PostAsync($"/api/readers/{await ReaderAsync()}/grants", wish);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await ApiCaller.JsonAsync(refused)).GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo(new[] { field }));
    }

    [TestCase("""{"kind":"DayPass"}""", "day-pass-without-end")]
    [TestCase("""{"kind":"GrantedElsewhere"}""", "grant-without-source")]
    [TestCase("""{"kind":"Complimentary","until":"2020-01-01T00:00:00Z"}""", "grant-ends-before-it-begins")]
    public async Task What_a_rule_is_against_is_refused_with_its_name(string wish, string type)
    {
        var reader = await ReaderAsync();
        using var refused = await server.PostAsync($"/api/readers/{reader}/grants", wish);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await ApiCaller.JsonAsync(refused)).GetProperty("type").GetString(), Is.EqualTo($"urn:subscriptions:{type}"));
        Assert.That((await server.GetAsync($"/api/readers/{reader}/grants")).GetProperty("items").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Nobody_has_more_than_fifty_at_once()
    {
        var reader = await ReaderAsync();
        for (var n = 0; n < GivenAccess.MostAtOnce; n++)
        {
            await GiveAsync(reader, """{"kind":"Complimentary"}""");
        }

        using var refused = await server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""");
        Assert.That((await ApiCaller.JsonAsync(refused)).GetProperty("type").GetString(), Is.EqualTo("urn:subscriptions:grants-too-many"));
    }

    [Test]
    public async Task One_key_gives_once()
    {
        var reader = await ReaderAsync();
        using var first = await server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""", "give-once");
        using var second = await server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""", "give-once");
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await server.GetAsync($"/api/readers/{reader}/grants")).GetProperty("items").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_request_key_is_of_one_reader_and_of_one_wish()
    {
        var (reader, other) = (await ReaderAsync(), await ReaderAsync());
        var give = server.Service.Services.GetRequiredService<GiveAccess>();
        var wish = new AccessOrder(GrantKind.Complimentary, [], null, null, null, null, null);
        var first = (GivenResult.Given)await give.GiveAsync(reader, wish, "one key", Actors.Api);
        Assert.That(((GivenResult.Given)await give.GiveAsync(reader, wish, "one key", Actors.Api)).Row.Id, Is.EqualTo(first.Row.Id));
        Assert.That(((GivenResult.Given)await give.GiveAsync(other, wish, "one key", Actors.Api)).Row.ReaderId, Is.EqualTo(other));
        Assert.That(await give.GiveAsync(reader, wish with { Entitlements = ["archive"] }, "one key", Actors.Api), Is.InstanceOf<GivenResult.Refused>(), "another wish under a known key gives nothing, and says so");
        Assert.That((await AnswerAsync(reader)).GetProperty("grants").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Given_at_once_beside_billing_each_change_has_a_version_of_its_own()
    {
        var reader = await ReaderAsync();
        var give = server.Service.Services.GetRequiredService<GiveAccess>();
        var start = server.Service.Services.GetRequiredService<StartSubscription>();
        await Task.WhenAll([
            start.RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader)),
            .. Enumerable.Range(0, 8).Select(n => give.GiveAsync(reader, new(GrantKind.Complimentary, [], null, null, null, null, null), $"race {n}", Actors.Api)),
        ]);
        await server.Service.SubscriptionInAsync(reader, nameof(Subscription.Active));

        await using var db = server.OpenDatabase();
        var ofGrants = await db.Events.Where(e => e.ReaderId == reader && e.Type == GiveAccess.GivenEvent).Select(e => e.ReaderVersion).ToListAsync();
        var ofOthers = await db.Events.Where(e => e.ReaderId == reader && e.Type != GiveAccess.GivenEvent).Select(e => e.ReaderVersion).Distinct().ToListAsync();
        Assert.That(ofGrants.Concat(ofOthers), Is.Unique);
        Assert.That(await db.Readers.Where(r => r.Id == reader).Select(r => r.AccessVersion).SingleAsync(), Is.EqualTo(ofGrants.Concat(ofOthers).Max()));
    }

    [Test]
    public async Task Staff_give_and_withdraw_access_on_a_page_and_a_form_sent_twice_gives_once()
    {
        var reader = await ReaderAsync();
        using var staff = server.Service.NewBrowser();
        await staff.SubmitAsync(await staff.GetAsync("/support/sign-in"), "Sign in", ("email", "desk@courier.example"), ("password", RunningService.Password));
        var lastDay = DateOnly.FromDateTime(server.Service.Clock.Now.UtcDateTime).AddDays(5).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var form = await staff.GetAsync($"/support/readers/{reader}/access");
        (string, string)[] fields = [("kind", "DayPass"), ("lastDay", lastDay), ("note", "at the fair")];
        await staff.SubmitAsync(form, "Give access", fields);
        var shown = await staff.SubmitAsync(form, "Give access", fields);

        Assert.That(shown.Text, Does.Contain("Day pass").And.Contain("at the fair"));
        var row = (await server.GetAsync($"/api/readers/{reader}/grants")).GetProperty("items").EnumerateArray().Single();
        Assert.That(row.GetProperty("until").GetDateTimeOffset(), Is.EqualTo(new DateTimeOffset(DateOnly.Parse(lastDay, CultureInfo.InvariantCulture).AddDays(1), default, TimeSpan.FromHours(1))), "the last day counts to its end, in the publisher's zone");
        var file = await staff.GetAsync($"/support/readers/{reader}");
        Assert.That(file.Text, Does.Contain("Yes.").And.Contain("A day pass.").And.Contain("Access was given (day pass"));

        Assert.That((await staff.GetAsync($"/support/readers/{reader}/why?article={Uri.EscapeDataString(RunningService.Site + "/articles/a")}")).MainText, Does.Contain("lets the reader in: A day pass."), "and says it once");

        await staff.SubmitAsync(shown, "Withdraw");
        Assert.That((await AnswerAsync(reader)).GetProperty("entitled").GetBoolean(), Is.False);
        Assert.That((await staff.GetAsync($"/support/readers/{reader}")).Text, Does.Contain("Given access was withdrawn"));
    }

    [Test]
    public async Task My_Account_says_what_she_was_given_until_when_and_whom_to_ask()
    {
        var (reader, browser) = await server.Service.NewSignedInReaderAsync();
        using (browser)
        {
            await GiveAsync(reader, """{"kind":"GrantedElsewhere","source":"the Courier in print","contact":"01632 960123","until":"2027-12-31T00:00:00Z"}""");
            Assert.That((await browser.GetAsync("/my-account")).Text, Does.Contain("You read through the Courier in print, and we charge you nothing for it. It lasts until Thursday 30 December 2027.")
                .And.Contain("01632 960123").And.Contain("You have no subscription with us"));
        }
    }

    private async Task<ReaderId> ReaderAsync() => await server.ReaderAsync($"given{Interlocked.Increment(ref readers)}@example.com", "Gita Given");

    private Task<JsonElement> AnswerAsync(ReaderId reader) => server.GetAsync($"/api/entitlements/{reader}");

    private async Task<JsonElement> GiveAsync(ReaderId reader, string wish)
    {
        using var answer = await server.PostAsync($"/api/readers/{reader}/grants", wish);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        return await ApiCaller.JsonAsync(answer);
    }

    // Times are told in milliseconds.
    private static DateTimeOffset Whole(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond));
}
