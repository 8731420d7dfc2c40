using System.Net;
using System.Net.Http.Headers;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Gate;

public sealed class GateEndpointsTests : SiteFixture
{
    private static readonly string[] Forms = ["/gate/dismiss", "/gate/sign-out"];

    [TestCase("application/x-www-form-urlencoded; charset=utf-7")]
    [TestCase("application/x-www-form-urlencoded; charset=utf-32")]
    [TestCase("application/x-www-form-urlencoded; charset=\"\"")]
    [TestCase("application/x-www-form-urlencoded; charset=ibm037")]
    [TestCase("multipart/form-data")]
    [TestCase("multipart/form-data; boundary=x; charset=utf-7")]
    public async Task A_form_that_cannot_be_read_is_the_senders_fault(string type)
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");

        foreach (var path in Forms)
        {
            using var content = new ByteArrayContent("to=%2Ffree&notice=x"u8.ToArray());
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            Assert.That((int)(await browser.SendAsync(HttpMethod.Post, path, content)).Status, Is.LessThan(500), path);
        }
    }

    [Test]
    public async Task A_form_in_utf_7_is_refused_and_changes_nothing()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");

        foreach (var path in Forms)
        {
            using var content = new ByteArrayContent("to=%2Ffree"u8.ToArray());
            content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded; charset=utf-7");
            Assert.That((await browser.SendAsync(HttpMethod.Post, path, content)).Status, Is.EqualTo(HttpStatusCode.BadRequest), path);
        }

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    // Under "Referrer-Policy: no-referrer" browsers hide the origin of a site's own forms, too.
    [TestCase("null", "same-origin", HttpStatusCode.SeeOther)]
    [TestCase("null", "same-site", HttpStatusCode.Forbidden)]
    [TestCase("null", "cross-site", HttpStatusCode.Forbidden)]
    [TestCase("null", null, HttpStatusCode.Forbidden)]
    [TestCase(null, "same-origin", HttpStatusCode.SeeOther)]
    [TestCase(null, "cross-site", HttpStatusCode.Forbidden)]
    [TestCase(null, null, HttpStatusCode.SeeOther)]
    [TestCase("https://evil.example", "same-origin", HttpStatusCode.Forbidden)]
    public async Task Only_the_sites_own_forms_are_taken(string? origin, string? fetchSite, HttpStatusCode status)
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        (string, string)[] headers = [.. Header("Origin", origin), .. Header("Sec-Fetch-Site", fetchSite)];

        foreach (var path in Forms)
            Assert.That((await browser.PostAsync(path, new() { ["to"] = "/" }, headers)).Status, Is.EqualTo(status), path);
    }

    [Test]
    public async Task A_sign_out_that_the_service_did_not_hear_says_so()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/gated");
        Service.Down = true;

        var page = await browser.PostAsync("/gate/sign-out", new() { ["to"] = "/free" });

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(page.Text, Does.Contain("You are signed out of this website only").And.Contain($"href=\"{Service.Address}/sign-out\""));
        Assert.That(Service.Handles, Is.Not.Empty, "the session goes on there");
        Service.Down = false;
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False, "here it has ended");
    }

    [Test]
    public async Task A_sign_out_of_a_session_that_is_over_already_is_a_sign_out()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = "a-handle-that-nobody-knows".PadRight(43, '_');

        Assert.That((await browser.PostAsync("/gate/sign-out", new() { ["to"] = "/free" })).Location, Is.EqualTo("/free"));
    }

    private static IEnumerable<(string, string)> Header(string name, string? value) => value is null ? [] : [(name, value)];
}
