using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using NUnit.Framework;
using Subscriptions.Journeys.Support;
using static Microsoft.Playwright.Assertions;
using static Subscriptions.Journeys.Browser.Chromium;

namespace Subscriptions.Journeys.Browser;

/// <summary>
/// The reader's two stories as a person walks them, in a real browser. One sandbox serves all, so the tests have an
/// order: the one that moves the clock by weeks is the last.
/// </summary>
[TestFixture]
public sealed partial class ReaderInBrowserTests
{
    private static readonly TimeSpan Afternoon = TimeSpan.FromHours(8);

    private SandboxPlace place = null!;
    private SandboxProgram sandbox = null!;
    private SandboxTools tools = null!;
    private Chromium chromium = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        place = new SandboxPlace();
        sandbox = await SandboxProgram.StartAsync(place);
        tools = await SandboxTools.OpenAsync(place);
        chromium = await Chromium.StartAsync();
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await chromium.DisposeAsync();
        tools.Dispose();
        await sandbox.DisposeAsync();
        place.Dispose();
    }

    [Test, Order(1)]
    public async Task Without_signing_in_an_article_shows_its_beginning_and_an_offer()
    {
        var walk = await WalkAsync();
        await walk.OpenAsync(place.Newspaper, "/");
        await IsAccessibleAsync(walk.Page);
        var answer = await walk.OpenArticleAsync();
        await Expect(walk.Offer.Locator("h2")).ToHaveTextAsync("Subscribe to read on");
        Assert.That(answer, Does.Contain("On a weekday the").And.Not.Contain(Walk.LastWords));
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "offer");
    }

    [Test, Order(2)]
    public async Task Pages_that_need_no_reader_are_accessible()
    {
        var walk = await WalkAsync();
        foreach (var path in (string[])["/sign-in", "/register", "/forgotten-password", "/subscribe"])
        {
            await walk.OpenAsync(place.Service, path);
            await IsAccessibleAsync(walk.Page);
        }

        foreach (var path in (string[])["/", "/readers", "/inbox", "/clock", "/faults"])
        {
            await walk.OpenAsync(place.Panel, path);
            await IsAccessibleAsync(walk.Page);
            await KeepPicturesAsync(walk.Page, "panel" + path.Replace('/', '-'));
        }
    }

    [Test, Order(2)]
    public async Task Support_finds_a_reader_on_accessible_pages()
    {
        var walk = await WalkAsync();
        await walk.OpenAsync(place.Service, "/support");
        await IsAccessibleAsync(walk.Page);
        await walk.EnterAsync(SandboxTools.Text(tools.Staff[0], "email"), SandboxTools.Text(tools.Staff[0], "password"));
        await walk.Page.Locator("main input[type=text], main input[type=search]").First.FillAsync("kettlewell");
        await walk.PressAsync("Find");
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "support-found");
        await walk.FollowAsync("Bram Kettlewell");
        await Expect(walk.Heading).ToHaveTextAsync("Bram Kettlewell");
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "support-reader");
    }

    [Test, Order(2)]
    public async Task An_address_that_leads_nowhere_shows_a_page_and_no_JSON()
    {
        var walk = await WalkAsync();
        var answer = await walk.Page.GotoAsync(new Uri(place.Service, "/nowhere").AbsoluteUri);
        Assert.That(answer!.Status, Is.EqualTo(404));
        await Expect(walk.Heading).ToHaveTextAsync("There is no page here");
        await IsAccessibleAsync(walk.Page);
    }

    [Test, Order(3)]
    public async Task Through_the_notice_she_sees_what_is_owed_and_pays()
    {
        var walk = await SignedInAsync(Named("bram"));
        await Expect(walk.Notice.Locator("h2")).ToHaveTextAsync("We haven't been able to take payment");
        await walk.FollowAsync("My Account");
        var problem = walk.Page.Locator("section.notice");
        foreach (var label in (string[])["What is owed", "Why", "What happens next", "Your access ends"])
        {
            await Expect(problem).ToContainTextAsync(label);
        }

        await IsAccessibleAsync(walk.Page);
        await walk.FollowAsync("Update payment details");
        await IsAccessibleAsync(walk.Page);
        await walk.PressAsync("Update payment details");
        await IsAccessibleAsync(walk.Page);
        var submitted = Stopwatch.StartNew();
        await walk.EnterCardAsync();
        await walk.IsToldThatPaymentWasTakenAsync();
        await IsAccessibleAsync(walk.Page);
        await walk.GoesOnWithoutNoticeAsync();
        TestContext.Out.WriteLine($"From the hosted page's submit to an article without notice, axe on the way: {submitted.ElapsedMilliseconds} ms");
        await InvoicesAreAccessibleAsync(walk);
    }

    [Test, Order(4)]
    public async Task A_payment_that_the_bank_wants_confirmed_passes_its_challenge()
    {
        var walk = await SignedInAsync(Named("kester"));
        await Expect(walk.Notice.Locator("h2")).ToHaveTextAsync("Act now to keep your subscription");
        await walk.FollowAsync("Update payment details");
        await walk.PressAsync("Update payment details");
        await walk.EnterCardAsync("4000002760003184");
        await IsAccessibleAsync(walk.Page);
        await walk.ConfirmWithBankAsync("Saving this card");
        await walk.ConfirmWithBankAsync("A payment of");
        await walk.IsToldThatPaymentWasTakenAsync();
        await walk.GoesOnWithoutNoticeAsync();
    }

    [Test, Order(5)]
    public async Task Without_JavaScript_all_of_it_works_too()
    {
        var walk = await SignedInAsync(Named("freya"), scripts: false);
        await Expect(walk.Notice.Locator("h2")).ToHaveTextAsync("Your subscription is due to terminate");
        await walk.FollowAsync("My Account");
        await walk.FollowAsync("Update payment details");
        await walk.PressAsync("Update payment details");
        await walk.EnterCardAsync("4000000000000341");
        await Expect(walk.Heading).ToHaveTextAsync("The payment was not taken");
        await walk.FollowAsync("Try another payment method");
        await walk.PressAsync("Update payment details");
        await walk.EnterCardAsync();
        await walk.IsToldThatPaymentWasTakenAsync();
        await walk.GoesOnWithoutNoticeAsync();
    }

    [Test, Order(6)]
    public async Task From_the_failed_renewal_to_the_end_and_back_again()
    {
        var reader = tools.WithCard("pm_card_chargeCustomerFail");
        var renewal = RenewalOf(reader);
        var walk = await SignedInAsync(reader);
        await Expect(walk.Notice).ToHaveCountAsync(0);

        await AtDayAsync(walk, renewal, 0, heading: null);
        await AtDayAsync(walk, renewal, 3, "We haven't been able to take payment");
        await walk.PressAsync("Hide this for now");
        await Expect(walk.Notice).ToHaveCountAsync(0);
        await AtDayAsync(walk, renewal, 10, "Act now to keep your subscription");
        await Expect(walk.Notice.GetByText("Hide this for now")).ToBeVisibleAsync();
        await TheMailsLinkOpensOnlyThePaymentPageAsync(tools.WithCard("pm_card_visa_chargeDeclinedLostCard", state: "Active"));
        await AtDayAsync(walk, renewal, 18, "Your subscription is due to terminate");
        await Expect(walk.Notice.GetByText("Hide this for now")).ToHaveCountAsync(0);
        await AtDayAsync(walk, renewal, 26, "Your subscription is due to terminate");
        await ComesBackAfterTheEndAsync(walk, renewal);
    }

    private async Task AtDayAsync(Walk walk, DateTimeOffset renewal, int day, string? heading)
    {
        await tools.AdvanceToAsync(renewal.AddDays(day) + Afternoon);
        await (heading is null ? walk.OpenArticleAsync() : walk.HearsAsync(walk.Notice.Locator("h2"), heading));
        await walk.ReadsAsync();
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, $"article-day-{day:00}");
        if (heading is null)
        {
            await Expect(walk.Notice).ToHaveCountAsync(0);
            return;
        }

        Assert.That(await walk.Page.EvaluateAsync<bool>(
            "!!(document.querySelector('.paywall-notice').compareDocumentPosition(document.querySelector('.story')) & Node.DOCUMENT_POSITION_FOLLOWING)"),
            Is.True, "the notice stands above the article");
        await LinksWorkAsync(walk, heading);
    }

    private static async Task LinksWorkAsync(Walk walk, string heading)
    {
        var links = await walk.Notice.Locator("a").EvaluateAllAsync<string[]>("links => links.map(link => link.textContent + ' ' + link.href)");
        Assert.That(links, Has.Length.EqualTo(heading == "Your subscription is due to terminate" ? 1 : 2));
        foreach (var link in links)
        {
            await walk.OpenAsync(new Uri(link[link.IndexOf("http", StringComparison.Ordinal)..]), "");
            await Expect(walk.Heading).ToHaveTextAsync(
                link.StartsWith("My Account", StringComparison.Ordinal) ? "My Account" : "Update your payment details");
            if (link.StartsWith("My Account", StringComparison.Ordinal))
            {
                await Expect(walk.Page.Locator("main h2").First).ToHaveTextAsync(heading);
                await IsAccessibleAsync(walk.Page);
            }
        }

        await walk.OpenArticleAsync();
    }

    private async Task TheMailsLinkOpensOnlyThePaymentPageAsync(SeededReader reader)
    {
        var mail = (await tools.InboxAsync(reader.Email)).Select(m => SandboxTools.Text(m, "text")).First(text => PayLink().IsMatch(text));
        var link = new Uri(PayLink().Match(mail).Value);
        var walk = await WalkAsync();
        await walk.OpenAsync(link, "");
        await Expect(walk.Heading).ToHaveTextAsync("Update your payment details");
        await IsAccessibleAsync(walk.Page);
        await walk.OpenAsync(place.Service, "/my-account");
        await Expect(walk.Heading).ToHaveTextAsync("Sign in");
        await walk.OpenAsync(link, "");
        await walk.PressAsync("Update payment details");
        await walk.EnterCardAsync();
        await walk.IsToldThatPaymentWasTakenAsync();
        await IsAccessibleAsync(walk.Page);
        await walk.Page.GotoAsync(link.AbsoluteUri);
        await Expect(walk.Heading).ToHaveTextAsync("This payment is settled");
        await IsAccessibleAsync(walk.Page);
    }

    private async Task ComesBackAfterTheEndAsync(Walk walk, DateTimeOffset renewal)
    {
        await tools.AdvanceToAsync(renewal.AddDays(27) + Afternoon);
        await walk.HearsAsync(walk.Offer.Locator("h2"), "Your subscription has ended");
        await Expect(walk.Page.Locator(".story")).Not.ToContainTextAsync(Walk.LastWords);
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "article-day-27");
        await walk.FollowAsync("Come back");
        await walk.PressAsync("Continue");
        await IsAccessibleAsync(walk.Page);
        await walk.Page.Locator("main form button").First.ClickAsync();
        await walk.EnterCardAsync();
        await Expect(walk.Page.Locator(".notice.good")).ToBeVisibleAsync();
        await IsAccessibleAsync(walk.Page);
        await walk.GoesOnWithoutNoticeAsync();
    }

    private async Task InvoicesAreAccessibleAsync(Walk walk)
    {
        await walk.OpenAsync(place.Service, "/my-account/invoices");
        await IsAccessibleAsync(walk.Page);
        await walk.Page.Locator("main table a").First.ClickAsync();
        await Expect(walk.Heading).ToContainTextAsync("Invoice");
        await IsAccessibleAsync(walk.Page);
        await KeepPicturesAsync(walk.Page, "invoice");
    }

    private async Task<Walk> WalkAsync(bool scripts = true) => new(await chromium.SomebodyAsync(scripts), place.Newspaper);

    private async Task<Walk> SignedInAsync(SeededReader reader, bool scripts = true)
    {
        var walk = await WalkAsync(scripts);
        await walk.OpenArticleAsync();
        await walk.SignInAsync(reader);
        await walk.ReadsAsync();
        return walk;
    }

    private SeededReader Named(string first) =>
        tools.Reader(r => SandboxTools.Text(r, "email").StartsWith(first + ".", StringComparison.Ordinal));

    private DateTimeOffset RenewalOf(SeededReader reader) => tools.Readers
        .Single(r => SandboxTools.Text(r, "email") == reader.Email).GetProperty("renewsAt").GetDateTimeOffset();


    [GeneratedRegex(@"http://localhost:\d+/pay/[\w-]+")]
    private static partial Regex PayLink();
}
