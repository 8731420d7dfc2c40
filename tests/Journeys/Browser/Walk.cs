using System.Net;
using Microsoft.Playwright;
using NUnit.Framework;
using Subscriptions.Journeys.Support;
using static Microsoft.Playwright.Assertions;

namespace Subscriptions.Journeys.Browser;

/// <summary>What one person does in her browser, in the words of the pages.</summary>
public sealed class Walk(IPage page, Uri newspaper)
{
    /// <summary>A subscriber-only article, and words that stand at its very end.</summary>
    public const string Article = "/articles/the-last-chain-ferry";

    public const string LastWords = "What she saves";

    private const string GoodCard = "4242424242424242";

    public IPage Page => page;

    public ILocator Heading => page.Locator("h1");

    public ILocator Notice => page.Locator(".paywall-notice");

    public ILocator Offer => page.Locator(".paywall-offer");

    /// <summary>Opens a page of one of the rooms; it must answer 200.</summary>
    public async Task<string> OpenAsync(Uri room, string path)
    {
        var answer = await page.GotoAsync(new Uri(room, path).AbsoluteUri);
        Assert.That(answer!.Status, Is.EqualTo((int)HttpStatusCode.OK), path);
        return await answer.TextAsync();
    }

    public Task<string> OpenArticleAsync() => OpenAsync(newspaper, Article);

    /// <summary>From the newspaper's own "Sign in" to the page where she was.</summary>
    public async Task SignInAsync(SeededReader reader)
    {
        var before = page.Url;
        await page.Locator(".account").GetByText("Sign in").ClickAsync();
        await EnterAsync(reader.Email, reader.Password);
        await Expect(page.Locator(".account").GetByText("My Account")).ToBeVisibleAsync();
        Assert.That(page.Url, Is.EqualTo(before), "signing in leads back");
    }

    /// <summary>Fills a sign-in form.</summary>
    public async Task EnterAsync(string email, string password)
    {
        await page.GetByLabel("E-mail address").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(password);
        await PressAsync("Sign in");
    }

    public async Task ReadsAsync()
    {
        await Expect(page.Locator(".story")).ToContainTextAsync(LastWords);
        await Expect(Offer).ToHaveCountAsync(0);
    }

    /// <summary>Reloads until the newspaper has heard of what happened to the reader.</summary>
    public Task HearsAsync(ILocator locator, string text) => WaitUntil.TrueAsync(
        async () =>
        {
            await OpenArticleAsync();
            return await locator.CountAsync() > 0 && await locator.InnerTextAsync() == text;
        },
        $"the article says “{text}”");

    public Task FollowAsync(string link) => page.Locator("main").GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First.ClickAsync();

    public Task PressAsync(string button) => page.Locator("main").GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Fills the form of the gateway's page.</summary>
    public async Task EnterCardAsync(string number = GoodCard)
    {
        await page.Locator("#card").FillAsync(number);
        await page.Locator("#exp").FillAsync("12/34");
        await page.Locator("#cvc").FillAsync("123");
        await page.Locator("#name").FillAsync("A Reader");
        await page.Locator("#submit").ClickAsync();
    }

    /// <summary>Lets the bank's challenge succeed.</summary>
    public async Task ConfirmWithBankAsync(string purpose)
    {
        await Expect(page.Locator("#purpose")).ToContainTextAsync(purpose);
        await page.Locator("#complete").ClickAsync();
    }

    public Task IsToldThatPaymentWasTakenAsync() => Expect(Heading).ToHaveTextAsync("Thank you: your payment has been taken");

    /// <summary>The first article after coming back: open, and without a notice.</summary>
    public async Task GoesOnWithoutNoticeAsync()
    {
        await FollowAsync("Go on reading");
        await ReadsAsync();
        await Expect(Notice).ToHaveCountAsync(0);
    }
}
