using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Builder;
using NUnit.Framework;
using Subscriptions.Paywall;
using Subscriptions.Paywall.Tests.Support;
using Subscriptions.Sandbox.Newspaper;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Tests.Newspaper;

/// <summary>The newspaper as somebody sees it who is not signed in, with no service to ask.</summary>
[TestFixture]
public sealed class NewspaperTests
{
    private static readonly ArticleLibrary Library = new();
    private TestFolder folder = null!;
    private WebApplication site = null!;
    private HttpClient reader = null!;

    private static IEnumerable<string> Gated => Library.FrontPage.Where(article => article.Requirement!.Kind != RequirementKind.Free).Select(article => article.Slug);

    // How many articles are free nobody knows without the service, and nobody is told to sign in where nobody can.
    private static bool IsMetered(Article article) => article.Requirement!.Kind == RequirementKind.Metered;

    private static IEnumerable<string> Free => Library.FrontPage.Where(article => article.Requirement!.Kind == RequirementKind.Free).Select(article => article.Slug);

    [OneTimeSetUp]
    public async Task SetUp()
    {
        folder = new TestFolder();
        var options = TestOptions.In(folder.Path, SandboxRooms.Newspaper);
        site = NewspaperRoom.Build(options);
        await site.StartAsync();
        reader = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = SandboxOptions.At(options.Ports.Newspaper) };
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        reader.Dispose();
        await site.StopAsync();
        await site.DisposeAsync();
        folder.Dispose();
    }

    [Test]
    public void There_is_enough_to_read_of_every_kind() => Assert.Multiple(() =>
    {
        Assert.That(Count(RequirementKind.Free), Is.GreaterThanOrEqualTo(4));
        Assert.That(Count(RequirementKind.Metered), Is.GreaterThanOrEqualTo(4));
        Assert.That(Count(RequirementKind.Subscriber), Is.GreaterThanOrEqualTo(6));
        Assert.That(Library.FrontPage.Count(article => article.IsLive), Is.EqualTo(1));
    });

    [Test]
    public void Entries_of_a_live_page_stand_newest_first()
    {
        var times = Library.FrontPage.Single(article => article.IsLive).Blocks.Where(block => block.Time is not null).Select(block => block.Time!.Value);
        Assert.That(times, Is.Ordered.Descending);
    }

    [Test]
    public async Task The_front_page_leads_to_every_article()
    {
        var page = await reader.GetStringAsync("/");
        Assert.That(Library.FrontPage.Concat(Library.Archive).Where(article => !page.Contains($"href=\"{article.Address}\"", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCaseSource(nameof(Free))]
    public async Task A_free_article_is_there_to_its_last_word(string slug)
    {
        var article = Library.Find(slug)!;
        var text = await TextOfAsync(article.Address);
        Assert.That(article.Blocks.Where(block => !text.Contains(Plain(block.Text), StringComparison.Ordinal)), Is.Empty);
    }

    [TestCaseSource(nameof(Gated))]
    public async Task A_gated_article_shows_its_opening_and_an_offer_and_sends_nothing_more(string slug)
    {
        var article = Library.Find(slug)!;
        using var answer = await reader.GetAsync(article.Address);
        var html = await answer.Content.ReadAsStringAsync();
        var raw = WebUtility.HtmlDecode(html);
        var text = await TextOfAsync(article.Address);
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Contain("<script type=\"application/ld+json\">{"));
            Assert.That(answer.StatusCode, Is.EqualTo(IsMetered(article) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
            Assert.That(article.Opening.Where(block => !text.Contains(Plain(block.Text), StringComparison.Ordinal)), Is.Empty, "opening");
            Assert.That(article.Blocks.Skip(article.Teaser).Where(block => raw.Contains(block.Text[..Math.Min(40, block.Text.Length)], StringComparison.Ordinal)), Is.Empty, "leaked");
            Assert.That(raw, Does.Contain("paywall-offer"));
            Assert.That(raw, Does.Contain("\"isAccessibleForFree\":false").And.Contain("\"cssSelector\":\".gated\""));
        });
    }

    [TestCaseSource(nameof(Gated))]
    public async Task A_gated_article_is_402_for_programs_without_a_word_of_it(string slug)
    {
        var article = Library.Find(slug)!;
        using var answer = await reader.GetAsync($"/api/articles/{article.Slug}");
        var body = await answer.Content.ReadAsStringAsync();
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((IsMetered(article) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.PaymentRequired, "application/problem+json")));
        Assert.That(article.Blocks.Where(block => body.Contains(block.Text, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task A_free_article_is_json_for_programs()
    {
        var article = Library.Find(Free.First())!;
        var answer = await reader.GetFromJsonAsync<JsonElement>($"/api/articles/{article.Slug}");
        Assert.That(answer.GetProperty("paragraphs").GetArrayLength(), Is.EqualTo(article.Blocks.Length));
    }

    [TestCaseSource(nameof(Gated))]
    public async Task The_content_API_gives_a_refused_reader_the_teaser_the_reason_and_the_way_on(string slug)
    {
        var article = Library.Find(slug)!;
        using var answer = await reader.GetAsync($"/api/content/{slug}");
        var text = await answer.Content.ReadAsStringAsync();
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That((answer.StatusCode, answer.Headers.CacheControl!.ToString()), Is.EqualTo((IsMetered(article) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, "no-store, private")));
            Assert.That(json.GetProperty("body").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(json.GetProperty("teaser").EnumerateArray().Select(one => one.GetString()), Is.EqualTo(article.Opening.Select(block => block.Text)));
            Assert.That(article.Blocks.Skip(article.Teaser).Where(block => text.Contains(Words(block.Text), StringComparison.Ordinal) && Words(block.Text).Length > 20), Is.Empty, "leaked");
            Assert.That(json.GetProperty("isAccessibleForFree").GetBoolean(), Is.False);
            var access = json.GetProperty("access");
            Assert.That((access.GetProperty("allowed").GetBoolean(), access.GetProperty("nextStep").GetString()), Is.EqualTo((false, IsMetered(article) ? "TryLater" : "SignIn")));
            if (!IsMetered(article))
                Assert.That(access.GetProperty("offerUrl").GetString(), Does.EndWith("/subscribe?return=" + Uri.EscapeDataString(reader.BaseAddress!.GetLeftPart(UriPartial.Authority) + article.Address)));
        });
    }

    [Test]
    public async Task The_content_API_gives_everybody_what_is_free()
    {
        var article = Library.Find(Free.First())!;
        var json = await reader.GetFromJsonAsync<JsonElement>($"/api/content/{article.Slug}");
        Assert.That(json.GetProperty("body").GetArrayLength(), Is.EqualTo(article.Blocks.Length));
        Assert.That(json.GetProperty("access").GetRawText(), Is.EqualTo("""{"allowed":true,"reason":"FreeToRead","nextStep":"None"}"""));
    }

    [Test]
    public async Task Old_numbers_are_gated_by_the_rule_about_their_address()
    {
        var old = Library.Archive.First();
        var text = await TextOfAsync(old.Address);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain(Plain(old.Blocks[0].Text)).And.Not.Contain(Plain(old.Blocks[^1].Text)));
            Assert.That(text, Does.Contain("Subscribe"));
        });
    }

    [Test]
    public async Task No_way_of_writing_a_gated_address_sends_a_word_of_what_is_behind_it()
    {
        (string Folder, Article Article)[] places =
        [
            .. Gated.Take(2).SelectMany(slug => new[] { ("/articles", Library.Find(slug)!), ("/api/articles", Library.Find(slug)!), ("/api/content", Library.Find(slug)!) }),
            ("/archive", Library.Archive.First()),
        ];
        foreach (var (folder, article) in places)
        {
            string[] hidden = [.. article.Blocks.Skip(article.Teaser).Select(block => Words(block.Text)).Where(words => words.Length > 20)];
            Assert.That(hidden, Is.Not.Empty);
            foreach (var target in RawRequest.WaysToWrite(folder, article.Slug, "/articles/" + Free.First()))
                foreach (var accept in (string[])["text/html", "application/json"])
                {
                    var answer = WebUtility.HtmlDecode(await RawRequest.SendAsync(reader.BaseAddress!, "GET", target, ("Accept", accept)));
                    Assert.That(hidden.Where(words => answer.Contains(words, StringComparison.Ordinal)), Is.Empty, target);
                }
        }
    }

    [Test]
    public async Task A_free_article_comes_however_its_address_is_written()
    {
        var article = Library.Find(Free.First())!;
        foreach (var target in (string[])[article.Address, "/x/.." + article.Address, "/%61rticles/" + article.Slug, "/x/%2e%2e" + article.Address])
            Assert.That(WebUtility.HtmlDecode(await RawRequest.SendAsync(reader.BaseAddress!, "GET", target)), Does.Contain(Words(article.Blocks[^1].Text)), target);
    }

    [TestCase("/archive", 200)]
    [TestCase("/briefing", 200)]
    [TestCase("/sections/town-hall", 200)]
    [TestCase("/sections/astrology", 404)]
    [TestCase("/articles/nobody-wrote-this", 404)]
    [TestCase("/articles/frost-fair-on-the-harrow", 404)]
    [TestCase("/archive/seven-minutes-slow", 404)]
    [TestCase("/api/articles/nobody-wrote-this", 404)]
    [TestCase("/api/content/nobody-wrote-this", 404)]
    [TestCase("/api/content/frost-fair-on-the-harrow", 404)]
    [TestCase("/api/articles/frost-fair-on-the-harrow", 404)]
    [TestCase("/assets/courier.css", 200)]
    [TestCase("/assets/art/flood.svg", 200)]
    public async Task Each_address_answers_as_it_should(string path, int status)
    {
        using var answer = await reader.GetAsync(path);
        // An old number that does not exist may be refused before anybody looks for it.
        Assert.That((int)answer.StatusCode, Is.EqualTo(status).Or.EqualTo(status == 404 && path.StartsWith("/archive/", StringComparison.Ordinal) ? 402 : status));
    }

    [Test]
    public void Every_article_has_its_drawing()
    {
        var assets = typeof(ArticleLibrary).Assembly.GetManifestResourceNames();
        Assert.That(Library.FrontPage.Concat(Library.Archive).Where(article => !assets.Contains($"Subscriptions.Sandbox.Newspaper.Assets.art.{article.Art}.svg")), Is.Empty);
    }

    private static int Count(RequirementKind kind) => Library.FrontPage.Count(article => article.Requirement!.Kind == kind);

    // The longest piece that neither HTML nor JSON writes otherwise.
    private static string Words(string text) => Regex.Split(text, "[^A-Za-z0-9 ,.]+").MaxBy(piece => piece.Length)!;

    private static string Plain(string text) => text.Replace("*", "", StringComparison.Ordinal);

    private async Task<string> TextOfAsync(string address)
    {
        using var page = new HtmlParser().ParseDocument(await (await reader.GetAsync(address)).Content.ReadAsStringAsync());
        return page.QuerySelector("main")!.TextContent;
    }
}
