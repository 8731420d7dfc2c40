using System.Net;
using Microsoft.Extensions.DependencyInjection;
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

    [Test]
    public async Task A_pass_near_its_end_is_renewed_behind_the_readers_back()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        var first = browser.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromMinutes(51));

        await Eventually.IsTrueAsync(
            async () => (await browser.GetAsync("/gated")).ShowsSecret && browser.Cookies["__courier_pass"] != first, "the pass is renewed");
        Assert.That(Service.CallsOf("renew"), Is.EqualTo(1));
    }

    [Test]
    public async Task An_expired_pass_is_renewed_once_for_all_tabs_and_without_a_handle_it_is_over()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        using var without = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        browser.KeepsCookies = false;
        Clock.Advance(TimeSpan.FromHours(3));

        var tabs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.GetAsync("/gated")));
        Assert.That(tabs.All(tab => tab.ShowsSecret), Is.True);
        Assert.That(Service.CallsOf("renew"), Is.EqualTo(1));
        Assert.That((await without.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_renewal_that_failed_is_not_remembered()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/gated");
        var first = browser.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromHours(2));
        Service.Between = (502, "text/html", "Bad Gateway");
        for (var i = 0; i < 3; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }

        Assert.That((Service.CallsOf("renew"), browser.Cookies["__courier_pass"]), Is.EqualTo((3, first)));
        Service.Between = null;
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies["__courier_pass"], Is.Not.EqualTo(first));
    }

    [Test]
    public async Task A_clock_too_slow_for_new_passes_is_told_once_and_not_every_request_asks_for_another()
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        using var browser = site.Open();
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(5));
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        using var other = site.Open();
        other.Cookies["__courier_pass"] = Service.IssuePass("reader-1", "session-2", life: TimeSpan.FromMinutes(5));
        other.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-2");
        Service.PassesAhead = TimeSpan.FromMinutes(4);
        await browser.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Errors().Length > 0, "the clock is told");
        await other.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == 2, "the other browser's pass is renewed in vain as well");

        for (var i = 0; i < 10; i++)
            foreach (var one in (Browser[])[browser, other])
                Assert.That((await one.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("renew"), Is.EqualTo(2));
        Assert.That(Errors(), Has.Length.EqualTo(1).And.All.Contains("The clock of this machine is 240 s behind"));

        string[] Errors() => [.. log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal))];
    }

    [Test]
    public async Task What_is_wrong_with_the_passes_that_the_service_gives_is_told_once_and_again_when_they_were_right_meanwhile()
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        Clock.Advance(TimeSpan.FromHours(2));
        foreach (var isAhead in (bool[])[true, true, false, true, true])
        {
            Service.PassesAhead = TimeSpan.FromMinutes(isAhead ? 4 : 0);
            using var browser = site.Open();
            browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(-30));
            browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }

        Assert.That(log.Lines.Count(line => line.StartsWith("Error", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [TestCase("x")]
    [TestCase("a-handle-with-a-full-stop.0123456789-0123456")]
    [TestCase("%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00")]
    [TestCase(null)]
    public async Task What_cannot_be_a_handle_is_not_sent_to_the_service(string? handle)
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        browser.Cookies["__courier_handle"] = handle ?? new string('h', 500);

        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That((Service.CallsOf("renew"), browser.Cookies.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Invented_handles_keep_no_reader_from_her_renewal()
    {
        var site = await SiteAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(10));
        using var reader = site.OpenAs(Service, "reader-1");
        reader.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await reader.GetAsync("/gated");
        var first = reader.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromHours(2));
        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;

        var invented = Enumerable.Range(0, 100).Select(async i =>
        {
            using var browser = site.Open();
            browser.Cookies["__courier_handle"] = $"invented-{i}".PadRight(43, '_');
            return (await browser.GetAsync("/gated")).Status;
        }).ToArray();
        await Eventually.IsTrueAsync(() => invented.Count(one => one.IsCompleted) >= 92, "most are answered without the service");
        var hers = reader.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == 9, "hers is put to the service beside them");
        gate.SetResult();

        Assert.That((await hers).ShowsSecret, Is.True);
        Assert.That(reader.Cookies["__courier_pass"], Is.Not.EqualTo(first));
        Assert.That((await Task.WhenAll(invented)).Distinct(), Is.EquivalentTo((HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.PaymentRequired]));
    }

    // One account of anybody's, whose pass may wait for one place; or many whose passes are too old for any handle that came with them.
    [TestCase(1, 30, 9)]
    [TestCase(100, 91, 8)]
    public async Task Genuine_passes_with_invented_handles_keep_no_reader_from_her_renewal(int accounts, int daysOld, int asked)
    {
        var site = await SiteAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(10));
        using var reader = site.OpenAs(Service, "reader-1");
        reader.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await reader.GetAsync("/gated");
        var first = reader.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromDays(3));
        var passes = Enumerable.Range(0, accounts).Select(i => Service.IssuePass($"account-{i}", $"session-of-{i}", TimeSpan.FromDays(-daysOld))).ToArray();
        using (var warm = site.Open())
        {
            warm.Cookies["__courier_pass"] = passes[0];
            await warm.GetAsync("/gated");
        }

        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;
        var invented = Enumerable.Range(0, 100).Select(async i =>
        {
            using var browser = site.Open();
            browser.Cookies["__courier_pass"] = passes[i % accounts];
            browser.Cookies["__courier_handle"] = $"invented-{i}".PadRight(43, '_');
            return (await browser.GetAsync("/gated")).Status;
        }).ToArray();
        await Eventually.IsTrueAsync(() => invented.Count(one => one.IsCompleted) == 100 - asked, "the others are answered without the service");
        var hers = reader.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == asked + 1, "hers is put to the service beside them");
        gate.SetResult();

        Assert.That((await hers).ShowsSecret, Is.True);
        Assert.That(reader.Cookies["__courier_pass"], Is.Not.EqualTo(first));
        Assert.That((await Task.WhenAll(invented)).Distinct(), Is.EquivalentTo((HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.PaymentRequired]));
    }

    [Test]
    public async Task Two_browsers_of_a_reader_are_renewed_at_the_same_time()
    {
        var site = await SiteAsync();
        using var phone = site.OpenAs(Service, "reader-1", "session-of-the-phone");
        using var desk = site.OpenAs(Service, "reader-1", "session-of-the-desk");
        phone.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-of-the-phone");
        desk.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-of-the-desk");
        await phone.GetAsync("/gated");
        Clock.Advance(TimeSpan.FromDays(3));
        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;

        var pages = Task.WhenAll(phone.GetAsync("/gated"), desk.GetAsync("/gated"));
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == 2, "both are put to the service");
        gate.SetResult();
        Assert.That((await pages).Select(page => page.ShowsSecret), Is.All.True);
    }

    [Test]
    public async Task A_session_revoked_at_the_service_is_over_here_too()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1", "stolen");
        using var other = site.OpenAs(Service, "reader-1", "kept");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        await Eventually.IsTrueAsync(
            async () =>
            {
                Service.Tell("revoked", 101, ",\"sessionId\":\"stolen\",\"readerId\":\"reader-1\"");
                using var thief = site.Open();
                thief.Cookies["__courier_pass"] = Service.IssuePass("reader-1", "stolen");
                return !(await thief.GetAsync("/gated")).ShowsSecret;
            },
            "the revoked session is refused");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.False);
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_pass"));
        Assert.That((await other.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task Where_revocations_may_have_been_missed_a_pass_is_good_only_with_a_handle_that_proves_it()
    {
        var site = await SiteAsync();
        using var without = site.OpenAs(Service, "reader-1", "session-1");
        using var with = site.OpenAs(Service, "reader-1", "session-2");
        using var anothers = site.OpenAs(Service, "reader-1", "session-3");
        with.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-2");
        anothers.Cookies["__courier_handle"] = Service.IssueHandle("reader-2", "session-4");
        foreach (var browser in (Browser[])[without, with, anothers])
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        await MissRevocationsAsync();

        Assert.That((await without.GetAsync("/gated")).ShowsSecret, Is.False);
        Assert.That(without.Cookies, Does.Not.ContainKey("__courier_pass"));
        var doubted = with.Cookies["__courier_pass"];
        await Eventually.IsTrueAsync(
            async () => (await with.GetAsync("/gated")).ShowsSecret && with.Cookies["__courier_pass"] != doubted, "the handle brings a pass that is not doubted");
        var copied = anothers.Cookies["__courier_pass"];
        await Eventually.IsTrueAsync(async () => !(await anothers.GetAsync("/gated")).ShowsSecret, "another reader's handle proves nothing");
        using var later = site.Open();
        later.Cookies["__courier_pass"] = copied;
        Assert.That((await later.GetAsync("/gated")).ShowsSecret, Is.False);
        Clock.Advance(TimeSpan.FromMinutes(2));
        using var fresh = site.OpenAs(Service, "reader-1", "session-5");
        Assert.That((await fresh.GetAsync("/gated")).ShowsSecret, Is.True, "what was issued since is not doubted");
    }

    [TestCase(0)]
    [TestCase(110)]
    public async Task A_pass_of_before_a_missed_revocation_is_doubted_however_far_the_services_clock_is_ahead(int seconds)
    {
        Service.PassesAhead = TimeSpan.FromSeconds(seconds);
        var pass = Service.IssuePass("reader-1", "ended");
        Clock.Advance(TimeSpan.FromSeconds(30));
        // It starts after the session was ended, so that only the handle can tell.
        var site = await StartedAsync();
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var thief = site.Open();
                thief.Cookies["__courier_pass"] = pass;
                thief.Cookies["__courier_handle"] = "handle-of-a-session-that-has-ended".PadRight(43, '_');
                return !(await thief.GetAsync("/gated")).ShowsSecret;
            },
            "the ended session is refused");
    }

    [TestCase(-110)]
    [TestCase(0)]
    [TestCase(110)]
    public async Task A_pass_made_just_after_a_doubt_signs_nobody_out_and_is_proven_once(int seconds)
    {
        Service.PassesAhead = TimeSpan.FromSeconds(seconds);
        var site = await StartedAsync();
        // As another machine of the website has fetched it a moment ago.
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        var first = browser.Cookies["__courier_pass"];
        await Eventually.IsTrueAsync(
            async () =>
            {
                Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
                return browser.Cookies["__courier_pass"] != first;
            },
            "it is renewed");

        for (var i = 0; i < 3; i++)
        {
            var page = await browser.GetAsync("/gated");
            Assert.That((page.ShowsSecret, page.Headers.Contains("__courier_pass", StringComparison.Ordinal)), Is.EqualTo((true, false)));
        }

        Assert.That(Service.CallsOf("renew"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_doubt_signs_nobody_out_while_the_service_is_down()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        await MissRevocationsAsync();

        Service.Down = true;
        using var unknown = site.OpenAs(Service, "reader-9", "session-9");
        unknown.Cookies["__courier_handle"] = Service.IssueHandle("reader-9", "session-9");
        await Eventually.IsTrueAsync(
            async () =>
            {
                await unknown.GetAsync("/gated");
                return site.Services.GetRequiredService<ServiceHealth>().IsDown;
            },
            "the outage is noticed");
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
    }

    [Test]
    public async Task A_session_that_a_renewal_in_the_background_finds_ended_is_over_however_late_the_next_page_is()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Service.Handles.Clear();
        Clock.Advance(TimeSpan.FromMinutes(51));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);

        // Without the handle nothing but what is known of the session can refuse the pass.
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var later = site.Open();
                later.Cookies["__courier_pass"] = browser.Cookies["__courier_pass"];
                return !(await later.GetAsync("/gated")).ShowsSecret;
            },
            "the session is over here");
    }

    [Test]
    public async Task A_website_whose_key_is_refused_signs_nobody_out()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/gated");
        Service.RefusesKey = true;
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies, Does.ContainKey("__courier_pass").And.ContainKey("__courier_handle"));
    }

    [Test]
    public async Task An_expired_pass_whose_handle_was_revoked_signs_the_reader_out()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        Service.Handles.Clear();
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That(browser.Cookies, Does.Not.ContainKey("__courier_pass").And.Not.ContainKey("__courier_handle"));
    }

    // The feed has begun just now, and every pass of before is doubted.
    private async Task<Site> StartedAsync()
    {
        var site = await SiteAsync(listens: false);
        await site.ListensAsync(Clock);
        return site;
    }

    // The service no longer reaches back to where this website was; whoever signed in before now may have been signed out since.
    private async Task MissRevocationsAsync()
    {
        Clock.Advance(TimeSpan.FromSeconds(4));
        Service.Tell("reset", 900);
        Service.CutFeed();
        await Eventually.IsTrueAsync(() => Service.FeedPositions.Last() == "900", "the reset is heard");
    }
}
