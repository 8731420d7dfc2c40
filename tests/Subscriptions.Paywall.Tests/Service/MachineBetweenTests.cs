using System.Net;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Service;

/// <summary>A gateway, firewall or proxy answers in the service's place. What it says is not the service's word on any reader.</summary>
[TestFixtureSource(nameof(Answers))]
public sealed class MachineBetweenTests(int status, string contentType, string body) : SiteFixture
{
    private static IEnumerable<TestFixtureData> Answers()
    {
        yield return new TestFixtureData(403, "application/json", """{"message":"Forbidden"}""");
        yield return new TestFixtureData(404, "application/json", """{"message":"no Route matched with those values"}""");
        yield return new TestFixtureData(401, "application/json", """{"type":"urn:subscriptions:session-ended"}""");
        yield return new TestFixtureData(401, "application/problem+json", """{"title":"Unauthorized"}""");
        yield return new TestFixtureData(400, "application/problem+json", """{"type":"about:blank"}""");
        yield return new TestFixtureData(404, "application/problem+json", """{"type":"urn:subscriptions:not-found"}""");
        yield return new TestFixtureData(409, "application/problem+json", "null");
        yield return new TestFixtureData(404, "application/problem+json", "not json");
        yield return new TestFixtureData(404, "text/html", "<h1>404</h1>");
        yield return new TestFixtureData(200, "application/json", """{"message":"Hello"}""");
    }

    [Test]
    public async Task A_reader_seen_entitled_reads_on()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        StandBetween();
        for (var i = 0; i < 5; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(6));
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }
    }

    [Test]
    public async Task Nobody_is_signed_out()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        StandBetween();
        Clock.Advance(TimeSpan.FromHours(2));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies, Does.ContainKey("__courier_pass").And.ContainKey("__courier_handle"));
        Service.Between = null;
        Clock.Advance(TimeSpan.FromHours(8));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True, "the handle is as good as before");
    }

    [Test]
    public async Task A_gift_is_not_spent()
    {
        Service.Policy = """{"giftsPerMonth":10,"networks":[],"openRegions":[]}""";
        Service.Gifts["gift-1"] = (1, []);
        var site = await SiteAsync();
        using var browser = site.Open();
        await browser.GetAsync("/gated?gift=" + Service.IssueGift("gift-1", "/gated"));

        StandBetween();
        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Service.Between = null;
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_sign_in_is_not_called_used_up()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        using var atService = new Browser(Service.Address);
        var callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!;

        StandBetween();
        Assert.That((await browser.GetAsync(callback)).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    private void StandBetween()
    {
        Service.Between = (status, contentType, body);
        Service.CutFeed();
    }
}
