using System.Net;
using NUnit.Framework;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Sandbox.Tests.Newspaper;

/// <summary>
/// Attempts on the running newspaper: an article for subscribers, one that a rule about its address gates, and a metered one that is used up. The
/// gated words are in no answer to anybody who may not read them, and in the subscriber's they are.
/// </summary>
[TestFixture]
public sealed partial class BypassTests
{
    private BypassStage stage = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => stage = await BypassStage.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await stage.DisposeAsync();

    private static string[] Articles => [BypassStage.Subscribers, BypassStage.Metered, BypassStage.Archived];

    [TestCaseSource(nameof(Articles))]
    public async Task The_subscriber_sees_every_gated_word_in_page_and_json(string article)
    {
        var name = article.Split('/')[^1];
        string[] addresses = article.StartsWith("/archive", StringComparison.Ordinal) ? [article] : [article, "/api/articles/" + name, "/api/content/" + name];
        foreach (var address in addresses)
        {
            var text = await stage.GetAsync(address, stage.Subscriber);
            Assert.That(BypassStage.WordsOf(article), Is.Not.Empty);
            Assert.That(BypassStage.WordsOf(article).Where(words => !text.Contains(words, StringComparison.Ordinal)), Is.Empty, address);
        }
    }

    [TestCase("/articles", "the-last-chain-ferry")]
    [TestCase("/articles", "library-lights-on-till-ten")]
    [TestCase("/archive", "the-great-clock-gale")]
    [TestCase("/api/articles", "the-last-chain-ferry")]
    [TestCase("/api/content", "the-last-chain-ferry")]
    [TestCase("/api/content", "library-lights-on-till-ten")]
    public async Task However_an_address_is_written_nothing_is_in_the_answer(string folder, string name)
    {
        var targets = RawRequest.WaysToWrite(folder, name, BypassStage.Free).SelectMany(target => new[] { target, target + (target.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "format=json&amp=1&print=1&preview=true&gate=checked" });
        await Parallel.ForEachAsync(targets, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (target, _) => await IsClosedAsync("GET", target));
    }

    [TestCaseSource(nameof(Articles))]
    public async Task Whatever_method_and_headers_a_request_has_nothing_is_in_the_answer(string article)
    {
        string[] addresses = [article, "/api/content/" + article.Split('/')[^1], "/api/articles/" + article.Split('/')[^1]];
        (string, string)[] headers =
        [
            ("Range", "bytes=0-"), ("Range", "bytes=-200"), ("If-None-Match", "*"), ("If-Modified-Since", "Thu, 01 Jan 2099 00:00:00 GMT"), ("If-Match", "\"x\""), ("If-Range", "\"x\""),
            ("Accept", "application/json"), ("Accept", "text/plain"), ("Accept", "application/rss+xml"), ("Accept", "image/webp"), ("Accept", "application/xhtml+xml"), ("Accept", "text/markdown, */*;q=0.1"),
            ("Accept-Encoding", "gzip, br"), ("X-HTTP-Method-Override", "HEAD"), ("X-HTTP-Method", "GET"), ("X-Original-URL", BypassStage.Free), ("X-Rewrite-URL", BypassStage.Free),
            ("X-Forwarded-Prefix", "/x"), ("X-Forwarded-Host", "elsewhere.example"), ("X-Subscription-Requirement", "free"), ("X-Subscription-Reader", stage.SubscribersAccount.Id),
            ("X-Subscription-Site-Key", stage.SiteKey), ("Authorization", "Bearer " + stage.SiteKey), ("Authorization", "Bearer " + BypassStage.CookieOf(stage.Subscriber, "pass")),
            ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "empty"), ("X-Requested-With", "XMLHttpRequest"), ("Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"), ("Cache-Control", "only-if-cached"),
        ];
        foreach (var address in addresses)
        {
            foreach (var header in headers) await IsClosedAsync("GET", address, header);
            foreach (var method in (string[])["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "GOT"])
            {
                await IsClosedAsync(method, address);
                await IsClosedAsync(method, address, ("X-HTTP-Method-Override", "GET"));
            }
        }
    }

    [Test]
    public async Task A_crawler_is_believed_by_the_address_it_comes_from_and_by_nothing_that_it_says()
    {
        Assert.That(BypassStage.Gated(await stage.FromCrawlerAsync(BypassStage.Subscribers, "Gudgeonbot/1.0")), Is.Not.Empty, "the real one");
        Assert.That(BypassStage.Gated(await stage.FromCrawlerAsync(BypassStage.Subscribers, "Mozilla/5.0")), Is.Empty, "its address alone");
        string[] names = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "X-Originating-IP", "X-Subscription-Client-Address", "Client-IP"];
        foreach (var agent in (string[])["Gudgeonbot/1.0", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"])
        {
            await IsClosedAsync("GET", BypassStage.Subscribers, ("User-Agent", agent));
            await IsClosedAsync("GET", BypassStage.Subscribers, ("User-Agent", agent), ("Forwarded", $"for={BypassStage.CrawlersAddress}"));
            foreach (var name in names) await IsClosedAsync("GET", BypassStage.Subscribers, ("User-Agent", agent), (name, BypassStage.CrawlersAddress));
        }
    }

    [Test]
    public async Task What_a_cache_may_keep_of_the_subscribers_pages_has_nothing_gated_and_nothing_of_her()
    {
        var cache = new SharedCache(stage);
        string[] addresses =
        [
            "/", "/briefing", "/archive", "/sections/news", BypassStage.Free, .. Articles, "/api/articles/the-last-chain-ferry", "/api/content/the-last-chain-ferry", "/api/content/the-fourteen-is-back",
            "/gate/notice?for=/", "/gate/return?to=/", "/assets/courier.css", "/nowhere", "/sorry", BypassStage.Subscribers + "?gate=checked",
        ];
        foreach (var (first, then) in ((string?, string?)[])[(stage.Subscriber, stage.Other), (stage.Subscriber, stage.Stranger), (stage.Subscriber, null), (stage.Other, stage.Stranger)])
        {
            cache.Forget();
            foreach (var address in addresses) await cache.GetAsync(address, first);
            Assert.That(cache.Kept.Where(answer => answer.Contains("__courier_pass=", StringComparison.Ordinal) || answer.Contains("__courier_handle=", StringComparison.Ordinal)), Is.Empty);
            foreach (var address in addresses)
            {
                var got = await cache.GetAsync(address, then);
                // Who has read nothing may read a metered one by herself.
                Assert.That(BypassStage.Gated(got), then is null && address == BypassStage.Metered ? Is.Not.Empty : Is.Empty, address);
                Assert.That(got, Does.Not.Contain(stage.SubscribersAccount.Id).And.Not.Contain(stage.SubscribersAccount.Email), address);
            }
        }

        Assert.That(cache.Hits, Is.GreaterThan(0), "it keeps what it may");
    }

    private async Task IsClosedAsync(string method, string target, params (string Name, string Value)[] headers)
    {
        foreach (var cookies in (string[])[stage.Other, stage.Stranger])
        {
            var answer = await stage.RawAsync(method, target, cookies, headers);
            if (BypassStage.Gated(answer).FirstOrDefault() is { } words) Assert.Fail($"{method} {target} {string.Join(", ", headers)} as {(cookies == stage.Stranger ? "nobody" : "another reader")} gives “{words}”");
            if (answer.StartsWith("HTTP/1.1 5", StringComparison.Ordinal)) Assert.That(answer, Does.StartWith("HTTP/1.1 501").Or.StartWith("HTTP/1.1 505"), $"{method} {target} {string.Join(", ", headers)}");
        }
    }
}
