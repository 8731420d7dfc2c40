using Microsoft.IdentityModel.Tokens;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

public sealed class ReaderPassTests : SiteFixture
{
    private static IEnumerable<TestCaseData> Forgeries()
    {
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Issuer = "https://evil.example")).SetArgDisplayNames("another issuer");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Audience = "gazette")).SetArgDisplayNames("another site");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Claims.Remove("sid"))).SetArgDisplayNames("no session");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Expires = null)).SetArgDisplayNames("no end");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Expires = pass.IssuedAt + TimeSpan.FromMinutes(63))).SetArgDisplayNames("longer than any");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.SigningCredentials = null)).SetArgDisplayNames("no signature");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.IssuedAt = pass.IssuedAt + TimeSpan.FromMinutes(5))).SetArgDisplayNames("from the future");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.Expires = pass.IssuedAt - TimeSpan.FromMinutes(3))).SetArgDisplayNames("stale");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.SigningCredentials = new SigningCredentials(
            new SymmetricSecurityKey(new byte[64]) { KeyId = "key-1" }, SecurityAlgorithms.HmacSha256))).SetArgDisplayNames("a symmetric signature");
        yield return new TestCaseData((Action<SecurityTokenDescriptor>)(pass => pass.SigningCredentials = new SigningCredentials(
            new ECDsaSecurityKey(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256)) { KeyId = "key-1" },
            SecurityAlgorithms.EcdsaSha256))).SetArgDisplayNames("another key under the known name");
    }

    [TestCaseSource(nameof(Forgeries))]
    public async Task A_pass_that_is_not_right_in_every_respect_lets_nobody_in(Action<SecurityTokenDescriptor> forge)
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", change: forge);

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_service_address_in_other_letters_is_the_same_issuer()
    {
        var site = await SiteAsync(options => options.ServiceAddress = Service.Address.ToUpperInvariant() + "/");
        using var browser = site.OpenAs(Service, "reader-1");

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_service_that_calls_itself_otherwise_is_logged_once_with_the_setting_to_put_right()
    {
        using var log = new LogBook();
        var site = await SiteAsync(options => options.ServiceAddress = Service.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), log: log);
        for (var i = 0; i < 3; i++)
        {
            using var browser = site.OpenAs(Service, "reader-1");
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
        }

        Assert.That(log.Lines.Where(line => line.Contains("Paywall:ServiceAddress", StringComparison.Ordinal)).ToArray(),
            Has.Length.EqualTo(1).And.One.Contains($"signs reader passes as {Service.Address}"));
    }

    [Test]
    public async Task A_forger_cannot_fill_the_log()
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        using var browser = site.Open();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", change: pass => (pass.Issuer, pass.SigningCredentials) =
            ("https://evil.example", new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = "key-1" }, SecurityAlgorithms.EcdsaSha256)));
        await browser.GetAsync("/gated");

        Assert.That(log.Lines, Has.None.Contains("evil.example"));
    }

    [Test]
    public async Task A_pass_with_one_letter_changed_lets_nobody_in_even_after_the_right_one_did()
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        var pass = Service.IssuePass("reader-1");
        browser.Cookies["__courier_pass"] = pass;
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        var chance = new Random(3);
        for (var i = 0; i < 40; i++)
        {
            var at = chance.Next(pass.Length - 1);
            browser.Cookies["__courier_pass"] = pass[..at] + (pass[at] == 'A' ? 'B' : 'A') + pass[(at + 1)..];
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False, $"letter {at}");
        }
    }

    [Test]
    public async Task Two_minutes_of_clock_skew_do_no_harm()
    {
        var site = await SiteAsync();
        using var late = site.Open();
        late.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(-1.9));
        late.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        using var early = site.Open();
        early.Cookies["__courier_pass"] = Service.IssuePass("reader-1", change: pass => pass.IssuedAt += TimeSpan.FromMinutes(1.9));

        Assert.That((await late.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That((await early.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_new_key_is_fetched_once_it_is_met_and_invented_keys_are_not_asked_for_again_and_again()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Clock.Advance(TimeSpan.FromSeconds(11));
        Service.AddKey("key-2");
        Service.CurrentKey = "key-2";
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", "session-2");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        Clock.Advance(TimeSpan.FromSeconds(11));
        Service.AddKey("secret");
        var before = Service.CallsOf("jwks.json");
        using var impostor = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        for (var i = 0; i < 20; i++)
        {
            browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", change: pass => pass.SigningCredentials = new SigningCredentials(
                new ECDsaSecurityKey(impostor) { KeyId = "invented-" + i }, SecurityAlgorithms.EcdsaSha256)
            { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } });
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
        }

        Assert.That(Service.CallsOf("jwks.json") - before, Is.EqualTo(1));
    }

    [Test]
    public async Task What_was_verified_by_a_key_that_the_service_no_longer_has_is_over_when_the_keys_are_fetched_again()
    {
        var site = await SiteAsync();
        using var forger = site.OpenAs(Service, "reader-1", "of-nobody");
        Assert.That((await forger.GetAsync("/gated")).ShowsSecret, Is.True);
        using var reader = site.OpenAs(Service, "reader-1");
        reader.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Assert.That((await reader.GetAsync("/gated")).ShowsSecret, Is.True);

        Service.AddKey("key-2");
        Service.CurrentKey = "key-2";
        Service.DropKey("key-1");
        Clock.Advance(TimeSpan.FromSeconds(11));
        using (var other = site.OpenAs(Service, "reader-1", "session-2"))
            Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That((await forger.GetAsync("/gated")).ShowsSecret, Is.False);
        Assert.That((await reader.GetAsync("/gated")).ShowsSecret, Is.True, "a handle renews what the key signed");
    }

    [Test]
    public async Task A_pass_that_the_service_itself_gives_is_judged_by_its_newest_key_at_once()
    {
        var site = await SiteAsync();
        using var other = site.OpenAs(Service, "reader-1");
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True, "the keys are fetched just now");
        using var browser = site.Open();
        var first = browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(5));
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Service.AddKey("key-2");
        Service.CurrentKey = "key-2";

        await Eventually.IsTrueAsync(
            async () => (await browser.GetAsync("/gated")).ShowsSecret && browser.Cookies["__courier_pass"] != first, "the pass is renewed by one of the new key");
        Service.AddKey("key-3");
        Service.CurrentKey = "key-3";
        using var atService = new Browser(Service.Address);
        var callback = (await atService.GetAsync((await browser.GetAsync("/gate/sign-in?to=/gated")).Location!)).Location!;
        Assert.That((await browser.GetAsync(callback)).Location, Is.EqualTo("/gated"));
    }
}
