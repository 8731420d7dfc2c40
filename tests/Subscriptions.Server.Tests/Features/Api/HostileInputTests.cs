using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Api;

internal sealed class HostileInputTests
{
    private static readonly string[] _posts = ["/api/readers", "/api/subscriptions"];

    private static readonly string[] _lists = ["timeline", "attempts", "invoices", "notices"];

    private static readonly string[] _actions = ["cancel", "keep", "pause", "resume", "retry"];

    private static readonly string[] _adjustments = ["refunds", "credit-notes", "void", "write-off"];

    private static readonly string[] _ids =
    [
        "nobody", "-1", "%27%3B--", "%25", "..%2f..%2fetc", new('x', 3000), "%F0%9F%92%A3", "%FF%FE", "%E2%80%AE", "a%20b", "sub_", "%5B%5D", "+", "true",
    ];

    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    public static IEnumerable<byte[]> Bodies()
    {
        string[] texts =
        [
            "", " ", "null", "[]", "42", "\"text\"", "{", "{\"email\":", "<xml/>", "{\"email\":1,\"name\":{}}", "{\"email\":[\"a\"],\"name\":true}",
            "{\"readerId\":null,\"plan\":null}", "{\"readerId\":{},\"plan\":[]}", "{\"readerId\":\"rdr_1\",\"plan\":\"digital-monthly\",\"paymentMethod\":7}",
            "{\"readerId\":\"rdr_1\",\"plan\":\"digital-monthly\",\"paymentMethod\":\"pm&amount=1\"}",
            "{\"readerId\":\"\\u0000\",\"plan\":\"\\u0000\"}", "{\"email\":\"a\\u0000@b.example\",\"name\":\"\\u0000\"}",
            "{\"email\":\"\\ud800@b.example\",\"name\":\"\\ud800\"}", "{\"email\":\"a@b.example\\r\\nBcc: c@d.example\",\"name\":\"N\\nM\"}",
            "{\"email\":\"" + new string('a', 5000) + "@b.example\",\"name\":\"" + new string('n', 5000) + "\"}",
            string.Concat(Enumerable.Repeat("{\"a\":", 2000)), new string('[', 20_000), "{\"a\":1e99999,\"email\":1e99999}", "{\"email\":-1,\"email\":\"x\"}",
            new string(' ', 70_000), new string('x', 300_000),
        ];
        return [.. texts.Select(Encoding.UTF8.GetBytes), [0xff, 0xfe, 0x00], [0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]];
    }

