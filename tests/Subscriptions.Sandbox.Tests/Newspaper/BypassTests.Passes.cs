using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using Subscriptions.Sandbox.Tests.Stripe;

namespace Subscriptions.Sandbox.Tests.Newspaper;

/// <summary>Passes that were forged, are over, or were meant for something else; cookies of others; gift links; sign-ins of others.</summary>
public sealed partial class BypassTests
{
    private static readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    [Test]
    public async Task A_pass_that_the_service_signs_for_this_site_is_good_and_only_such_a_one()
    {
        // At first the website doubts what may have been signed before it began to listen, and what is forged would be closed for that alone.
        var opened = await Poll.UntilAsync(() => stage.GetAsync(BypassStage.Subscribers, "__courier_pass=" + Signed()), page => BypassStage.Gated(page).Any());
        Assert.That(BypassStage.Gated(opened), Is.Not.Empty, "the service's own key and claims");
        var edge = (await stage.AskServiceAsync("/api/pass/edge", new { handle = await HandleAsync() })).GetProperty("pass").GetString()!;
        var gift = await GiftAsync("/articles/the-eels-cannot-stop-winning");
        var known = "; __courier_known=" + BypassStage.CookieOf(stage.Subscriber, "known");
        foreach (var (what, pass) in (IEnumerable<(string, string)>)[.. Forged(), ("an edge pass", edge), ("a gift", gift)])
        {
            foreach (var cookies in (string[])[$"__courier_pass={pass}", $"__courier_pass={pass}{known}", $"__courier_edge={pass}", $"__courier_handle={pass}{known}", $"__courier_known={pass}"])
            {
                await IsClosedToAsync(cookies, $"{what} in {cookies.Split('=')[0]}");
            }
        }

        var genuine = BypassStage.CookieOf(stage.Subscriber, "pass");
        foreach (var query in (string[])[$"?gift={genuine}", $"?gift={edge}", $"?token={genuine}", $"?pass={genuine}", $"?__courier_pass={genuine}"])
        {
            Assert.That(BypassStage.Gated(await stage.GetAsync(BypassStage.Subscribers + query, null)), Is.Empty, query);
        }

        using var preview = await stage.SendAsync(HttpMethod.Get, $"/gate/preview?to={BypassStage.Subscribers}&token={edge}", null);
        Assert.That(preview.Headers.Contains("Set-Cookie"), Is.False, "an edge pass begins no preview");
    }

    [Test]
    public async Task Cookies_of_another_reader_beside_ones_own_pass_open_nothing()
    {
        var own = "__courier_pass=" + BypassStage.CookieOf(stage.Other, "pass");
        await IsClosedToAsync($"{own}; __courier_handle={await HandleAsync()}", "handle");
        await IsClosedToAsync($"{own}; __courier_known={BypassStage.CookieOf(stage.Subscriber, "known")}", "known");
        await IsClosedToAsync("__courier_known=" + BypassStage.CookieOf(stage.Subscriber, "known"), "known alone");
        await IsClosedToAsync($"__courier_pass=; __courier_known={BypassStage.CookieOf(stage.Subscriber, "known")}", "known and an empty pass");
    }

    [Test]
    public async Task A_gift_link_opens_its_one_article_for_as_many_as_it_was_made_for()
    {
        var token = await GiftAsync(BypassStage.Subscribers);
        var first = await TakeAsync($"{BypassStage.Subscribers}?gift={token}");
        var opened = await stage.SendAsync(HttpMethod.Get, BypassStage.Subscribers, first);
        Assert.That(BypassStage.Gated(await opened.Content.ReadAsStringAsync()), Is.Not.Empty, "the one it was for");
        var counted = CookiesSetBy(opened);
        Assert.That(BypassStage.Gated(await stage.GetAsync(BypassStage.Archived, counted)), Is.Empty, "another article, by the same browser");

        Assert.That(BypassStage.Gated(await stage.GetAsync(BypassStage.Subscribers, await TakeAsync($"{BypassStage.Subscribers}?gift={token}"))), Is.Empty, "a second browser");
        Assert.That(BypassStage.Gated(await stage.GetAsync(BypassStage.Subscribers, $"{stage.Other}; {await TakeAsync($"{BypassStage.Subscribers}?gift={token}")}")), Is.Empty, "a reader as the second");
        foreach (var bad in (string[])[token[..^3] + "AAA", token.Split('.')[0] + ".e30." + token.Split('.')[2], token + "x", "", "x.y.z"])
        {
            Assert.That(BypassStage.Gated(await stage.GetAsync(BypassStage.Subscribers, await TakeAsync($"{BypassStage.Subscribers}?gift={Uri.EscapeDataString(bad)}"))), Is.Empty, bad);
        }

        var other = await GiftAsync("/articles/the-eels-cannot-stop-winning");
        foreach (var article in (string[])[BypassStage.Subscribers, BypassStage.Archived])
        {
            Assert.That(BypassStage.Gated(await stage.GetAsync(article, await TakeAsync($"{article}?gift={other}"))), Is.Empty, "a link for another article");
        }
    }

