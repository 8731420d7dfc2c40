using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Playwright;
using NUnit.Framework;
using Subscriptions.Journeys.Support;
using static Microsoft.Playwright.Assertions;
using static Subscriptions.Journeys.Browser.Chromium;

namespace Subscriptions.Journeys.Browser;

/// <summary>What the paywall's script does on a page that a cache keeps for everybody, and on a refused page that stays open.</summary>
public sealed partial class ReaderInBrowserTests
{
    private const string Briefing = "/briefing";

    [Test, Order(2)]
    public async Task On_a_page_from_a_cache_a_reader_sees_her_notice_and_can_hide_it()
    {
        var walk = await SignedInAsync(Named("bram"));
        await walk.OpenAsync(place.Newspaper, Briefing);
        await Expect(walk.Notice.Locator("h2")).ToHaveTextAsync("We haven't been able to take payment");
        await Expect(walk.Notice).ToHaveAttributeAsync("role", "status");
        await Expect(walk.Notice.GetByRole(AriaRole.Link, new() { Name = "Update payment details" })).ToHaveAttributeAsync(
            "href", new System.Text.RegularExpressions.Regex($"return={Uri.EscapeDataString(new Uri(place.Newspaper, Briefing).AbsoluteUri)}$"));
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "briefing");

        await walk.PressAsync("Hide this for now");
        await Expect(walk.Notice).ToHaveCountAsync(0);
        await Expect(walk.Heading).ToBeFocusedAsync();
        await walk.Page.ReloadAsync(new() { WaitUntil = WaitUntilState.NetworkIdle });
        await Expect(walk.Notice).ToHaveCountAsync(0);
    }

    [Test, Order(2)]
    public async Task A_page_from_a_cache_is_the_same_bytes_for_every_reader()
    {
        var bram = await SignedInAsync(Named("bram"));
        var stranger = await WalkAsync();
        List<(IReadOnlyDictionary<string, string> Headers, byte[] Body)> answers = [];
        foreach (var page in (IPage[])[bram.Page, stranger.Page])
        {
            var answer = await page.GotoAsync(new Uri(place.Newspaper, Briefing).AbsoluteUri);
            answers.Add((await answer!.AllHeadersAsync(), await answer.BodyAsync()));
        }

        Assert.That(answers[1].Body, Is.EqualTo(answers[0].Body));
        foreach (var (headers, _) in answers)
        {
            Assert.That(headers["cache-control"], Is.EqualTo("public, max-age=60"));
            Assert.That(headers.Keys, Does.Not.Contain("set-cookie").And.Not.Contain("vary"));
        }

        using var http = new HttpClient();
        var told = JsonDocument.Parse(await http.GetStringAsync(new Uri(place.Service, "/scripts"))).RootElement;
        var script = await http.GetByteArrayAsync(new Uri(told.GetProperty("src").GetString()!));
        Assert.That(told.GetProperty("integrity").GetString(), Is.EqualTo("sha384-" + Convert.ToBase64String(SHA384.HashData(script))));
        Assert.That(System.Text.Encoding.UTF8.GetString(answers[0].Body), Does.Contain(told.GetProperty("tag").GetString()));
    }

    [Test, Order(2)]
    public async Task A_refused_page_in_one_tab_offers_to_refresh_itself_after_sign_in_in_another()
    {
        var walk = await WalkAsync();
        var stateIsKnown = walk.Page.WaitForResponseAsync(answer => answer.Url.Contains("/gate/notice", StringComparison.Ordinal));
        await walk.Page.Clock.InstallAsync();
        await walk.OpenArticleAsync();
        await (await stateIsKnown).FinishedAsync();
        var offer = walk.Page.Locator(".paywall-refresh");
        await Expect(offer).ToHaveCountAsync(0);

        var otherTab = new Walk(await walk.Page.Context.NewPageAsync(), place.Newspaper);
        await otherTab.OpenAsync(place.Newspaper, "/");
        await otherTab.SignInAsync(tools.WithCard("pm_card_visa"));
        await walk.Page.Clock.FastForwardAsync("00:31");

        await Expect(offer).ToContainTextAsync("Your access has changed");
        await Expect(offer).ToHaveAttributeAsync("role", "status");
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "refresh-offer");
        await offer.GetByRole(AriaRole.Link, new() { Name = "Refresh this page" }).ClickAsync();
        await walk.ReadsAsync();
        await Expect(offer).ToHaveCountAsync(0);
    }

    [Test, Order(2)]
    public async Task A_reload_finds_out_that_she_has_signed_in_at_the_service_in_another_tab()
    {
        var walk = await WalkAsync();
        await walk.OpenArticleAsync();
        await Expect(walk.Offer).ToBeVisibleAsync();
        var reader = tools.WithCard("pm_card_visa");
        var atService = new Walk(await walk.Page.Context.NewPageAsync(), place.Newspaper);
        await atService.OpenAsync(place.Service, "/sign-in");
        await atService.EnterAsync(reader.Email, reader.Password);
        await Expect(atService.Heading).ToHaveTextAsync("My Account");

        await WaitUntil.TrueAsync(
            async () =>
            {
                await walk.Page.ReloadAsync();
                return await walk.Offer.CountAsync() == 0;
            },
            "a reload shows the article");
        await walk.ReadsAsync();
        Assert.That(walk.Page.Url, Does.EndWith(Walk.Article));
    }

    [Test, Order(2)]
    public async Task The_content_API_gives_the_whole_article_to_whoever_may_read_it()
    {
        var walk = await SignedInAsync(tools.WithCard("pm_card_visa"));
        var answer = await walk.Page.APIRequest.GetAsync(new Uri(place.Newspaper, Walk.Article.Replace("/articles/", "/api/content/", StringComparison.Ordinal)).AbsoluteUri);
        var json = (await answer.JsonAsync())!.Value;
        Assert.That(json.GetProperty("access").GetRawText(), Is.EqualTo("""{"allowed":true,"reason":"Granted","nextStep":"None"}"""));
        Assert.That(string.Concat(json.GetProperty("body").EnumerateArray()), Does.Contain(Walk.LastWords));
        Assert.That(answer.Headers["cache-control"], Is.EqualTo("private, no-store"));
    }
}
