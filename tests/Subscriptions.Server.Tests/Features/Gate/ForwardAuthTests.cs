using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Server.Tests.Features.Sites;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>What a web server that asks before it serves a page is told.</summary>
internal sealed class ForwardAuthTests
{
    private const string Second = "https://m.courier.example";
    private ApiCaller server = null!;
    private string subscriber = "", registered = "";
    private string pass = "", otherPass = "";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync(
            $"--Sites:0:Origins:0={RunningService.Site}", $"--Sites:0:Origins:1={Second}", "--Metering:Articles=2", "--Sites:0:Rules:0:Path=/free/**", "--Sites:0:Rules:0:Requires=free", "--Sites:0:Rules:1:Path=/archive/**",
            "--Sites:0:Rules:1:Requires=subscriber:archive", "--Sites:0:Rules:3:Path=/über/**", "--Sites:0:Rules:3:Requires=free", "--Sites:0:Rules:2:Path=/news/**", "--Sites:0:Rules:2:Requires=metered",
            "--Crawlers:0:Name=Searchbot", "--Crawlers:0:UserAgent=Searchbot", "--Crawlers:0:Ranges=192.0.2.0/24", "--OpenRegions:0:Region=UA");
        (subscriber, registered) = ((await server.ReaderAsync("sub@example.com", "Sub Scriber")).Value, (await server.ReaderAsync("reg@example.com", "Reg Istered")).Value);
        using var given = await server.PostAsync($"/api/readers/{subscriber}/grants", """{"kind":"Complimentary"}""");
        Assert.That(given.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        pass = await SignedIn.PassAndHandleAsync(server.Service.Services, ReaderId.From(subscriber));
        otherPass = await SignedIn.PassAndHandleAsync(server.Service.Services, ReaderId.From(registered));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_page_without_a_rule_is_for_subscribers()
    {
        var stranger = await AskAsync("/articles/a");
        var reader = await AskAsync("/articles/a", otherPass);
        var allowed = await AskAsync("/articles/a", pass);
        Assert.Multiple(() =>
        {
            Assert.That((stranger.Status, stranger.Told("Reason"), stranger.Told("Next-Step")), Is.EqualTo((401, "NotSignedIn", "SignIn")));
            Assert.That(stranger.Told("Sign-In-Url"), Is.EqualTo("/gate/sign-in?to=%2Farticles%2Fa"));
            Assert.That((reader.Status, reader.Told("Reason"), reader.Told("Reader")), Is.EqualTo((403, "NotSubscribed", registered)));
            Assert.That(reader.Told("Offer-Url"), Does.StartWith(server.Service.Address + "subscribe?return="));
            Assert.That((allowed.Status, allowed.Told("Outcome"), allowed.Told("Reason"), allowed.Told("Grant-Kind"), allowed.Told("Reader")), Is.EqualTo((200, "Allowed", "Granted", "Complimentary", subscriber)));
            Assert.That(allowed.Headers.CacheControl!.ToString(), Is.EqualTo("no-store, private"));
        });
    }

    [TestCase("/free/a", 200)]
    [TestCase("/FREE//a/", 200)]
    [TestCase("/free/a?x=/../y", 200)]
    [TestCase("/free/../articles/a", 401)]
    [TestCase("/free/..%2farticles/a", 401)]
    [TestCase("/free/%2e%2e/articles/a", 401)]
    [TestCase("/free/..;/articles/a", 401)]
    [TestCase("/free/..%5carticles%5ca", 401)]
    [TestCase("/free/%252e%252e/articles/a", 401)]
    [TestCase("/articles/a#/free/a", 403)]
    [TestCase("/free/a#/../../articles/a", 403)]
    [TestCase("/articles/%2e%2e/free/a", 401)]
    [TestCase("/%66ree/a", 200)]
    [TestCase("/%C3%BCber/a", 200)]
    public async Task The_strictest_reading_of_an_address_counts(string target, int status) => Assert.That((await AskAsync(target)).Status, Is.EqualTo(status));

    [TestCase("/archive/1868", 403)]
    [TestCase("/Archive/1868", 403)]
    [TestCase("/articles/../archive/1868", 403)]
    [TestCase("/free/..;/archive/1868", 403)]
    [TestCase("/articles/a", 200)]
    public async Task A_rule_that_asks_for_more_is_met_by_more_only(string target, int status) => Assert.That((await AskAsync(target, pass)).Status, Is.EqualTo(status));

    [TestCase("")]
    [TestCase("free")]
    [TestCase("https://")]
    [TestCase("http://localhost:5080?/free/a")]
    [TestCase("http://localhost:5080\\free/a")]
    [TestCase("ftp://localhost/free/a")]
    [TestCase("javascript:alert(1)")]
    public async Task Without_an_address_nobody_is_let_in(string original)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/gate/check");
        request.Headers.TryAddWithoutValidation("Cookie", $"__courier_pass={pass}");
        request.Headers.TryAddWithoutValidation("X-Original-URL", original);
        using var answer = await server.Http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("free", 200)]
    [TestCase("registered", 401)]
    [TestCase("subscriber:archive", 401)]
    [TestCase("fre", 401)]
    [TestCase("free,free", 401)]
    public async Task What_is_asked_counts_with_the_sites_key(string requirement, int status)
    {
        Assert.That((await AskAsync("/articles/a", null, Key(), ("X-Subscription-Requirement", requirement))).Status, Is.EqualTo(status));
        foreach (var none in (string[])["", "wrong-key-of-somebody", RunningService.SiteKey + "x", RunningService.ApiKey])
        {
            Assert.That((await AskAsync("/articles/a", null, ("X-Subscription-Site-Key", none), ("X-Subscription-Requirement", requirement))).Status, Is.EqualTo(401), none);
        }
    }

