using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>"Why can she not read this?", through the API and on the support pages, now and at past moments.</summary>
internal sealed class DecisionTests
{
    private const string Article = RunningService.Site + "/articles/a";
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync(
            "--Metering:Articles=2", "--Sites:0:Rules:0:Path=/articles/**", "--Sites:0:Rules:0:Requires=subscriber", "--Sites:0:Rules:1:Path=/archive/**",
            "--Sites:0:Rules:1:Requires=subscriber:puzzles", "--Sites:0:Rules:2:Path=/news/**", "--Sites:0:Rules:2:Requires=metered",
            "--Institutions:0:Id=uni", "--Institutions:0:Name=The University", "--Institutions:0:Ranges=192.0.2.0/24");
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync("desk@courier.example", RunningService.Password, StaffRoles.Support);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_past_moment_is_told_from_what_had_happened_by_then()
    {
        var reader = await server.ReaderAsync("past@example.com", "Pat Past", RunningService.Password);
        var before = server.Service.Clock.Now;
        server.Service.Clock.Advance(TimeSpan.FromHours(1));
        await server.ActiveAsync(reader);
        var paid = server.Service.Clock.Now;
        server.Service.Clock.Advance(TimeSpan.FromHours(1));
        using (var scope = server.Service.Services.CreateScope())
        {
            var id = (await server.Service.SubscriptionInAsync(reader, "Active")).Id;
            Assert.That(await scope.ServiceProvider.GetRequiredService<SubscriptionCommands>().RunAsync(id, new Domain.Subscriptions.SubscriptionCommand.PauseSubscription(), Actors.Api), Is.Null);
        }

        Assert.Multiple(() =>
        {
            Assert.That(Reason(AskAsync(reader, Article).Result), Is.EqualTo("SubscriptionPaused"));
            Assert.That(Reason(AskAsync(reader, Article, before).Result), Is.EqualTo("NotSubscribed"));
            Assert.That(Reason(AskAsync(reader, Article, paid).Result), Is.EqualTo("Granted"));
            Assert.That(AskAsync(reader, Article, paid).Result.GetProperty("grantKind").GetString(), Is.EqualTo("Subscription"));
        });

        using var staff = await StaffAsync();
        var page = await staff.GetAsync($"/support/readers/{reader.Value}/why?article={Uri.EscapeDataString(Article)}&moment={Local(paid.AddMinutes(5))}");
        Assert.That(page.MainText, Does.Contain("Yes.").And.Contain("lets the reader in").And.Contain("By a rule of the site the page asks “subscriber”"));
        Assert.That((await staff.GetAsync($"/support/readers/{reader.Value}/why?article={Uri.EscapeDataString(Article)}")).MainText, Does.Contain("No. The subscription is on hold."));
    }

    [Test]
    public async Task Given_access_and_its_withdrawal_are_known_to_the_moment()
    {
        var reader = await server.ReaderAsync("given@example.com", "Giv En");
        using var given = await server.PostAsync($"/api/readers/{reader.Value}/grants", """{"kind":"Complimentary"}""");
        var during = server.Service.Clock.Now;
        server.Service.Clock.Advance(TimeSpan.FromMinutes(5));
        using var withdrawn = await server.PostAsync($"/api/grants/{(await ApiCaller.JsonAsync(given)).GetProperty("id").GetString()}/withdraw");
        Assert.That(Reason(await AskAsync(reader, Article, during)), Is.EqualTo("Granted"));
        Assert.That(Reason(await AskAsync(reader, Article, during.AddMinutes(-10))), Is.EqualTo("NotSubscribed"));
        Assert.That(Reason(await AskAsync(reader, Article)), Is.EqualTo("NotSubscribed"));
    }

    [Test]
    public async Task Access_that_has_not_begun_is_told_with_its_beginning_whatever_ends_before()
    {
        var reader = await server.ReaderAsync("later@example.com", "La Ter");
        var (ends, begins) = (Whole(server.Service.Clock.Now.AddDays(3)), Whole(server.Service.Clock.Now.AddDays(31)));
        using var plain = await server.PostAsync($"/api/readers/{reader.Value}/grants", $$"""{"kind":"DayPass","until":"{{ends:O}}"}""");
        using var later = await server.PostAsync($"/api/readers/{reader.Value}/grants", $$"""{"kind":"Complimentary","from":"{{begins:O}}","entitlements":["puzzles"]}""");
        var answer = await AskAsync(reader, RunningService.Site + "/archive/1868");
        Assert.That((Reason(answer), answer.GetProperty("validUntil").GetDateTimeOffset(), answer.GetProperty("beginsAt").GetDateTimeOffset()), Is.EqualTo(("NotYetStarted", ends, begins)));

        using var staff = await StaffAsync();
        var hours = server.Service.Services.GetRequiredService<PublisherHours>();
        var page = await staff.GetAsync($"/support/readers/{reader.Value}/why?article={Uri.EscapeDataString(RunningService.Site + "/archive/1868")}");
        Assert.That(page.MainText, Does.Contain($"It begins on {SupportWords.Moment(begins, hours)}."));
    }

