using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Scripts;

[TestFixture]
internal sealed class ScriptsTests
{
    private RunningService service = null!;
    private HttpClient anybody = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        service = await RunningService.StartAsync();
        anybody = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Address };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        anybody.Dispose();
        await service.DisposeAsync();
    }

    [Test]
    public async Task The_tag_to_copy_names_exactly_the_bytes_that_are_served()
    {
        var told = JsonNode.Parse(await anybody.GetStringAsync("/scripts"))!;
        var src = new Uri((string)told["src"]!);
        var bytes = await anybody.GetByteArrayAsync(src);

        Assert.That((string)told["integrity"]!, Is.EqualTo("sha384-" + Convert.ToBase64String(SHA384.HashData(bytes))));
        Assert.That(src.AbsolutePath, Is.EqualTo($"/scripts/paywall-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..8]}.js"));
        Assert.That((string)told["tag"]!, Is.EqualTo($"<script src=\"{src}\" integrity=\"{told["integrity"]}\" crossorigin=\"anonymous\" defer></script>"));
    }

    [Test]
    public async Task Its_own_address_is_kept_for_a_year_and_the_short_one_is_asked_for_each_time()
    {
        using var own = await anybody.GetAsync(new Uri((string)JsonNode.Parse(await anybody.GetStringAsync("/scripts"))!["src"]!));
        using var alias = await anybody.GetAsync("/scripts/paywall.js");

        Assert.That(own.Headers.CacheControl!.ToString(), Is.EqualTo("public, max-age=31536000, immutable"));
        Assert.That(alias.Headers.CacheControl!.ToString(), Is.EqualTo("no-cache"));
        Assert.That(await alias.Content.ReadAsByteArrayAsync(), Is.EqualTo(await own.Content.ReadAsByteArrayAsync()));
        foreach (var answer in (HttpResponseMessage[])[own, alias])
        {
            Assert.That(answer.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/javascript; charset=utf-8"));
            Assert.That(answer.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "*" }));
            Assert.That(answer.Headers.GetValues("Cross-Origin-Resource-Policy"), Is.EqualTo(new[] { "cross-origin" }));
            Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
            Assert.That(answer.Headers.Contains("Set-Cookie"), Is.False);
        }
    }

    [Test]
    public async Task Whoever_has_it_is_told_that_it_is_the_same()
    {
        using var first = await anybody.GetAsync("/scripts/paywall.js");
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/scripts/paywall.js");
        asked.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(first.Headers.ETag!.Tag));

        using var second = await anybody.SendAsync(asked);

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task Another_version_is_not_here()
    {
        using var answer = await anybody.GetAsync("/scripts/paywall-00000000.js");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task It_makes_no_markup_from_texts_and_no_code_from_strings()
    {
        var text = await anybody.GetStringAsync("/scripts/paywall.js");
        foreach (var never in (string[])["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function", ".style", "javascript:"])
        {
            Assert.That(text, Does.Not.Contain(never));
        }
    }
}
