using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Pages;

public sealed class NoticeTests : SiteFixture
{
    private string Notice(string stage, string heading, string body = "Please update your payment details.") => $$"""
        {"stage":"{{stage}}","heading":"{{heading}}","body":"{{body}}","myAccountUrl":"{{Service.Address}}/my-account",
         "updatePaymentDetailsUrl":"{{Service.Address}}/pay/abc?x=1","accessEndsAt":"2026-12-19T12:00:00.000Z","nextAttemptAt":"2026-11-25T06:00:00.000Z"}
        """;

    private async Task<(Site Site, Browser Browser, IElement? Notice)> ShowAsync(string stage, string heading, string body = "Please pay.\\nYou can read on until 19 December 2026.")
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: Notice(stage, heading, body));
        var site = await SiteAsync();
        var browser = site.OpenAs(Service, "reader-1");
        return (site, browser, await FindAsync(browser));
    }

    private static async Task<IElement?> FindAsync(Browser browser) =>
        new HtmlParser().ParseDocument((await browser.GetAsync("/teaser")).Text).QuerySelector(".paywall-notice");

    [TestCase("PaymentFailed", "We haven't been able to take payment", "status", "payment-failed")]
    [TestCase("ActNow", "Act now to keep your subscription", "alert", "act-now")]
    [TestCase("DueToTerminate", "Your subscription is due to terminate", "alert", "due-to-terminate")]
    public async Task The_notice_stands_in_the_page_with_its_heading_text_and_ways_out(string stage, string heading, string role, string suffix)
    {
        var (site, browser, notice) = await ShowAsync(stage, heading);
        using var _ = browser;

        Assert.That(notice!.GetAttribute("role"), Is.EqualTo(role));
        Assert.That(notice.ClassList, Does.Contain("paywall-notice--" + suffix));
        Assert.That(notice.QuerySelector("#" + notice.GetAttribute("aria-labelledby"))!.TextContent, Is.EqualTo(heading));
        Assert.That(notice.QuerySelectorAll(".paywall-notice__body").Select(p => p.TextContent), Is.EqualTo(new[] { "Please pay.", "You can read on until 19 December 2026." }));
        var back = Uri.EscapeDataString(site.Address + "/teaser");
        var links = notice.QuerySelectorAll("a").Select(link => link.GetAttribute("href")).ToArray();
        Assert.That(links, Does.Contain($"{Service.Address}/my-account?return={back}"));
        Assert.That(links, stage == "DueToTerminate" ? Has.Length.EqualTo(1) : Does.Contain($"{Service.Address}/pay/abc?x=1&return={back}"));
        Assert.That(notice.QuerySelector("form") is null, Is.EqualTo(stage == "DueToTerminate"));
    }

    [Test]
    public async Task What_the_service_says_is_text_and_never_markup()
    {
        var (_, browser, notice) = await ShowAsync("ActNow", "<b>now</b>", "<img src=x onerror=alert(1)>\\nSecond line");
        using var __ = browser;

        Assert.That(notice!.QuerySelectorAll("b, img"), Is.Empty);
        Assert.That(notice.QuerySelectorAll(".paywall-notice__body").Select(p => p.TextContent), Does.Contain("Second line"));
    }

    [Test]
    public async Task A_notice_can_be_hidden_without_script_until_the_next_stage_and_the_third_one_never()
    {
        var (site, browser, notice) = await ShowAsync("PaymentFailed", "h");
        using var _ = browser;
        var form = notice!.QuerySelector("form")!;
        var fields = form.QuerySelectorAll("input").ToDictionary(field => field.GetAttribute("name")!, field => field.GetAttribute("value")!);
        var answer = await browser.PostAsync(form.GetAttribute("action")!, fields, ("Origin", site.Address));
        Assert.That((answer.Status, answer.Location), Is.EqualTo((HttpStatusCode.SeeOther, "/teaser")));
        Assert.That(await FindAsync(browser), Is.Null);

        Service.Readers["reader-1"] = StubReader.Subscriber(version: 2, notice: Notice("DueToTerminate", "h3"));
        await browser.GetAsync("/gate/return?to=/");
        await browser.PostAsync("/gate/dismiss", new() { ["notice"] = "DueToTerminate-20261219", ["to"] = "/" });
        browser.Cookies["__courier_dismissed"] = "DueToTerminate-20261219.PaymentFailed-20261219";
        Assert.That((await FindAsync(browser))!.TextContent, Does.Contain("h3"));
    }

    [Test]
    public async Task A_stage_of_the_future_is_shown_in_its_own_words()
    {
        var (_, browser, notice) = await ShowAsync("SomethingNew", "Something new");
        using var __ = browser;
        Assert.That(notice!.TextContent, Does.Contain("Something new"));
    }

    [Test]
    public async Task An_address_that_no_browser_should_open_is_left_out()
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(
            notice: """{"stage":"ActNow","heading":"h","body":"b","myAccountUrl":"javascript:alert(1)","updatePaymentDetailsUrl":"data:text/html,x"}""");
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        Assert.That((await FindAsync(browser))!.QuerySelectorAll("a"), Is.Empty);
    }

    [Test]
    public async Task The_notice_stands_on_free_pages_too_and_makes_them_private()
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: Notice("ActNow", "Act now"));
        var site = await SiteAsync(map: app => Microsoft.AspNetCore.Builder.EndpointRouteBuilderExtensions.MapGet(app, "/front", TagHelperPageAsync));
        using var browser = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();

        var page = await browser.GetAsync("/front");
        Assert.That(page.Text, Does.Contain("<h3 class=\"paywall-notice__heading\"").And.Contain("Act now").And.Not.Contain("paywall-offer"));
        Assert.That(page.Headers, Does.Contain("no-store"));
        Assert.That((await stranger.GetAsync("/front")).Headers, Does.Not.Contain("no-store"));
    }

    private static async Task TagHelperPageAsync(HttpContext context)
    {
        var view = new ViewContext { HttpContext = context };
        var page = new StringWriter();
        foreach (var helper in (TagHelper[])[new PaywallNoticeTagHelper { ViewContext = view, HeadingLevel = 3 }, new PaywallOfferTagHelper { ViewContext = view }])
        {
            var output = new TagHelperOutput("x", [], (_, _) => Task.FromResult<TagHelperContent>(new DefaultTagHelperContent()));
            await helper.ProcessAsync(new TagHelperContext([], new Dictionary<object, object>(), "1"), output);
            output.WriteTo(page, System.Text.Encodings.Web.HtmlEncoder.Default);
        }

        await context.Response.WriteAsync(page.ToString());
    }
}
