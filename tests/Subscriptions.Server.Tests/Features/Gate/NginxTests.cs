using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Server.Tests.Features.Sites;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example of the documentation, in Debian's nginx, in front of a website that knows nothing of subscriptions.</summary>
internal sealed class NginxTests
{
    private NginxStage stage = null!;
    private (string, string) subscriber, archivist;

    private ApiCaller Server => stage.Server;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        stage = await NginxStage.StartAsync(
            "--Sites:0:Rules:0:Path=/free/**", "--Sites:0:Rules:0:Requires=free", "--Sites:0:Rules:1:Path=/archive/**", "--Sites:0:Rules:1:Requires=subscriber:archive",
            "--Crawlers:0:Name=Searchbot", "--Crawlers:0:UserAgent=Searchbot", "--Crawlers:0:Ranges=192.0.2.0/24");
        subscriber = await PassOfAsync("sub@example.com", """{"kind":"Complimentary"}""");
        archivist = await PassOfAsync("arc@example.com", """{"kind":"Complimentary","entitlements":["archive"]}""");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await stage.DisposeAsync();

    [Test]
    public async Task A_reader_signs_in_under_the_sites_own_host_and_reads()
    {
        var reader = await Server.ReaderAsync("walk@example.com", "Walk Er", RunningService.Password);
        using var browser = new Browser(stage.Site);
        var offer = await browser.GetAsync("/articles/a");
        Assert.That((offer.Status, offer.Heading), Is.EqualTo((HttpStatusCode.PaymentRequired, "Subscribe to read on")));
        Assert.That(offer.Text, Does.Not.Contain(GatedWebsite.Article));

        var form = await browser.GetAsync(offer.Link("Sign in"));
        var refused = await browser.SubmitAsync(form, "Sign in", ("email", "walk@example.com"), ("password", RunningService.Password));
        Assert.That((refused.Url.AbsolutePath, refused.Status), Is.EqualTo(("/articles/a", HttpStatusCode.PaymentRequired)), refused.Text);

        await GiveAsync(reader.Value, """{"kind":"Complimentary"}""");
        var article = await UntilAsync(browser, "/articles/a", HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(article.Text, Does.Contain(GatedWebsite.Article).And.Contain($"reader {reader.Value}"));
            Assert.That(article.Response.Headers.CacheControl!.ToString(), Is.EqualTo("no-store, private"));
            Assert.That(article.Response.Headers.Vary, Does.Contain("Cookie"));
        });
        Assert.That((await browser.GetAsync("/premium/a")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired), "the part that asks for more");