    [Test]
    public async Task The_end_of_a_sign_in_counts_once_and_in_the_browser_that_began_it()
    {
        var end = await BegunAsync(stage.SubscribersAccount);
        var (code, state) = (QueryOf(end.Callback, "code"), QueryOf(end.Callback, "state"));
        var mine = await BegunAsync(stage.Account("winnie."));
        var foreign = (string[])
        [
            end.Callback.PathAndQuery,
            $"/gate/callback?code={code}&state={QueryOf(mine.Callback, "state")}",
            $"/gate/callback?code={code}&state={state[..^2]}AA",
            $"/gate/callback?code={code}",
            $"/gate/callback?code={code}&state=",
        ];
        foreach (var address in foreign)
        {
            // With the cookies of a sign-in of her own, and without any.
            foreach (var cookies in (string?[])[mine.Cookies, null])
            {
                using var answer = await stage.SendAsync(HttpMethod.Get, address, cookies);
                Assert.That(CookiesSetBy(answer), Does.Not.Contain("_pass=ey"), address);
            }
        }

        // Her own browser, for whom a code that was shown with another proof is gone as well.
        var fresh = await BegunAsync(stage.SubscribersAccount);
        using var good = await stage.SendAsync(HttpMethod.Get, fresh.Callback.PathAndQuery, fresh.Cookies);
        Assert.That(CookiesSetBy(good), Does.Contain("_pass=ey"), "her own");
        using var again = await stage.SendAsync(HttpMethod.Get, fresh.Callback.PathAndQuery, fresh.Cookies);
        Assert.That(CookiesSetBy(again), Does.Not.Contain("_pass=ey"), "a second time");
    }

    private async Task<string> HandleAsync() => BypassStage.CookieOf(await stage.CookiesOfAsync(stage.SubscribersAccount), "handle");

    private async Task IsClosedToAsync(string cookies, string what)
    {
        foreach (var article in (string[])[BypassStage.Subscribers, BypassStage.Archived])
        {
            Assert.That(BypassStage.Gated(await stage.GetAsync(article, cookies)), Is.Empty, what);
        }
    }

