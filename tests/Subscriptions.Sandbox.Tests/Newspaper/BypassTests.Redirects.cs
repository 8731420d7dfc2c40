using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Newspaper;

/// <summary>Addresses to lead back to that lead off the site, as browsers read them.</summary>
public sealed partial class BypassTests
{
    private static string[] Elsewhere =>
    [
        "//evil.example", "///evil.example", "////evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\r\n/evil.example",
        " //evil.example", "https://evil.example", "https:evil.example", "https:/evil.example", "http:\\\\evil.example", "//evil.example\\@localhost", "javascript:alert(1)", "data:text/html,x", "//localhost@evil.example",
        "/\u00a0/evil.example", "//evil%E3%80%82example", "\u2044/evil.example", "/%09/evil.example", "/%5cevil.example", "/%2fevil.example", "/.//evil.example", "/..//evil.example", "/gate/sign-in?to=/", "/GATE/sign-out", "/gate/return?to=//evil.example",
        "evil.example", "?to=//evil.example", "#//evil.example", "", "/\r\nLocation: https://evil.example", "/\r\nSet-Cookie: __courier_pass=x",
    ];

    [TestCaseSource(nameof(Elsewhere))]
    public async Task No_way_back_leads_off_the_site_or_round_in_a_circle(string to)
    {
        var escaped = Uri.EscapeDataString(to);
        foreach (var cookies in (string?[])[stage.Subscriber, null])
        {
            using var back = await stage.SendAsync(HttpMethod.Get, $"/gate/return?to={escaped}", cookies);
            StaysHere(back, to, "return");
            using var preview = await stage.SendAsync(HttpMethod.Get, $"/gate/preview?to={escaped}", cookies);
            StaysHere(preview, to, "the end of a preview");
            foreach (var path in (string[])["/gate/dismiss", "/gate/sign-out", "/gate/gift"])
            {
                // Nobody is signed out by it, whose cookies are needed for the next.
                using var posted = await PostAsync(path, path == "/gate/sign-out" ? null : cookies, ("to", to), ("notice", "x"), ("article", "/articles/the-eels-cannot-stop-winning"));
                if (posted.Headers.Location is not null) StaysHere(posted, to, path);
                Assert.That(await posted.Content.ReadAsStringAsync(), Does.Not.Contain("href=\"//").And.Not.Contain("href=\"https:").And.Not.Contain("href=\"javascript").And.Not.Contain("href=\"\\"), path);
            }
        }
    }

    [Test]
    public async Task A_sign_in_leads_back_to_the_site_whatever_was_asked()
    {
        using var browser = new Journeys.Support.FormBrowser();
        await browser.SignInAsync(stage.Newspaper, BypassStage.Free, stage.SubscribersAccount.Email, stage.SubscribersAccount.Password);
        var atService = browser.Jar.GetCookieHeader(stage.Service);
        foreach (var to in Elsewhere)
        {
            using var begun = await stage.SendAsync(HttpMethod.Get, "/gate/sign-in?to=" + Uri.EscapeDataString(to), null);
            Assert.That(begun.Headers.Location!.GetLeftPart(UriPartial.Authority), Is.EqualTo(stage.Service.GetLeftPart(UriPartial.Authority)), to);
            using var answered = await stage.SendAsync(HttpMethod.Get, begun.Headers.Location.AbsoluteUri, atService);
            Assert.That(answered.Headers.Location!.GetLeftPart(UriPartial.Path), Is.EqualTo(new Uri(stage.Newspaper, "/gate/callback").AbsoluteUri), to);
            using var ended = await stage.SendAsync(HttpMethod.Get, answered.Headers.Location.PathAndQuery, CookiesSetBy(begun));
            StaysHere(ended, to, "sign-in");
        }
    }

    [TestCase("http://evil.example/gate/callback")]
    [TestCase("//evil.example/gate/callback")]
    [TestCase("{site}/gate/callback/../return?to=/")]
    [TestCase("{site}/gate/callback?x=1")]
    [TestCase("{site}.evil.example/gate/callback")]
    [TestCase("{site}@evil.example/gate/callback")]
    public async Task The_service_gives_codes_to_registered_addresses_alone(string address)
    {
        var written = Uri.EscapeDataString(address.Replace("{site}", stage.Newspaper.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        using var answer = await stage.SendAsync(HttpMethod.Get, new Uri(stage.Service, $"/sign-in/authorize?site=courier&return={written}&state=x&challenge={new string('a', 43)}&prompt=none").AbsoluteUri, null);
        Assert.That(((int)answer.StatusCode, answer.Headers.Location), Is.EqualTo((400, (Uri?)null)));
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string? cookies, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(stage.Newspaper, path)) { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        if (cookies is not null) request.Headers.Add("Cookie", cookies);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
        return await http.SendAsync(request);
    }

    // As browsers read it: a backslash is a slash, and tabs and line breaks are nothing.
    private void StaysHere(HttpResponseMessage answer, string to, string what)
    {
        Assert.That(answer.Headers.TryGetValues("Location", out var values), Is.True, $"{what} of “{to}” is {(int)answer.StatusCode}");
        var location = values!.Single();
        var read = new Uri(stage.Newspaper, location.Replace('\\', '/').Replace("\t", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
        Assert.That((read.Scheme, read.Authority), Is.EqualTo((stage.Newspaper.Scheme, stage.Newspaper.Authority)), $"{what} of “{to}” leads to {location}");
        Assert.That(read.AbsolutePath, Does.Not.StartWith("/gate/").IgnoreCase, $"{what} of “{to}”");
        Assert.That(answer.Headers.TryGetValues("Set-Cookie", out var set) && set.Any(cookie => cookie.StartsWith("__courier_pass=x", StringComparison.Ordinal)), Is.False);
    }
}