        using var signedOut = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(stage.Site, "/gate/sign-out")) { Content = new FormUrlEncodedContent([]) });
        Assert.That((int)signedOut.StatusCode, Is.EqualTo(303));
        Assert.That((await browser.GetAsync("/articles/a")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
    }

    [TestCase("X-Subscription-Requirement", "free")]
    [TestCase("X-Original-URL", "http://localhost/free/a")]
    [TestCase("X-Original-URL", "/free/a")]
    [TestCase("X-Original-Method", "HEAD")]
    [TestCase("X-Subscription-Site-Key", RunningService.SiteKey)]
    [TestCase("X-Subscription-Client-Address", "192.0.2.1")]
    [TestCase("X-Forwarded-For", "192.0.2.1")]
    [TestCase("X-Subscription-Region", "UA")]
    [TestCase("X-Rewrite-URL", "/free/a")]
    public async Task Nothing_that_a_client_sends_opens_an_article(string header, string value)
    {
        using var browser = new Browser(stage.Site);
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head, HttpMethod.Post])
        {
            using var request = new HttpRequestMessage(method, new Uri(stage.Site, "/articles/a"));
            request.Headers.TryAddWithoutValidation(header, value);
            request.Headers.TryAddWithoutValidation("X-Subscription-Site-Key", RunningService.SiteKey);
            request.Headers.TryAddWithoutValidation("User-Agent", "Searchbot/1.0");
            using var answer = await browser.SendAsync(request);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.PaymentRequired), method.Method);
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain(GatedWebsite.Article));
        }
    }

    [TestCaseSource(nameof(WaysToMisread))]
    public async Task An_address_that_can_be_read_in_two_ways_is_nobodys(string target)
    {
        foreach (var headers in ((string, string)[][])[[], [subscriber], [archivist]])
        {
            var answer = await stage.RawAsync(target, headers);
            Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(400), answer);
            Assert.That(answer, Does.Not.Contain(GatedWebsite.Article).And.Not.Contain(GatedWebsite.Premium));
        }
    }

    private static string[] WaysToMisread =>
    [
        "/assets%2fx/../articles/a", "/assets%2Fx/%2e%2e/articles/a", "/assets/../articles/a", "/assets/%2E%2e/articles/a", "/assets/.%2e/articles/a", "/assets/..;/articles/a",
        "/assets/..%3b/articles/a", "/assets/..%5carticles%5ca", "/assets/..\\articles\\a", "/assets/x/..", "/assets/x/..?y", "/assets//articles/a", "//assets/a", "//articles//a",
        "/free/../articles/a", "/free/..%2farticles/a", "/free/%252e%252e/articles/a", "/free/..;/premium/a", "/./articles/a", "/articles/a/.",
        "/x%2fy/../premium/a", "/premium;v=1/a", "/premium%3Bv=1/a", "/premium\\a", "/premium%5Ca", "/premium%2fa", "/x/../premium/a", "/%252e/premium/a", "/premium%252fa", "/;/premium/a",
        "/x%2fy/../archive/a", "/archive;v=1/a", "/archive\\a", "/gate%2fx/../support", "/gate/../support", "/gate/sign-in/%2e%2e/%2e%2e/support", "/gate\\..\\support",
        "/free/a#/../../articles/a", "/assets/x#/../../articles/a", "/free/a?x#/../articles/a", "http://elsewhere.example/assets/../articles/a", "http://elsewhere.example/assets%2fx/../articles/a",
    ];

    [TestCase("/articles/a", 402, 200)]
    [TestCase("/Articles/a/", 402, 200)]
    [TestCase("/%61rticles/a", 402, 200)]
    [TestCase("/articles/a?to=/../assets/%2f;x//y", 402, 200)]
    [TestCase("http://elsewhere.example/articles/a", 402, 200)]
    [TestCase("/premium/a", 402, 402)]
    [TestCase("/PREMIUM/a", 402, 402)]
    [TestCase("/%70remium/a", 402, 402)]
    [TestCase("/premium/a?x=/free/a", 402, 402)]
    [TestCase("/archive/a", 402, 402)]
    [TestCase("/ARCHIVE/a", 402, 402)]
    [TestCase("/%61rchive/a", 402, 402)]
    [TestCase("/free/a", 200, 200)]
    [TestCase("/free/a?to=https://elsewhere.example/../x;y", 200, 200)]
    [TestCase("/assets/a", 200, 200)]
    [TestCase("/assets/site-1.min.css?v=1.2", 200, 200)]
    [TestCase("/assets/index.php/articles", 404, 404)]
    [TestCase("/assets/a?p=7", 404, 404)]
    [TestCase("/assets/%61", 404, 404)]
    [TestCase("/gate/check", 404, 404)]
    [TestCase("/gate/refused", 404, 404)]
    [TestCase("/gate/support", 404, 404)]
    [TestCase("/gate/sign-in/x", 404, 404)]
    [TestCase("/_gate/check", 404, 404)]
    public async Task Each_page_is_for_whom_it_asks(string target, int stranger, int reader)
    {
        var isPremium = target.Contains("remium", StringComparison.OrdinalIgnoreCase) || target.Contains("rchive", StringComparison.OrdinalIgnoreCase);
        await AnswersAsync(target, stranger, []);
        await AnswersAsync(target, reader, [subscriber]);
        await AnswersAsync(target, isPremium ? 200 : reader, [archivist]);
    }

    private async Task AnswersAsync(string target, int status, (string, string)[] headers)
    {
        var answer = await stage.RawAsync(target, headers);
        Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(status), answer);
        if (status != 200)
        {
            Assert.That(answer, Does.Not.Contain(GatedWebsite.Article).And.Not.Contain(GatedWebsite.Premium));
        }
    }

    [Test]
    public async Task No_cache_on_the_way_is_told_to_keep_a_gated_page()
    {
        var gated = await stage.RawAsync("/articles/a", subscriber);
        Assert.That(gated, Does.Contain(GatedWebsite.Article).And.Contain("Cache-Control: private, no-store").And.Contain("Vary: Cookie").And.Not.Match("[^0-9]600"));
        Assert.That(await stage.RawAsync("/premium/a", archivist), Does.Contain(GatedWebsite.Premium).And.Contain("Cache-Control: private, no-store").And.Not.Match("[^0-9]600"));
        Assert.That(await stage.RawAsync("/assets/a"), Does.Contain("CDN-Cache-Control: max-age=600"), "what is open may be kept");
    }

    [TestCase("X-Rewrite-URL")]
    [TestCase("X-Original-URL")]
    [TestCase("X-Forwarded-Prefix")]
    public async Task No_header_makes_the_website_serve_another_page_than_the_one_that_was_gated(string header)
    {
        foreach (var (open, closed) in ((string, string)[])[("/assets/a", "/articles/a"), ("/free/a", "/articles/a"), ("/articles/a", "/premium/a")])
        {
            var answer = await stage.RawAsync(open, (header, closed), subscriber);
            Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(200), answer);
            Assert.That(answer, Does.Contain(open.StartsWith("/articles", StringComparison.Ordinal) ? GatedWebsite.Article : GatedWebsite.Free), open);
        }
    }

    [Test]
    public async Task What_is_open_is_only_read()
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(stage.Site, "/assets/a"), new FormUrlEncodedContent([KeyValuePair.Create("p", "7")]));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(stage.Site, "/assets/a")));
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_long_address_of_letters_that_have_to_be_encoded_is_answered_as_any_other()
    {
        var page = "/articles/" + string.Concat(Enumerable.Repeat("%C3%A4", 235));
        Assert.That(RawQuestion.StatusOf(await stage.RawAsync(page)), Is.EqualTo(402));
        Assert.That(RawQuestion.StatusOf(await stage.RawAsync(page, subscriber)), Is.EqualTo(200));
        Assert.That(RawQuestion.StatusOf(await stage.RawAsync("/gate/sign-in?to=" + Uri.EscapeDataString(page))), Is.EqualTo(302));
        Assert.That(RawQuestion.StatusOf(await stage.RawAsync(page, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"), ("Accept", "text/html"))), Is.EqualTo(302));
    }

    [Test]
    public async Task What_the_gate_alone_may_say_never_comes_from_a_client()
    {
        foreach (var path in (string[])["/free/a", "/assets/a"])
        {
            using var browser = new Browser(stage.Site);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(stage.Site, path));
            request.Headers.TryAddWithoutValidation("X-Subscription-Reader", "rdr_somebody");
            using var answer = await browser.SendAsync(request);
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain("rdr_somebody"), path);
        }
    }

    private async Task<(string, string)> PassOfAsync(string email, string grant)
    {
        var reader = (await Server.ReaderAsync(email, "Rea Der")).Value;
        await GiveAsync(reader, grant);
        return ("Cookie", "__courier_pass=" + await SignedIn.PassAndHandleAsync(Server.Service.Services, ReaderId.From(reader)));
    }

    private async Task GiveAsync(string reader, string grant)
    {
        using var given = await Server.PostAsync($"/api/readers/{reader}/grants", grant);
        Assert.That(given.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    private static async Task<Page> UntilAsync(Browser browser, string path, HttpStatusCode status)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var page = await browser.GetAsync(path);
            if (page.Status == status || TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(10))
            {
                return page;
            }
        }
    }
}
