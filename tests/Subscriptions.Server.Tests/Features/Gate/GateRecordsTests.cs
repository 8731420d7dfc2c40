using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>Meters and gift links, as websites ask for them.</summary>
internal sealed class GateRecordsTests
{
    private static readonly string[] _articles = [.. Enumerable.Range(0, 8).Select(i => MeterRule.ShortName($"/articles/{i}"))];
    private ApiCaller server = null!;
    private int readers;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync(
        "--Metering:Articles=3", "--Gifts:PerMonth=2", "--Gifts:Uses=2", "--Gifts:Days=3", "--Crawlers:0:Name=Searchbot", "--Crawlers:0:UserAgent=Searchbot",
        "--Crawlers:0:Ranges=192.0.2.0/24, 2001:db8::/32", "--OpenRegions:0:Region=ua", "--OpenRegions:0:Until=2027-01-01T00:00:00Z");

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_website_is_told_what_it_has_to_know_about_visits()
    {
        using var answer = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/site"), RunningService.SiteKey);
        var policy = await ApiCaller.JsonAsync(answer);
        Assert.Multiple(() =>
        {
            Assert.That(policy.GetProperty("meter").GetRawText(), Is.EqualTo("""{"articles":3,"window":"CalendarMonth","days":30,"zone":"Europe/London"}"""));
            Assert.That(policy.GetProperty("networks")[0].GetProperty("addresses").EnumerateArray().Select(e => e.GetString()), Is.EqualTo(new[] { "192.0.2.0/24", "2001:db8::/32" }));
            Assert.That(policy.GetProperty("openRegions")[0].GetProperty("region").GetString(), Is.EqualTo("UA"));
            Assert.That(policy.GetProperty("origins").EnumerateArray().Select(e => e.GetString()), Is.EqualTo(new[] { RunningService.Site }));
        });
    }