    [Test]
    public async Task The_sites_rules_say_what_a_page_asks_unless_it_is_said_otherwise()
    {
        var reader = await server.ReaderAsync("rules@example.com", "Ru Les");
        using var given = await server.PostAsync($"/api/readers/{reader.Value}/grants", """{"kind":"Complimentary"}""");
        Assert.That(Reason(await AskAsync(reader, RunningService.Site + "/archive/1868?x=1")), Is.EqualTo("NotInPlan"));
        Assert.That((await AskAsync(reader, RunningService.Site + "/elsewhere")).GetProperty("requirementFrom").GetString(), Is.EqualTo("Nothing"));
        Assert.That(Reason(await GetAsync($"readerId={reader.Value}&requirement=free")), Is.EqualTo("FreeToRead"));
        Assert.That(Reason(await GetAsync("requirement=registered")), Is.EqualTo("NotSignedIn"));
        Assert.That((await GetAsync("requirement=subscriber&from=192.0.2.9")).GetProperty("grantedBy").GetString(), Is.EqualTo("uni"));
        Assert.That(Reason(await GetAsync("requirement=subscriber&from=198.51.100.9")), Is.EqualTo("NotSignedIn"));
    }

    [Test]
    public async Task What_was_counted_counts_here_too()
    {
        var reader = await server.ReaderAsync("meter@example.com", "Me Ter");
        foreach (var path in (string[])["/news/a", "/news/b"])
        {
            using var counted = await server.PostAsync($"/api/meter/{reader.Value}", $$"""{"article":"{{Paywall.MeterRule.ShortName(path)}}"}""", apiKey: RunningService.SiteKey);
        }

        Assert.That(Reason(await AskAsync(reader, RunningService.Site + "/news/A/")), Is.EqualTo("WithinMeter"));
        Assert.That(Reason(await AskAsync(reader, RunningService.Site + "/news/c")), Is.EqualTo("MeterUsedUp"));
        Assert.That((await AskAsync(reader, RunningService.Site + "/news/c")).GetProperty("meterLeft").GetInt32(), Is.Zero);
        var then = server.Service.Clock.Now;
        var hours = server.Service.Services.GetRequiredService<PublisherHours>();
        var opens = hours.StartOf(new DateOnly(hours.DateOf(then).Year, hours.DateOf(then).Month, 1).AddMonths(1));
        Assert.That((await AskAsync(reader, RunningService.Site + "/news/c")).GetProperty("meterOpensAt").GetDateTimeOffset(), Is.EqualTo(opens));
        using (var staff = await StaffAsync())
            Assert.That((await staff.GetAsync($"/support/readers/{reader.Value}/why?article={Uri.EscapeDataString(RunningService.Site + "/news/c")}")).MainText, Does.Contain($"The next free one opens on {SupportWords.Moment(opens, hours)}."));
        Assert.That((await AskAsync(reader, RunningService.Site + "/news/c", then)).GetProperty("countsForgotten").GetBoolean(), Is.False);
        server.Service.Clock.Advance(TimeSpan.FromDays(32));
        Assert.That((await AskAsync(reader, RunningService.Site + "/news/c", then)).GetProperty("countsForgotten").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Who_is_not_signed_in_may_read_metered_articles_as_long_as_her_browser_has_read_none()
    {
        var answer = await GetAsync($"url={Uri.EscapeDataString(RunningService.Site + "/news/a")}");
        Assert.That((Reason(answer), answer.GetProperty("allowed").GetBoolean(), answer.GetProperty("meterLeft").GetInt32()), Is.EqualTo(("WithinMeter", true, 2)));
    }

    [TestCase("readerId=%20", "readerId")]
    [TestCase("url=https://elsewhere.example/a", "url")]
    [TestCase("url=articles", "url")]
    [TestCase("requirement=gold", "requirement")]
    [TestCase("at=yesterday", "at")]
    [TestCase("at=2999-01-01T00:00:00Z", "at")]
    [TestCase("from=me", "from")]
    [TestCase("reader=rdr_1", "reader")]
    public async Task A_question_that_cannot_be_understood_says_which_part(string query, string field)
    {
        using var answer = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/decisions?" + query));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await ApiCaller.JsonAsync(answer)).GetProperty("errors").TryGetProperty(field, out _), Is.True);
    }

    [Test]
    public async Task A_member_of_staff_is_led_to_a_preview_and_nobody_else()
    {
        using var staff = await StaffAsync();
        var led = await staff.SubmitAsync(await staff.GetAsync("/support"), "Preview The Harrowmere Courier for an hour");
        Assert.That(led.Url.ToString(), Does.StartWith(RunningService.Site + "/gate/preview?token=").And.EndsWith("&to=%2F"));
        using var stranger = server.Service.NewBrowser();
        Assert.That((await stranger.GetAsync("/support")).Heading, Is.Not.EqualTo("Find a reader"));
        using var site = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/decisions"), RunningService.SiteKey);
        Assert.That(site.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private static string? Reason(JsonElement answer) => answer.GetProperty("reason").GetString();

    private static DateTimeOffset Whole(DateTimeOffset at) => new(at.Ticks - (at.Ticks % TimeSpan.TicksPerMillisecond), at.Offset);

    private string Local(DateTimeOffset at) => Uri.EscapeDataString(TimeZoneInfo.ConvertTime(at, server.Service.Services.GetRequiredService<PublisherHours>().Zone).ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture));

    private async Task<Browser> StaffAsync()
    {
        var browser = server.Service.NewBrowser();
        var form = await browser.GetAsync("/support");
        await browser.SubmitAsync(form, "Sign in", ("email", "desk@courier.example"), ("password", RunningService.Password));
        return browser;
    }

    private Task<JsonElement> AskAsync(ReaderId reader, string url, DateTimeOffset? at = null) => GetAsync(
        $"readerId={reader.Value}&url={Uri.EscapeDataString(url)}{(at is { } past ? "&at=" + Uri.EscapeDataString(past.ToString("O", System.Globalization.CultureInfo.InvariantCulture)) : "")}");

    private Task<JsonElement> GetAsync(string query) => server.GetAsync("/api/decisions?" + query);
}