    [Test]
    public async Task No_body_whatever_it_is_gets_more_than_a_refusal()
    {
        foreach (var path in _posts)
        {
            foreach (var body in Bodies())
            {
                await RefusedAsync(HttpMethod.Post, path, Json(body), Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 60)));
            }
        }
    }

    [Test]
    public async Task No_body_whatever_it_is_gives_anything_back()
    {
        var reader = await server.ReaderAsync("hostile-money@example.com", "Money");
        await server.ActiveAsync(reader);
        await using var db = server.OpenDatabase();
        var invoice = db.Invoices.Single(i => i.ReaderId == reader).Id;
        string[] amounts = ["0", "-1", "1.5", "\"1\"", "1e9", "99999999999999999999", "null", "true", "[]"];
        var bodies = Bodies().Concat(amounts.Select(a => Encoding.UTF8.GetBytes($"{{\"amount\":{{\"amount\":{a},\"currency\":\"GBP\"}},\"reason\":\"Other\",\"destination\":\"Account\"}}")))
            .Concat(((string[])["gbp", "EUR", "XXX", ""]).Select(c => Encoding.UTF8.GetBytes($"{{\"amount\":{{\"amount\":1,\"currency\":\"{c}\"}},\"reason\":\"LatePayment\"}}")));
        foreach (var body in bodies)
        {
            foreach (var path in _adjustments.Select(act => $"/api/invoices/{invoice}/{act}").Append($"/api/readers/{reader}/credits"))
            {
                await RefusedAsync(HttpMethod.Post, path, Json(body), Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 60)));
            }
        }

        Assert.That(db.CreditAccounts.Any(), Is.False);
        Assert.That((await server.GetAsync($"/api/invoices/{invoice}/refunds")).GetProperty("items").GetArrayLength(), Is.Zero);
    }

    [TestCase("/api/subscriptions", "{\"readerId\":\"rdr_1\",\"plan\":\"digital-monthly\",\"price\":-1}", "price")]
    [TestCase("/api/subscriptions", "{\"readerId\":\"rdr_1\",\"plan\":\"digital-monthly\",\"currency\":\"XXX\"}", "currency")]
    [TestCase("/api/readers", "{\"email\":\"a@b.example\",\"name\":\"A\",\"nmae\":\"B\"}", "nmae")]
    [TestCase("/api/readers", "{\"email\":\"a@b.example\",\"name\":\"A\",\"name\":\"B\"}", "name")]
    public async Task A_member_that_would_be_ignored_is_refused_by_its_name(string path, string body, string member)
    {
        using var answer = await server.PostAsync(path, body);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await ApiCaller.JsonAsync(answer)).GetProperty("errors").TryGetProperty(member, out _), Is.True);
    }

    [Test]
    public async Task No_id_whatever_it_is_gets_more_than_a_refusal()
    {
        foreach (var id in _ids)
        {
            await RefusedAsync(HttpMethod.Get, $"/api/readers/{id}");
            await RefusedAsync(HttpMethod.Get, $"/api/entitlements/{id}");
            await RefusedAsync(HttpMethod.Get, $"/api/subscriptions/{id}");
            foreach (var list in _lists)
            {
                await RefusedAsync(HttpMethod.Get, $"/api/subscriptions/{id}/{list}");
            }

            await RefusedAsync(HttpMethod.Get, $"/api/readers/{id}/credits");
            await RefusedAsync(HttpMethod.Get, $"/api/invoices/{id}");
            foreach (var act in _adjustments)
            {
                await RefusedAsync(HttpMethod.Post, $"/api/invoices/{id}/{act}", Json("""{"reason":"Other"}"""u8.ToArray()));
            }

            foreach (var action in _actions)
            {
                await RefusedAsync(HttpMethod.Post, $"/api/subscriptions/{id}/{action}");
            }
        }
    }

    [TestCase("limit=-1")]
    [TestCase("limit=0")]
    [TestCase("limit=101")]
    [TestCase("limit=")]
    [TestCase("limit=ten")]
    [TestCase("limit=99999999999999999999")]
    [TestCase("limit=5&limit=6")]
    [TestCase("limit=%2B5")]
    [TestCase("cursor=")]
    [TestCase("cursor=x")]
    [TestCase("cursor=-5-0")]
    [TestCase("cursor=99999999999999999999-0")]
    [TestCase("cursor=9223372036854775807-0")]
    [TestCase("cursor=1-99999999")]
    [TestCase("cursor=1-1&cursor=2-2")]
    [TestCase("query=%00")]
    [TestCase("query=a&query=b")]
    public async Task No_paging_whatever_it_is_gets_more_than_a_refusal(string query)
    {
        await RefusedAsync(HttpMethod.Get, "/api/readers?" + query);
        if (!query.StartsWith("query", StringComparison.Ordinal))
        {
            var id = await server.ActiveAsync(await server.ReaderAsync($"{Guid.CreateVersion7():N}@hostile.example", "Pages"));
            foreach (var list in _lists)
            {
                await RefusedAsync(HttpMethod.Get, $"/api/subscriptions/{id}/{list}?{query}");
            }
        }
    }

    [Test]
    public async Task A_query_that_is_too_long_is_refused() => await RefusedAsync(HttpMethod.Get, "/api/readers?query=" + new string('q', 300));

    [TestCase("DELETE", "/api/readers", HttpStatusCode.MethodNotAllowed)]
    [TestCase("PUT", "/api/subscriptions/sub_1", HttpStatusCode.MethodNotAllowed)]
    [TestCase("GET", "/api/subscriptions/sub_1/cancel", HttpStatusCode.MethodNotAllowed)]
    [TestCase("POST", "/api/plans", HttpStatusCode.MethodNotAllowed)]
    [TestCase("GET", "/api/nothing/here", HttpStatusCode.NotFound)]
    [TestCase("GET", "/api", HttpStatusCode.NotFound)]
    [TestCase("POST", "/API/nothing", HttpStatusCode.NotFound)]
    public async Task Wrong_addresses_and_methods_are_problems_even_for_browsers(string method, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        request.Headers.Accept.ParseAdd("text/html");
        Assert.That(await RefusedAsync(request, path), Is.EqualTo(expected));
    }

    [TestCase("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [TestCase("application/xml", HttpStatusCode.UnsupportedMediaType)]
    [TestCase("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [TestCase(null, HttpStatusCode.UnsupportedMediaType)]
    public async Task Only_json_is_read(string? type, HttpStatusCode expected)
    {
        using var content = new ByteArrayContent("""{"email":"a@b.example","name":"A"}"""u8.ToArray());
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        Assert.That(await RefusedAsync(HttpMethod.Post, "/api/readers", content), Is.EqualTo(expected));
    }

    [Test]
    public async Task Too_large_a_body_is_refused_with_and_without_its_length()
    {
        using var told = Json(new byte[100_000]);
        using var chunked = new StreamContent(new MemoryStream(new byte[100_000]));
        chunked.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/readers", UriKind.Relative)) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        Assert.That(await RefusedAsync(HttpMethod.Post, "/api/readers", told), Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(await RefusedAsync(request, "chunked"), Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [TestCase("""{"readerId":"rdr_nobody","plan":"digital-monthly"}""", "urn:subscriptions:reader-not-found")]
    [TestCase("""{"readerId":"rdr_nobody","plan":"gold"}""", "urn:subscriptions:plan-not-found")]
    public async Task Unknown_readers_and_plans_are_named(string body, string type)
    {
        using var answer = await server.PostAsync("/api/subscriptions", body);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await ApiCaller.JsonAsync(answer)).GetProperty("type").GetString(), Is.EqualTo(type));
    }

    private static ByteArrayContent Json(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private async Task<HttpStatusCode> RefusedAsync(HttpMethod method, string path, HttpContent? content = null, string? what = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.Service.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = content,
        };
        return await RefusedAsync(request, $"{path[..Math.Min(path.Length, 80)]} {what}");
    }

    private async Task<HttpStatusCode> RefusedAsync(HttpRequestMessage request, string what)
    {
        using var answer = await server.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.InRange(400, 499), what);
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"), what);
        Assert.That(text, Does.Contain("\"type\":\"urn:subscriptions:"), what);
        Assert.That(text, Does.Not.Contain("   at "), what);
        return answer.StatusCode;
    }
}
