using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Sites;

[TestFixture]
internal sealed class EdgePassTests
{
    private const string Verifier = "verifier-0123456789-0123456789-0123456789-0123";
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private ApiCaller server = null!;
    private HttpClient site = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync();
        site = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Service.Address };
        site.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningService.SiteKey);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        site.Dispose();
        await server.DisposeAsync();
    }

    [Test]
    public async Task It_carries_what_its_reader_may_read_for_five_minutes_and_is_for_the_edge_alone()
    {
        var (reader, handle, _) = await SignedInAsync();
        await GiveAsync(reader, """{"kind":"Complimentary","entitlements":["Puzzles","Archive"]}""");

        var pass = await EdgePassAsync(handle);

        Assert.That((pass.Typ, pass.Alg), Is.EqualTo(("edge+jwt", "ES256")));
        Assert.That(pass.Audiences, Is.EqualTo(new[] { "courier/edge" }));
        Assert.That((pass.Subject, pass.GetClaim("sid").Value.Length > 0), Is.EqualTo((reader.Value, true)));
        Assert.That(EntitlementsOf(pass), Is.EqualTo(new[] { "archive", "puzzles", "subscriber" }));
        Assert.That(pass.ValidTo - pass.IssuedAt, Is.EqualTo(EdgePass.LongestLife));
        Assert.That(pass.TryGetClaim("nst", out _), Is.False);
    }

    [Test]
    public async Task It_never_outlives_an_end_or_a_beginning_that_is_known()
    {
        var (reader, handle, _) = await SignedInAsync();
        var from = server.Service.Clock.Now.AddSeconds(-1);
        var until = server.Service.Clock.Now.AddMinutes(2);
        await GiveAsync(reader, $$"""{"kind":"DayPass","from":"{{from:O}}","until":"{{until:O}}"}""");

        var before = TimeProvider.System.GetUtcNow();
        var pass = await EdgePassAsync(handle);
        Assert.That(EntitlementsOf(pass), Is.EqualTo(new[] { "subscriber" }));
        Assert.That(pass.ValidTo, Is.GreaterThan((before + TimeSpan.FromMinutes(1.5)).UtcDateTime).And.LessThanOrEqualTo((before + TimeSpan.FromMinutes(2)).UtcDateTime));

        server.Service.Clock.Advance(TimeSpan.FromMinutes(2));
        var after = await EdgePassAsync(handle);
        Assert.That(EntitlementsOf(after), Is.Empty);
        Assert.That(after.ValidTo - after.IssuedAt, Is.EqualTo(EdgePass.LongestLife).Within(_second));
    }

    [Test]
    public async Task A_strangers_pass_opens_nothing_and_names_nobody()
    {
        var pass = await EdgePassAsync(null);
        Assert.That(EntitlementsOf(pass), Is.Empty);
        Assert.That(pass.Claims.Select(claim => claim.Type), Has.None.EqualTo("sub").And.None.EqualTo("sid"));
    }

    [Test]
    public async Task It_tells_the_stage_of_the_notice()
    {
        var (reader, handle, _) = await SignedInAsync();
        await server.PastDueAsync(reader);
        server.Service.Clock.Advance(TimeSpan.FromDays(2));

        var pass = await server.Service.EventuallyAsync(async () => await EdgePassAsync(handle) is var one && one.TryGetClaim("nst", out _) ? one : null);

        Assert.That(pass.GetClaim("nst").Value, Is.EqualTo("PaymentFailed"));
        Assert.That(EntitlementsOf(pass), Does.Contain("subscriber"), "she reads on");
    }

    [Test]
    public async Task A_session_that_has_ended_gets_none()
    {
        var (_, handle, _) = await SignedInAsync();
        using (await site.PostAsJsonAsync("/api/pass/revoke", new { handle }))
        using (var refused = await site.PostAsJsonAsync("/api/pass/edge", new { handle }))
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((string?)(await JsonOf(refused))["type"], Is.EqualTo("urn:subscriptions:session-ended"));
        }

        using var stranger = await server.Http.PostAsJsonAsync("/api/pass/edge", new { });
        Assert.That(stranger.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "only a website with its key is given any");
    }

    [TestCase("""{"handle":""}""")]
    [TestCase("""{"handle":5}""")]
    [TestCase("[]")]
    public async Task What_cannot_be_read_is_refused(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await site.PostAsync("/api/pass/edge", content);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Neither_pass_passes_for_the_other()
    {
        var (_, handle, readerPass) = await SignedInAsync();
        var edgePass = await EdgePassAsync(handle);

        Assert.That(await IsGoodAsync(edgePass.EncodedToken, "courier"), Is.False);
        Assert.That(await IsGoodAsync(readerPass, "courier/edge"), Is.False);
        Assert.That((await IsGoodAsync(edgePass.EncodedToken, "courier/edge"), await IsGoodAsync(readerPass, "courier")), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task A_new_key_signs_once_every_website_can_have_it_and_what_the_former_one_signed_is_good_to_its_end_and_nobody_is_signed_out()
    {
        var (_, handle, readerPass) = await SignedInAsync();
        var edgePass = await EdgePassAsync(handle);
        var keys = server.Service.Services.GetRequiredService<SigningKeys>();

        var key = await keys.RenewAsync();

        Assert.That((await EdgePassAsync(handle)).Kid, Is.EqualTo(edgePass.Kid), "it is published first");
        Assert.That(await site.GetStringAsync("/.well-known/jwks.json"), Does.Contain(key));

        await keys.RenewAsync();
        await using (var db = server.Service.OpenDatabase())
        {
            await db.SigningKeys.Where(k => k.Id == key).ExecuteUpdateAsync(set => set.SetProperty(k => k.CreatedAt, DateTimeOffset.UtcNow - SigningKeys.PublishedFirst));
        }

        var newPass = await EdgePassAsync(handle);
        Assert.That(newPass.Kid, Is.EqualTo(key).And.Not.EqualTo(edgePass.Kid));
        Assert.That(await IsGoodAsync(edgePass.EncodedToken, "courier/edge"), Is.True);
        Assert.That(await IsGoodAsync(readerPass, "courier"), Is.True);
        Assert.That(await IsGoodAsync(newPass.EncodedToken, "courier/edge"), Is.True);
        using var renewed = await site.PostAsJsonAsync("/api/pass/renew", new { handle });
        Assert.That(renewed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(new JsonWebToken((string)(await JsonOf(renewed))["pass"]!).Kid, Is.EqualTo(key));
    }

    private async Task<bool> IsGoodAsync(string pass, string audience)
    {
        var keys = new JsonWebKeySet(await site.GetStringAsync("/.well-known/jwks.json"));
        return (await new JsonWebTokenHandler().ValidateTokenAsync(pass, new TokenValidationParameters
        {
            ValidIssuer = server.Service.Address.GetLeftPart(UriPartial.Authority),
            ValidAudience = audience,
            IssuerSigningKeys = keys.GetSigningKeys(),
            ValidAlgorithms = ["ES256"],
        })).IsValid;
    }

    private async Task<JsonWebToken> EdgePassAsync(string? handle)
    {
        using var answer = await site.PostAsJsonAsync("/api/pass/edge", handle is null ? new { } : (object)new { handle });
        var issued = await JsonOf(answer);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), issued.ToJsonString());
        var pass = new JsonWebToken((string)issued["pass"]!);
        Assert.That(DateTimeOffset.Parse((string)issued["expiresAt"]!, CultureInfo.InvariantCulture).UtcDateTime, Is.EqualTo(pass.ValidTo));
        return pass;
    }

    // A single value and a list of one are both written as a list.
    private static string[] EntitlementsOf(JsonWebToken pass) => [.. pass.GetPayloadValue<List<string>>("ent")];

    private async Task GiveAsync(ReaderId reader, string json)
    {
        using var given = await server.PostAsync($"/api/readers/{reader}/grants", json);
        Assert.That(given.IsSuccessStatusCode, Is.True, await given.Content.ReadAsStringAsync());
    }

    private async Task<(ReaderId Reader, string Handle, string Pass)> SignedInAsync()
    {
        const string callback = RunningService.Site + "/gate/callback";
        var (reader, browser) = await server.Service.NewSignedInReaderAsync();
        using var _ = browser;
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
        var back = await browser.GetAsync($"/sign-in/authorize?site=courier&return={Uri.EscapeDataString(callback)}&state=s&challenge={challenge}&prompt=none");
        using var answer = await site.PostAsJsonAsync(
            "/api/pass/token", new { code = QueryHelpers.ParseQuery(back.Url.Query)["code"].ToString(), verifier = Verifier, @return = callback });
        var issued = await JsonOf(answer);
        return (reader, (string)issued["handle"]!, (string)issued["pass"]!);
    }

    private static async Task<JsonNode> JsonOf(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
}