    [Test]
    public async Task Without_the_sites_key_a_question_can_ask_for_more_than_the_rules_do_and_is_told_of_its_key()
    {
        foreach (var key in (string[])["", "SITE-KEY"])
        {
            var told = await AskAsync("/free/a", otherPass, ("X-Subscription-Site-Key", key), ("X-Subscription-Requirement", "subscriber:archive"));
            Assert.That((told.Status, told.Told("Requirement")), Is.EqualTo((403, "subscriber:archive")));
            Assert.That(told.Told("Problem"), key.Length == 0 ? Is.Null : Does.Contain("no site's key"));
        }
    }

    [Test]
    public async Task An_origin_that_is_not_registered_is_told_and_a_registered_one_is_not()
    {
        foreach (var (origin, told) in ((string, bool)[])[("http://elsewhere.example", true), (RunningService.Site, false), (RunningService.Site.ToUpperInvariant(), false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/gate/check");
            request.Headers.TryAddWithoutValidation("X-Original-URL", origin + "/articles/a");
            request.Headers.TryAddWithoutValidation("X-Subscription-Site-Key", RunningService.SiteKey);
            using var answer = await server.Http.SendAsync(request);
            Assert.That((answer.StatusCode, answer.Headers.Contains("X-Subscription-Problem")), Is.EqualTo((HttpStatusCode.Unauthorized, told)), origin);
        }
    }

    [Test]
    public async Task Where_a_browser_asked_is_told_by_its_host_whatever_scheme_the_web_server_sees()
    {
        foreach (var (host, original, callback) in ((string, string?, string)[])
            [("m.courier.example", null, Second), ("m.courier.example", "http://m.courier.example/gate/sign-in", Second), ("m.courier.example:443", "/gate/sign-in", Second),
                ("gate.internal:8080", "http://m.courier.example/gate/sign-in", Second),
                ("courier:99999", null, RunningService.Site), ("courier:99999", "http://courier:99999/gate/sign-in", RunningService.Site)])
        {
            (string, string)[] told = original is null ? [Key()] : [Key(), ("X-Original-URL", original)];
            var answer = await RawQuestion.SendAsync(server.Service.Address.Port, host, "/gate/sign-in?to=/a", told);
            Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(302), answer);
            Assert.That(answer, Does.Contain("return=" + Uri.EscapeDataString(callback + "/gate/callback")), $"{host} {original}");
            // Whoever believed an alarm would name an origin with http, and sign-ins would come back there.
            Assert.That(answer.Contains("X-Subscription-Problem", StringComparison.Ordinal), Is.False, answer);
        }
    }

    [TestCase("http://m.courier.example/articles/a", false)]
    [TestCase("http://m.courier.example:80/articles/a", false)]
    [TestCase("http://m.courier.example:443/articles/a", false)]
    [TestCase("HTTP://M.COURIER.EXAMPLE/articles/a", false)]
    [TestCase("https://m.courier.example:443/articles/a", false)]
    [TestCase("http://m.courier.example:8080/articles/a", true)]
    [TestCase("http://m.courier.example.elsewhere.example/articles/a", true)]
    [TestCase("https://elsewhere.example/articles/a", true)]
    public async Task An_address_that_differs_from_an_origin_by_its_scheme_alone_is_no_mistake(string original, bool told)
    {
        var answer = await RawQuestion.SendAsync(server.Service.Address.Port, "m.courier.example", "/gate/check", Key(), ("X-Original-URL", original));
        Assert.That((RawQuestion.StatusOf(answer), answer.Contains("X-Subscription-Problem", StringComparison.Ordinal)), Is.EqualTo((401, told)), answer);
    }

    [Test]
    public async Task A_form_of_the_sites_own_page_is_no_strangers()
    {
        foreach (var (origin, status) in ((string, HttpStatusCode)[])[(Second, HttpStatusCode.SeeOther), ("https://elsewhere.example", HttpStatusCode.Forbidden)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/gate/sign-out") { Headers = { Host = "m.courier.example" }, Content = new FormUrlEncodedContent([]) };
            request.Headers.TryAddWithoutValidation("Origin", origin);
            using var answer = await server.Http.SendAsync(request);
            Assert.That(answer.StatusCode, Is.EqualTo(status), origin);
        }
    }

    [Test]
    public async Task A_way_back_that_is_too_long_for_the_headers_of_an_answer_is_the_front_page()
    {
        var carried = await AskAsync("/articles/" + string.Concat(Enumerable.Repeat("%C3%A4", 60)));
        var tooLong = await AskAsync("/articles/" + string.Concat(Enumerable.Repeat("%C3%A4", 180)));
        Assert.That(carried.Told("Sign-In-Url"), Does.StartWith("/gate/sign-in?to=%2Farticles%2F%25C3%25A4"));
        Assert.That((tooLong.Status, tooLong.Told("Sign-In-Url")), Is.EqualTo((401, "/gate/sign-in?to=%2F")));
        Assert.That(tooLong.Told("Offer-Url"), Does.EndWith("return=" + Uri.EscapeDataString(RunningService.Site + "/")));
    }

    [Test]
    public async Task A_registered_reader_meets_registered_and_nothing_more()
    {
        Assert.That((await AskAsync("/x", otherPass, Key(), ("X-Subscription-Requirement", "registered"))).Status, Is.EqualTo(200));
        Assert.That((await AskAsync("/x", otherPass, Key(), ("X-Subscription-Requirement", "subscriber"))).Status, Is.EqualTo(403));
    }

    [Test]
    public async Task Address_and_region_of_the_visitor_count_with_the_sites_key_alone()
    {
        (string, string)[] crawler = [("X-Subscription-Client-Address", "192.0.2.9"), ("User-Agent", "Searchbot/1.0")];
        Assert.That((await AskAsync("/articles/a", null, [Key(), .. crawler])).Told("Grant-Kind"), Is.EqualTo("Crawler"));
        Assert.That((await AskAsync("/articles/a", null, crawler)).Status, Is.EqualTo(401));
        Assert.That((await AskAsync("/articles/a", null, [Key(), ("X-Forwarded-For", "192.0.2.9"), ("User-Agent", "Searchbot/1.0")])).Status, Is.EqualTo(401));
        Assert.That((await AskAsync("/articles/a", null, Key(), ("X-Subscription-Region", "UA"))).Told("Grant-Kind"), Is.EqualTo("Region"));
        Assert.That((await AskAsync("/articles/a", null, ("X-Subscription-Region", "UA"))).Status, Is.EqualTo(401));
    }

    [Test]
    public async Task A_metered_page_is_counted_for_the_reader_wherever_she_reads()
    {
        var reader = (await server.ReaderAsync("met@example.com", "Met Ered")).Value;
        var hers = await SignedIn.PassAndHandleAsync(server.Service.Services, ReaderId.From(reader));
        Assert.That((await AskAsync("/news/a", hers)).Told("Meter-Left"), Is.EqualTo("1"));
        Assert.That((await AskAsync("/news/a", hers)).Told("Meter-Left"), Is.EqualTo("1"));
        Assert.That((await AskAsync("/news/b", hers)).Told("Meter-Left"), Is.EqualTo("0"));
        var usedUp = await AskAsync("/news/c", hers);
        Assert.That((usedUp.Status, usedUp.Told("Reason")), Is.EqualTo((403, "MeterUsedUp")));
    }

    [Test]
    public async Task A_forged_or_foreign_pass_is_nobodys()
    {
        var foreign = (await server.Service.Services.GetRequiredService<ReaderPass>().IssueAsync("another", ReaderId.From(subscriber), "ses_1")).Pass;
        foreach (var bad in (string[])[foreign, pass.Split(';')[0][..^4] + "AAAA", "x.y.z", "e30.e30."])
        {
            Assert.That((await AskAsync("/articles/a", bad)).Status, Is.EqualTo(401), bad);
        }
    }

    [Test]
    public async Task A_change_is_known_at_the_gate_within_two_seconds()
    {
        var reader = (await server.ReaderAsync("chg@example.com", "Chan Ged")).Value;
        var hers = await SignedIn.PassAndHandleAsync(server.Service.Services, ReaderId.From(reader));
        Assert.That((await AskAsync("/articles/a", hers)).Status, Is.EqualTo(403));
        using var given = await server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""");
        var grant = (await ApiCaller.JsonAsync(given)).GetProperty("id").GetString();
        await StatusBecomesAsync(hers, 200);
        using var withdrawn = await server.PostAsync($"/api/grants/{grant}/withdraw");
        await StatusBecomesAsync(hers, 403);
    }

    [Test]
    public async Task Who_is_refused_gets_the_same_answer_as_from_the_middleware()
    {
        using var page = await SendAsync("/gate/refused", "/articles/a?x=1", otherPass, ("Accept", "text/html"));
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain("Subscribe to read on"));
        using var program = await SendAsync("/gate/refused", "/articles/a", otherPass, ("Accept", "application/json"));
        Assert.That(program.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That((await ApiCaller.JsonAsync(program)).GetProperty("offerUrl").GetString(), Does.EndWith("/subscribe?return=" + Uri.EscapeDataString(RunningService.Site + "/articles/a")));
        using var allowed = await SendAsync("/gate/refused", "/articles/a?x=1", pass);
        Assert.That((allowed.StatusCode, allowed.Headers.Location!.OriginalString), Is.EqualTo((HttpStatusCode.Redirect, "/articles/a?x=1")));
        using var silent = await SendAsync("/gate/refused", "/articles/a", null, ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));
        Assert.That(silent.Headers.Location!.OriginalString, Does.StartWith(server.Service.Address + "sign-in/authorize?site=courier&return=" + Uri.EscapeDataString(RunningService.Site + "/gate/callback")));
    }

    [TestCase("https://elsewhere.example", "", HttpStatusCode.PaymentRequired)]
    [TestCase("https://elsewhere.example", RunningService.SiteKey, HttpStatusCode.PaymentRequired)]
    [TestCase("https://m.courier.example:8443", RunningService.SiteKey, HttpStatusCode.PaymentRequired)]
    [TestCase("https://m.courier.example", RunningService.SiteKey, HttpStatusCode.Redirect)]
    [TestCase("http://m.courier.example", RunningService.SiteKey, HttpStatusCode.Redirect)]
    public async Task Who_is_refused_at_an_origin_that_is_not_registered_is_not_led_to_the_callback_of_another(string origin, string key, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/gate/refused") { Headers = { Host = new Uri(origin).Authority } };
        foreach (var (name, value) in ((string, string)[])[("X-Original-URL", origin + "/articles/a"), ("X-Subscription-Site-Key", key), ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await server.Http.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task The_way_back_is_the_address_that_was_asked_for_and_the_front_page_where_the_request_did_something()
    {
        Assert.That((await AskAsync("/articles/a?x=1", null, ("Accept", "application/json"), ("Sec-Fetch-Dest", "empty"))).Told("Sign-In-Url"), Is.EqualTo("/gate/sign-in?to=%2Farticles%2Fa%3Fx%3D1"));
        Assert.That((await AskAsync("/articles/a/comments", null, Key(), ("X-Original-Method", "POST"))).Told("Sign-In-Url"), Is.EqualTo("/gate/sign-in?to=%2F"));
        using var program = await SendAsync("/gate/refused", "/articles/a/comments", null, Key(), ("X-Original-Method", "POST"), ("Accept", "application/json"));
        Assert.That((await ApiCaller.JsonAsync(program)).GetProperty("signInUrl").GetString(), Is.EqualTo("/gate/sign-in?to=%2F"));
    }

    private static (string, string) Key() => ("X-Subscription-Site-Key", RunningService.SiteKey);

    private async Task StatusBecomesAsync(string hers, int status)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while ((await AskAsync("/articles/a", hers)).Status != status)
        {
            Assert.That(TimeProvider.System.GetElapsedTime(begun), Is.LessThan(TimeSpan.FromSeconds(10)));
        }
    }

    private async Task<(int Status, System.Net.Http.Headers.HttpResponseHeaders Headers, Func<string, string?> Told)> AskAsync(string target, string? hers = null, params (string Name, string Value)[] more)
    {
        using var answer = await SendAsync("/gate/check", target, hers, more);
        var headers = answer.Headers;
        return ((int)answer.StatusCode, headers, name => headers.TryGetValues("X-Subscription-" + name, out var values) ? values.Single() : null);
    }

    private Task<HttpResponseMessage> SendAsync(string path, string target, string? hers, params (string Name, string Value)[] more)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("X-Original-URL", RunningService.Site + target);
        if (hers is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", $"__courier_pass={hers}");
        }

        foreach (var (name, value) in more)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return server.Http.SendAsync(request);
    }
}
