using System.Net;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Gate;

/// <summary>A CDN in front of a website decides by keys and cookie alone.</summary>
public sealed class EdgePassTests : SiteFixture
{
    private const string Edge = "__courier_edge";
    private Site _site = null!;
    private Cdn _cdn = null!;

    [SetUp]
    public async Task StartSiteAsync()
    {
        _site = await SiteAsync(options => options.EdgePass = true);
        _cdn = new Cdn(Service.Address, Site.Id, Clock);
    }

    [TearDown]
    public void StopCdn() => _cdn.Dispose();

    [Test]
    public async Task An_entitled_reader_is_served_by_the_CDN_alone_until_her_pass_ends()
    {
        using var browser = SignedIn("reader-1");
        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.Serve));
        var calls = Service.CallsOf("edge");

        Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.That(await _cdn.DecideAsync("/gated", browser.Cookies[Edge], "subscriber"), Is.EqualTo(CdnStep.Serve));
        Assert.That(await _cdn.DecideAsync("/archive/x", browser.Cookies[Edge], "archive"), Is.EqualTo(CdnStep.AskOrigin), "what she has not");
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await _cdn.DecideAsync("/gated", browser.Cookies[Edge], "subscriber"), Is.EqualTo(CdnStep.RedirectToGate));
        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.Serve));
        Assert.That((Service.CallsOf("edge") - calls, _cdn.KeyFetches), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Who_may_not_read_is_passed_on_to_the_website()
    {
        using var registered = SignedIn("reader-2");
        using var stranger = _site.Open();
        foreach (var browser in new[] { registered, stranger })
            Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.AskOrigin));
        using var another = _site.Open();
        await OpenAsync(another);
        Assert.That(Service.CallsOf("edge"), Is.EqualTo(2), "strangers share one pass");
    }

    [Test]
    public async Task An_end_in_two_minutes_gives_a_pass_of_two_minutes()
    {
        Service.Ahead = TimeSpan.FromDays(40);
        Service.Readers["reader-1"] = StubReader.Subscriber(validUntil: StubService.Stamp(Service.Now + TimeSpan.FromMinutes(2)));
        using var browser = SignedIn("reader-1");

        await OpenAsync(browser);
        var page = await browser.GetAsync("/gate/edge?to=/gated");

        Assert.That(page.Headers, Does.Contain("max-age=120").And.Contain("httponly").And.Contain("samesite=lax").IgnoreCase);
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.That(await _cdn.DecideAsync("/gated", browser.Cookies[Edge], "subscriber"), Is.EqualTo(CdnStep.RedirectToGate));
    }

    private static IEnumerable<TestCaseData> Forgeries()
    {
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(_ => { })).SetArgDisplayNames("a reader pass");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Audience = "courier/edge")).SetArgDisplayNames("the type of a reader pass");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.TokenType = "edge+jwt")).SetArgDisplayNames("the audience of a reader pass");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => (pass.TokenType, pass.Audience) = ("edge+jwt", "gazette/edge"))).SetArgDisplayNames("another website's");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => (pass.TokenType, pass.Audience, pass.Issuer) = ("edge+jwt", "courier/edge", "https://evil.example"))).SetArgDisplayNames("another issuer's");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => (pass.TokenType, pass.Audience, pass.SigningCredentials) = ("edge+jwt", "courier/edge", null))).SetArgDisplayNames("unsigned");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => (pass.TokenType, pass.Audience, pass.SigningCredentials) = ("edge+jwt", "courier/edge", new SigningCredentials(
            new ECDsaSecurityKey(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256)) { KeyId = "key-1" },
            SecurityAlgorithms.EcdsaSha256)))).SetArgDisplayNames("signed with another key");
    }

    [TestCaseSource(nameof(Forgeries))]
    public async Task Anything_else_than_a_genuine_edge_pass_of_this_website_opens_nothing(Action<SecurityTokenDescriptor> forge)
    {
        var forged = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(5), change: pass =>
        {
            pass.Claims["ent"] = new[] { "subscriber" };
            forge(pass);
        });
        Assert.That(await _cdn.DecideAsync("/gated", forged, "subscriber"), Is.EqualTo(CdnStep.RedirectToGate));
    }

    [Test]
    public async Task An_edge_pass_is_no_reader_pass()
    {
        using var browser = SignedIn("reader-1");
        await OpenAsync(browser);
        using var thief = _site.Open();
        thief.Cookies["__courier_pass"] = browser.Cookies[Edge];

        Assert.That((await thief.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task After_a_new_key_was_made_both_passes_of_the_former_one_are_good()
    {
        using var browser = SignedIn("reader-1");
        await OpenAsync(browser);
        Clock.Advance(TimeSpan.FromSeconds(11));
        Service.AddKey("key-2");
        Service.CurrentKey = "key-2";

        Assert.That(await _cdn.DecideAsync("/gated", browser.Cookies[Edge], "subscriber"), Is.EqualTo(CdnStep.Serve));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.Serve), "the new key's");
        Assert.That(_cdn.KeyFetches, Is.EqualTo(2));
    }

    [Test]
    public async Task Without_the_service_the_website_is_asked_and_nothing_loops()
    {
        using var browser = SignedIn("reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Service.Down = true;

        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.AskOrigin));
        Assert.That((await browser.GetAsync("/gated?gate=checked")).ShowsSecret, Is.True, "and lets her read from memory");
        using var stranger = _site.Open();
        Assert.That(await OpenAsync(stranger), Is.EqualTo(CdnStep.AskOrigin));
    }

    [Test]
    public async Task A_browser_without_cookies_is_passed_on_to_the_website()
    {
        using var browser = _site.Open();
        browser.KeepsCookies = false;

        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.AskOrigin));
    }

    [Test]
    public async Task Tabs_that_are_opened_together_share_one_question()
    {
        var gate = new TaskCompletionSource();
        using var browser = SignedIn("reader-1");
        Service.Gate = gate.Task;

        var pages = Enumerable.Range(0, 5).Select(_ => browser.GetAsync("/gate/edge?to=/gated")).ToArray();
        await Eventually.IsTrueAsync(() => Service.CallsOf("edge") == 1, "the service is asked");
        gate.SetResult();

        Assert.That((await Task.WhenAll(pages)).Select(page => page.Location), Is.All.EqualTo("/gated"));
    }

    [Test]
    public async Task Signing_in_paying_and_signing_out_each_make_the_CDN_ask_anew()
    {
        Service.SignedIn = "reader-1";
        using var browser = _site.Open();
        using var atService = new Browser(Service.Address);
        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.AskOrigin));
        var callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!;
        await browser.GetAsync(callback);
        Assert.That(browser.Cookies, Does.Not.ContainKey(Edge), "signed in");
        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.Serve));

        await browser.GetAsync("/gate/return?to=/gated");
        Assert.That(browser.Cookies, Does.Not.ContainKey(Edge), "back from the service");
        await OpenAsync(browser);
        await browser.PostAsync("/gate/sign-out", []);
        Assert.That(browser.Cookies, Does.Not.ContainKey(Edge), "signed out");
    }

    [Test]
    public async Task A_session_that_has_ended_at_the_service_becomes_a_strangers()
    {
        using var browser = SignedIn("reader-1");
        Service.Handles.Clear();

        Assert.That(await OpenAsync(browser), Is.EqualTo(CdnStep.AskOrigin));
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_pass"));
    }

    [Test]
    public async Task It_leads_back_to_this_website_only_and_is_not_there_unless_it_is_wanted()
    {
        using var browser = SignedIn("reader-1");
        Assert.That((await browser.GetAsync("/gate/edge?to=//evil.example")).Location, Is.EqualTo("/"));
        Assert.That((await browser.PostAsync("/gate/edge", [])).Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));

        var without = await SiteAsync();
        using var other = without.Open();
        Assert.That((await other.GetAsync("/gate/edge?to=/gated")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private Browser SignedIn(string readerId)
    {
        var browser = _site.OpenAs(Service, readerId, "session-of-" + readerId);
        browser.Cookies["__courier_handle"] = Service.IssueHandle(readerId, "session-of-" + readerId);
        return browser;
    }

    // What the CDN does in the end, with the browser led wherever it sends it.
    private async Task<CdnStep> OpenAsync(Browser browser)
    {
        var path = "/gated";
        for (var i = 0; i < 10; i++)
        {
            // Cookies end by themselves in a browser; here by what the pass says.
            var step = await _cdn.DecideAsync(path, browser.Cookies.GetValueOrDefault(Edge), "subscriber");
            if (step != CdnStep.RedirectToGate)
                return step;
            var page = await browser.GetAsync("/gate/edge?to=" + Uri.EscapeDataString(path));
            while (page.Location is { } next && next.StartsWith("/gate/", StringComparison.Ordinal))
                page = await browser.GetAsync(next);
            path = page.Location!;
        }

        Assert.Fail("It loops.");
        return default;
    }
}
