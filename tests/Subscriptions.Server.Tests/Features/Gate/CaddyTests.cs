using System.Net;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Tests.Features.Sites;

namespace Subscriptions.Server.Tests.Features.Gate;

/// <summary>The example of the documentation, in Debian's Caddy, in front of a website that knows nothing of subscriptions.</summary>
internal sealed class CaddyTests
{
    private CaddyStage stage = null!;
    private string reader = "";
    private (string, string) subscriber;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        stage = await CaddyStage.StartAsync("--Sites:0:Rules:0:Path=/free/**", "--Sites:0:Rules:0:Requires=free", "--Sites:0:Rules:1:Path=/news/**", "--Sites:0:Rules:1:Requires=metered", "--Metering:Articles=1",
            "--Crawlers:0:Name=Searchbot", "--Crawlers:0:UserAgent=Searchbot", "--Crawlers:0:Ranges=192.0.2.0/24");
        reader = (await stage.Server.ReaderAsync("sub@example.com", "Sub Scriber")).Value;
        using var given = await stage.Server.PostAsync($"/api/readers/{reader}/grants", """{"kind":"Complimentary"}""");
        Assert.That(given.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        subscriber = ("Cookie", "__courier_pass=" + await SignedIn.PassAndHandleAsync(stage.Server.Service.Services, ReaderId.From(reader)));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await stage.DisposeAsync();

    [Test]
    public async Task A_stranger_gets_the_offer_and_a_subscriber_the_article()
    {
        var refused = await stage.RawAsync("/articles/a");
        var read = await stage.RawAsync("/articles/a", subscriber);
        Assert.Multiple(() =>
        {
            Assert.That(RawQuestion.StatusOf(refused), Is.EqualTo(402), refused);
            Assert.That(refused, Does.Contain("Subscribe to read on").And.Not.Contain(GatedWebsite.Article));
            Assert.That(RawQuestion.StatusOf(read), Is.EqualTo(200), read);
            Assert.That(read, Does.Contain($"{GatedWebsite.Article}, reader {reader}<"));
        });
    }

    [TestCase("/free/a", 200)]
    [TestCase("/gate/sign-in?to=/", 302)]
    [TestCase("/gate/check", 404)]
    [TestCase("/gate/refused", 404)]
    [TestCase("/gate/support", 404)]
    public async Task Each_page_is_for_whom_it_asks(string target, int stranger)
    {
        var answer = await stage.RawAsync(target);
        Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(stranger), answer);
    }

    [Test]
    public async Task An_article_that_is_counted_is_counted_in_the_browser()
    {
        var first = await stage.RawAsync("/news/a");
        var cookie = first.Split("\r\n").Single(line => line.StartsWith("Set-Cookie: __courier_meter=", StringComparison.Ordinal))["Set-Cookie: ".Length..].Split(';')[0];
        Assert.That(RawQuestion.StatusOf(await stage.RawAsync("/news/b", ("Cookie", cookie))), Is.EqualTo(402));
    }

    [TestCase("X-Subscription-Requirement", "free")]
    [TestCase("X-Original-URL", "http://localhost/free/a")]
    [TestCase("X-Original-URL", "/free/a")]
    [TestCase("X-Original-Method", "HEAD")]
    [TestCase("X-Subscription-Client-Address", "192.0.2.1")]
    [TestCase("X-Forwarded-For", "192.0.2.1")]
    [TestCase("X-Rewrite-URL", "/free/a")]
    public async Task Nothing_that_a_client_sends_opens_an_article(string header, string value)
    {
        var answer = await stage.RawAsync("/articles/a", (header, value), ("X-Subscription-Site-Key", RunningService.SiteKey), ("User-Agent", "Searchbot/1.0"));
        Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(402), answer);
        Assert.That(answer, Does.Not.Contain(GatedWebsite.Article));
    }

    [TestCase("X-Subscription-Reader")]
    [TestCase("x-subscription-reader")]
    [TestCase("X_Subscription_Reader")]
    [TestCase("X-Subscription_Reader")]
    [TestCase("X_Subscription-Reader")]
    public async Task Nobody_tells_the_website_by_herself_who_reads(string header)
    {
        Assert.That(await stage.RawAsync("/free/a", (header, "rdr_somebody")), Does.Contain(GatedWebsite.Free).And.Not.Contain("rdr_somebody"));
        Assert.That(await stage.RawAsync("/articles/a", (header, "rdr_somebody"), subscriber), Does.Contain($"reader {reader}<").And.Not.Contain("rdr_somebody"));
    }

    [TestCase("X-Rewrite-URL")]
    [TestCase("X-Original-URL")]
    [TestCase("X-Forwarded-Prefix")]
    public async Task No_header_makes_the_website_serve_another_page_than_the_one_that_was_gated(string header) =>
        Assert.That(await stage.RawAsync("/free/a", (header, "/articles/a")), Does.Contain(GatedWebsite.Free).And.Not.Contain(GatedWebsite.Article));

    [TestCase("/free/../articles/a")]
    [TestCase("/free/..%2farticles/a")]
    [TestCase("/free/..;/articles/a")]
    [TestCase("/free/%252e%252e/articles/a")]
    [TestCase("/free/..%5carticles%5ca")]
    [TestCase("/free/..\\articles\\a")]
    [TestCase("/free//articles/a")]
    [TestCase("//articles/a")]
    [TestCase("/free/a#/../../articles/a")]
    [TestCase("/premium;v=1/a")]
    [TestCase("/gate/../support")]
    public async Task An_address_that_can_be_read_in_two_ways_is_nobodys(string target)
    {
        foreach (var headers in ((string, string)[][])[[], [subscriber]])
        {
            var answer = await stage.RawAsync(target, headers);
            Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(400), answer);
            Assert.That(answer, Does.Not.Contain(GatedWebsite.Article).And.Not.Contain(GatedWebsite.Premium));
        }
    }

    [Test]
    public async Task No_cache_on_the_way_is_told_to_keep_a_gated_page() =>
        Assert.That(await stage.RawAsync("/articles/a", subscriber), Does.Contain(GatedWebsite.Article).And.Contain("Cache-Control: private, no-store").And.Contain("Vary: Cookie").And.Not.Match("[^0-9]600"));

    [Test]
    public async Task While_the_service_is_gone_nobody_is_let_in_and_everybody_is_told_that_the_fault_is_ours()
    {
        foreach (var target in (string[])["/articles/a", "/free/a", "/gate/sign-in?to=/"])
        {
            var answer = await CaddyStage.RawAsync(stage.Orphan, target, subscriber);
            Assert.That(RawQuestion.StatusOf(answer), Is.EqualTo(503), answer);
            Assert.That(answer, Does.Contain("The fault is ours").And.Contain("Retry-After: 30").And.Not.Contain(GatedWebsite.Article).And.Not.Contain(GatedWebsite.Free));
        }
    }
}