    private IEnumerable<(string What, string Pass)> Forged()
    {
        var genuine = BypassStage.CookieOf(stage.Subscriber, "pass").Split('.');
        var head = Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(genuine[0]));
        var kid = new JsonWebToken(string.Join('.', genuine)).Kid;
        yield return ("alg none", $"{Encoded("""{"alg":"none","typ":"JWT"}""")}.{genuine[1]}.");
        yield return ("alg none with a signature", $"{Encoded($$"""{"alg":"none","kid":"{{kid}}"}""")}.{genuine[1]}.{genuine[2]}");
        yield return ("alg None", $"{Encoded(head.Replace("ES256", "None", StringComparison.Ordinal))}.{genuine[1]}.{genuine[2]}");
        yield return ("no signature", $"{genuine[0]}.{genuine[1]}.");
        yield return ("other claims under a genuine signature", $"{genuine[0]}.{Encoded(Claims())}.{genuine[2]}");
        yield return ("a signature of nought", $"{genuine[0]}.{genuine[1]}.{Base64UrlEncoder.Encode(new byte[64])}");
        foreach (var secret in PublicKeyAsSecret())
        {
            yield return ("HS256 by the public key", Hmac($$"""{"alg":"HS256","typ":"JWT","kid":"{{kid}}"}""", secret));
        }

        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var strange = new ECDsaSecurityKey(stranger) { KeyId = kid };
        yield return ("another key under the service's name", Signed(key: strange));
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ECDsa.Create(stranger.ExportParameters(false))));
        yield return ("a key in its own head", ByHand($$$"""{"alg":"ES256","typ":"JWT","jwk":{"kty":"EC","crv":"P-256","x":"{{{jwk.X}}}","y":"{{{jwk.Y}}}"}}""", stranger));
        yield return ("a key at an address", ByHand($$"""{"alg":"ES256","typ":"JWT","kid":"x","jku":"http://127.0.0.1:9/keys"}""", stranger));
        yield return ("for another site", Signed(audience: "another"));
        yield return ("for the edge", Signed(audience: "courier/edge"));
        yield return ("for gifts", Signed(audience: "courier/gift"));
        yield return ("for nobody", Signed(audience: null));
        yield return ("of another issuer", Signed(issuer: "http://elsewhere.example"));
        yield return ("of no issuer", Signed(issuer: null));
        yield return ("over for longer than clocks differ", Signed(minutes: -3));
        yield return ("of tomorrow", Signed(issuedIn: TimeSpan.FromDays(1)));
        yield return ("without an end", Signed(minutes: null));
        yield return ("of nobody", Signed(reader: null));
        yield return ("of no session", Signed(session: null));
    }

    private string Signed(
        SecurityKey? key = null, string? audience = "courier", string? issuer = "", int? minutes = 30, TimeSpan issuedIn = default, string? reader = "", string? session = "ses_forged")
    {
        var now = DateTime.UtcNow;
        var claims = new Dictionary<string, object>();
        if (reader is not null) claims["sub"] = reader.Length == 0 ? stage.SubscribersAccount.Id : reader;
        if (session is not null) claims["sid"] = session;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer is { Length: 0 } ? stage.Service.GetLeftPart(UriPartial.Authority) : issuer,
            Audience = audience,
            Claims = claims,
            // As by a clock that is almost as far ahead as it may be.
            IssuedAt = minutes is < 0 ? now.AddHours(-1) : now.AddSeconds(117) + issuedIn,
            Expires = minutes is { } life ? now + issuedIn + TimeSpan.FromMinutes(life) : null,
            SigningCredentials = new SigningCredentials(key ?? stage.Key, SecurityAlgorithms.EcdsaSha256),
        });
    }

    private string Claims() => $$"""{"iss":"{{stage.Service.GetLeftPart(UriPartial.Authority)}}","aud":"courier","sub":"{{stage.SubscribersAccount.Id}}","sid":"ses_forged","iat":{{DateTimeOffset.UtcNow.AddSeconds(117).ToUnixTimeSeconds()}},"exp":{{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}} }""";

    private IEnumerable<byte[]> PublicKeyAsSecret()
    {
        var key = stage.Key.ECDsa;
        var point = key.ExportParameters(false).Q;
        yield return key.ExportSubjectPublicKeyInfo();
        yield return Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem());
        yield return Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n");
        yield return [.. point.X!, .. point.Y!];
        yield return Encoding.ASCII.GetBytes(Base64UrlEncoder.Encode(point.X));
    }

    private string Hmac(string head, byte[] secret)
    {
        var text = $"{Encoded(head)}.{Encoded(Claims())}";
        return $"{text}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)))}";
    }

    private string ByHand(string head, ECDsa key)
    {
        var text = $"{Encoded(head)}.{Encoded(Claims())}";
        return $"{text}.{Base64UrlEncoder.Encode(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
    }

    private static string Encoded(string json) => Base64UrlEncoder.Encode(json);

    private async Task<string> GiftAsync(string article) =>
        (await stage.AskServiceAsync("/api/gifts", new { readerId = stage.SubscribersAccount.Id, article })).GetProperty("token").GetString()!;

    private async Task<string> TakeAsync(string link)
    {
        using var answer = await stage.SendAsync(HttpMethod.Get, link, null);
        return CookiesSetBy(answer);
    }

    private static string CookiesSetBy(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Set-Cookie", out var set) ? string.Join("; ", set.Select(cookie => cookie.Split(';')[0])) : "";

    private static string QueryOf(Uri address, string name) => Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query)[name].ToString();

    // A sign-in up to the address that would end it, in a browser that keeps its cookies.
    private async Task<(Uri Callback, string Cookies)> BegunAsync((string Email, string Password, string Id) account, string to = BypassStage.Subscribers)
    {
        using var browser = new Journeys.Support.FormBrowser();
        await browser.SignInAsync(stage.Newspaper, BypassStage.Free, account.Email, account.Password);
        using var begun = await stage.SendAsync(HttpMethod.Get, "/gate/sign-in?to=" + Uri.EscapeDataString(to), null);
        var atService = browser.Jar.GetCookieHeader(stage.Service);
        using var answered = await stage.SendAsync(HttpMethod.Get, begun.Headers.Location!.AbsoluteUri, atService);
        return (answered.Headers.Location!, CookiesSetBy(begun));
    }
}