    [Test]
    public async Task An_article_is_counted_once_and_never_more_than_may_be_read_whatever_is_asked_at_once()
    {
        var reader = await ReaderAsync();
        var all = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => CountAsync(reader, _articles[i % _articles.Length])));

        Assert.That(all, Has.All.Count.LessThanOrEqualTo(3));
        var counted = await CountAsync(reader, _articles[0], count: false);
        Assert.That(counted.Distinct().ToList(), Has.Count.EqualTo(3).And.EqualTo(counted));
    }

    [Test]
    public async Task Looking_counts_nothing_and_the_next_month_begins_anew_and_is_forgotten()
    {
        var reader = await ReaderAsync();
        Assert.That(await CountAsync(reader, _articles[0], count: false), Is.Empty);
        Assert.That(await CountAsync(reader, _articles[0]), Has.Count.EqualTo(1));
        var kept = await RowsAsync(db => db.Meters.CountAsync(m => m.ReaderId == ReaderId.From(reader)));
        server.Service.Clock.Advance(TimeSpan.FromDays(32));
        Assert.That(await CountAsync(reader, _articles[1], count: false), Is.Empty);
        await server.Service.Services.GetRequiredService<ForgetOldCounts>().RunAsync(CancellationToken.None);
        Assert.That((kept, await RowsAsync(db => db.Meters.CountAsync(m => m.ReaderId == ReaderId.From(reader)))), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task A_gift_is_for_one_article_and_counts_each_browser_once_up_to_its_number()
    {
        var reader = await SubscriberAsync();
        var gift = await GiveAsync(reader, "/articles/a");
        var token = new JsonWebToken(gift.GetProperty("token").GetString());
        Assert.That((token.Typ, token.Audiences.Single(), token.GetPayloadValue<string>("art")), Is.EqualTo(("gift+jwt", "courier/gift", "/articles/a")));
        Assert.That(token.GetPayloadValue<string[]>("ent"), Is.EqualTo(new[] { "subscriber" }), "as much as its giver can read");

        var visits = Enumerable.Range(0, 6).Select(_ => Guid.NewGuid().ToString("N")).ToList();
        var answers = await Task.WhenAll(visits.Concat(visits).Select(visit => UseAsync(token.Id, visit)));
        Assert.That(answers.Zip(visits.Concat(visits)).Where(one => one.First == HttpStatusCode.OK).Select(one => one.Second).Distinct().Count(), Is.EqualTo(2));
        Assert.That(await RowsAsync(db => db.GiftUses.CountAsync(u => u.GiftId == token.Id)), Is.EqualTo(2));

        server.Service.Clock.Advance(TimeSpan.FromDays(4));
        Assert.That(await UseAsync(token.Id, visits[0]), Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await UseAsync("gft_unknown", visits[0]), Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_subscriber_gives_so_many_articles_a_month_and_the_same_one_is_the_same_gift()
    {
        var reader = await SubscriberAsync();
        var gifts = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => server.PostAsync("/api/gifts", $$"""{"readerId":"{{reader}}","article":"/articles/{{i}}"}""", apiKey: RunningService.SiteKey)));
        Assert.That(gifts.Count(one => one.StatusCode == HttpStatusCode.OK), Is.EqualTo(2));
        Assert.That(gifts.Count(one => one.StatusCode == HttpStatusCode.Conflict), Is.EqualTo(3));
        var mine = await RowsAsync(db => db.Gifts.Where(g => g.ReaderId == ReaderId.From(reader)).Select(g => g.Article).ToListAsync());
        Assert.That((await GiveAsync(reader, mine[0])).GetProperty("leftThisMonth").GetInt32(), Is.Zero);
        Assert.That(await RowsAsync(db => db.Gifts.CountAsync(g => g.ReaderId == ReaderId.From(reader))), Is.EqualTo(2));
        foreach (var one in gifts)
        {
            one.Dispose();
        }
    }

    [Test]
    public async Task Whoever_may_not_read_gives_nothing()
    {
        using var refused = await server.PostAsync("/api/gifts", $$"""{"readerId":"{{await ReaderAsync()}}","article":"/articles/a"}""", apiKey: RunningService.SiteKey);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        using var unknown = await server.PostAsync("/api/gifts", """{"readerId":"rdr_nobody","article":"/articles/a"}""", apiKey: RunningService.SiteKey);
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task<string> ReaderAsync()
    {
        using var made = await server.PostAsync("/api/readers", $$"""{"email":"gate{{Interlocked.Increment(ref readers)}}@example.com","name":"Gate Reader"}""");
        return (await ApiCaller.JsonAsync(made)).GetProperty("id").GetString()!;
    }

    private async Task<string> SubscriberAsync()
    {
        var reader = await ReaderAsync();
        using var given = await server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""");
        Assert.That(given.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        return reader;
    }

    private async Task<List<string>> CountAsync(string reader, string article, bool count = true)
    {
        using var answer = await server.PostAsync($"/api/meter/{reader}", $$"""{"article":"{{article}}","count":{{(count ? "true" : "false")}}}""", apiKey: RunningService.SiteKey);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return [.. (await ApiCaller.JsonAsync(answer)).GetProperty("articles").EnumerateArray().Select(e => e.GetProperty("article").GetString()!)];
    }

    private async Task<JsonElement> GiveAsync(string reader, string article)
    {
        using var answer = await server.PostAsync("/api/gifts", $$"""{"readerId":"{{reader}}","article":"{{article}}"}""", apiKey: RunningService.SiteKey);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await ApiCaller.JsonAsync(answer);
    }

    private async Task<HttpStatusCode> UseAsync(string gift, string visit)
    {
        using var answer = await server.PostAsync($"/api/gifts/{gift}/uses", $$"""{"visit":"{{visit}}"}""", apiKey: RunningService.SiteKey);
        return answer.StatusCode;
    }

    private async Task<T> RowsAsync<T>(Func<SubscriptionsDb, Task<T>> read)
    {
        await using var db = await server.Service.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        return await read(db);
    }
}
