using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Tests.Features.Sites;

[TestFixture]
internal sealed class ReaderPassTests
{
    private const string Callback = RunningService.Site + "/gate/callback";
    private const string Verifier = "verifier-0123456789-0123456789-0123456789-0123";

    private RunningService service = null!;
    private HttpClient site = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        service = await RunningService.StartAsync();
        site = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Address };
        site.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningService.SiteKey);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        site.Dispose();
        await service.DisposeAsync();
    }

    [Test]
    public async Task A_silent_question_is_answered_without_asking_anybody()
    {
        using var browser = service.NewBrowser();

        var page = await browser.GetAsync(AuthorizePath("none"));

        Assert.That(page.Url.GetLeftPart(UriPartial.Path), Is.EqualTo(Callback));
        Assert.That(Query(page.Url), Is.EqualTo(new[] { ("error", "login_required"), ("state", "s&t=1") }));
    }

    [Test]
    public async Task Whoever_signs_in_on_the_way_comes_back_with_a_code()
    {
        var (reader, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();

        var form = await browser.GetAsync(AuthorizePath("login"));
        var back = await browser.SubmitAsync(form, "Sign in", ("email", email), ("password", RunningService.Password));

        Assert.That(form.Heading, Is.EqualTo("Sign in"));
        Assert.That(back.Url.GetLeftPart(UriPartial.Path), Is.EqualTo(Callback));
        Assert.That(Query(back.Url), Has.Member(("state", "s&t=1")), back.Url.ToString());
        var pass = await PassOfAsync(await RedeemAsync(CodeOf(back.Url)));
        Assert.That(pass.Subject, Is.EqualTo(reader.Value));
        Assert.That(pass.ValidTo - pass.IssuedAt, Is.EqualTo(TimeSpan.FromHours(1)));
    }

    [Test]
    public async Task A_code_is_used_once_however_many_try_at_once()
    {
        var code = await NewCodeAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RedeemAsync(code)));

        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.BadRequest), Is.EqualTo(5));
    }

    [Test]
    public async Task A_code_needs_its_verifier_and_its_return_address()
    {
        var code = await NewCodeAsync();

        Assert.That((await RedeemAsync(code, verifier: "another-0123456789-0123456789-0123456789-01234")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await RedeemAsync(code, address: "http://localhost:5080/gate/other")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await RedeemAsync(code)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_code_is_too_old_after_a_minute()
    {
        var code = await NewCodeAsync();
        await using (var db = service.OpenDatabase())
        {
            var hash = Secrets.Hash(code);
            var past = TimeProvider.System.GetUtcNow().AddSeconds(-1);
            await db.SiteGrants.Where(g => g.CodeHash == hash).ExecuteUpdateAsync(set => set.SetProperty(g => g.CodeExpiresAt, past));
        }

        Assert.That((await RedeemAsync(code)).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Moving_the_billing_clock_makes_no_code_stale()
    {
        var code = await NewCodeAsync();

        service.Clock.Advance(TimeSpan.FromHours(1));

        Assert.That((await RedeemAsync(code)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("site=courier&return=https%3A%2F%2Fevil.example%2Fgate%2Fcallback")]
    [TestCase("site=courier&return=http%3A%2F%2Flocalhost%3A5080%2Fgate%2Fcallback%2F")]
    [TestCase("site=courier&return=http%3A%2F%2Flocalhost%3A5080%2Fgate%2Fcallback%3Fx")]
    [TestCase("site=other&return=http%3A%2F%2Flocalhost%3A5080%2Fgate%2Fcallback")]
    [TestCase("")]
    public async Task Nobody_is_sent_to_an_address_that_was_not_registered(string asked)
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;

        var answer = await browser.OnlyGetAsync($"/sign-in/authorize?{asked}&state=s&challenge={Challenge}");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Headers.Location, Is.Null);
    }

    [Test]
    public async Task A_renewal_goes_on_until_the_reader_signs_out_and_the_feed_hears_of_it()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var issued = await JsonOf(await RedeemAsync(CodeOf((await browser.GetAsync(AuthorizePath("none"))).Url)));
        var handle = (string)issued["handle"]!;

        var renewed = await site.PostAsJsonAsync("/api/pass/renew", new { handle });
        await browser.SubmitAsync(await browser.GetAsync("/sign-out"), "Sign out");
        var refused = await site.PostAsJsonAsync("/api/pass/renew", new { handle });

        Assert.That(renewed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(refused.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        var session = (await PassOfAsync(renewed)).GetClaim("sid").Value;
        var told = await service.EventuallyAsync(async () =>
        {
            await using var db = service.OpenDatabase();
            return await db.Events.AsNoTracking().SingleOrDefaultAsync(e => e.Stream == session && e.Position != null);
        });
        Assert.That(told.Type, Is.EqualTo("SessionRevoked"));
    }

    [Test]
    public async Task A_website_that_signs_out_ends_the_session_here_too()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        var issued = await JsonOf(await RedeemAsync(CodeOf((await browser.GetAsync(AuthorizePath("none"))).Url)));

        var ended = await site.PostAsJsonAsync("/api/pass/revoke", new { handle = (string)issued["handle"]! });

        Assert.That(ended.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await browser.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/sign-in"));
    }

    [TestCase("/api/pass/token")]
    [TestCase("/api/pass/renew")]
    [TestCase("/api/pass/revoke")]
    [TestCase("/api/pass/edge")]
    public async Task Only_a_registered_website_is_answered(string path)
    {
        using var stranger = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Address };

        var none = await stranger.PostAsJsonAsync(path, new { handle = "h" });
        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong-key-wrong-key");
        var wrong = await stranger.PostAsJsonAsync(path, new { handle = "h" });

        Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((string?)(await JsonOf(wrong))["type"], Is.EqualTo("urn:subscriptions:unauthorized"), "by which a website sees that no session has ended");
    }

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("{\"handle\":5,\"code\":5}")]
    [TestCase("not json")]
    public async Task What_cannot_be_read_is_refused(string body)
    {
        foreach (var path in new[] { "/api/pass/token", "/api/pass/renew", "/api/pass/revoke" })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            var answer = await site.PostAsync(path, content);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), path);
        }
    }

    [Test]
    public async Task The_signing_key_survives_a_restart_and_shows_no_private_part()
    {
        var before = await site.GetStringAsync("/.well-known/jwks.json");

        await service.RestartServiceAsync();

        Assert.That(await site.GetStringAsync("/.well-known/jwks.json"), Is.EqualTo(before));
        var key = JsonNode.Parse(before)!["keys"]![0]!.AsObject();
        Assert.That(key.Select(p => p.Key), Is.EquivalentTo(new[] { "kty", "use", "alg", "crv", "kid", "x", "y" }));
    }

    private static string Challenge => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    private static string AuthorizePath(string prompt) => QueryHelpers.AddQueryString("/sign-in/authorize", new Dictionary<string, string?>
    {
        ["site"] = "courier",
        ["return"] = Callback,
        ["state"] = "s&t=1",
        ["challenge"] = Challenge,
        ["prompt"] = prompt,
    });

    private static IEnumerable<(string, string)> Query(Uri url) =>
        QueryHelpers.ParseQuery(url.Query).Select(pair => (pair.Key, pair.Value.ToString()));

    private static string CodeOf(Uri url) => QueryHelpers.ParseQuery(url.Query)["code"].ToString();

    private async Task<string> NewCodeAsync()
    {
        var (_, browser) = await service.NewSignedInReaderAsync();
        using var _ = browser;
        return CodeOf((await browser.GetAsync(AuthorizePath("none"))).Url);
    }

    private Task<HttpResponseMessage> RedeemAsync(string code, string verifier = Verifier, string address = Callback) =>
        site.PostAsJsonAsync("/api/pass/token", new { code, verifier, @return = address });

    private static async Task<JsonNode> JsonOf(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    private async Task<JsonWebToken> PassOfAsync(HttpResponseMessage answer)
    {
        var issued = await JsonOf(answer);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), issued.ToJsonString());
        var keys = new JsonWebKeySet(await site.GetStringAsync("/.well-known/jwks.json"));
        var judged = await new JsonWebTokenHandler().ValidateTokenAsync((string)issued["pass"]!, new TokenValidationParameters
        {
            ValidIssuer = service.Address.GetLeftPart(UriPartial.Authority),
            ValidAudience = "courier",
            IssuerSigningKeys = keys.GetSigningKeys(),
            ValidAlgorithms = ["ES256"],
        });
        Assert.That(judged.IsValid, Is.True, judged.Exception?.Message);
        return (JsonWebToken)judged.SecurityToken;
    }
}
