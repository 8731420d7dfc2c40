using System.Text.Json;
using AngleSharp.Html.Parser;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Pages;

public sealed class OfferTests : SiteFixture
{
    [TestCase("NoSubscription", "not-subscribed", "Subscribe to read on", "Subscribe", "/subscribe")]
    [TestCase("AReasonOfTheFuture", "not-subscribed", "Subscribe to read on", "Subscribe", "/subscribe")]
    [TestCase("EndedForNonPayment", "subscription-ended", "Your subscription has ended", "Come back", "/subscribe")]
    [TestCase("Canceled", "subscription-ended", "Your subscription has ended", "Come back", "/subscribe")]
    [TestCase("Paused", "subscription-paused", "Your subscription is paused", "Resume in My Account", "/my-account")]
    [TestCase("PaymentDisputed", "payment-disputed", "A payment for your subscription is being questioned", "My Account", "/my-account")]
    [TestCase("PaymentOverdue", "payment-overdue", "The payment for your subscription is missing", "My Account", "/my-account")]
    [TestCase("FirstPaymentMissing", "first-payment-missing", "Your subscription has not begun yet", "Go on with it", "/subscribe")]
    public async Task A_refused_reader_is_told_how_her_subscription_stands_and_led_where_it_helps(
        string reason, string suffix, string heading, string label, string path)
    {
        Service.Readers["reader-2"] = new StubReader(3, Reason: reason);
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-2");

        foreach (var page in (string[])["/gated", "/teaser"])
        {
            var offer = new HtmlParser().ParseDocument((await browser.GetAsync(page)).Text).QuerySelector(".paywall-offer--" + suffix)!;
            var main = offer.QuerySelector(".paywall-offer__action--main")!;
            Assert.That((offer.QuerySelector(".paywall-offer__heading")!.TextContent, main.TextContent), Is.EqualTo((heading, label)));
            Assert.That(main.GetAttribute("href"), Does.StartWith(Service.Address + path + "?return="));
        }
    }

    [TestCase("NoSubscription", "NotSubscribed", "Subscribe", "/subscribe")]
    [TestCase("EndedForNonPayment", "SubscriptionEnded", "ComeBack", "/subscribe")]
    [TestCase("Paused", "SubscriptionPaused", "Resume", "/my-account")]
    [TestCase("PaymentDisputed", "PaymentDisputed", "AwaitDispute", "/my-account")]
    [TestCase("PaymentOverdue", "PaymentOverdue", "Pay", "/my-account")]
    [TestCase("FirstPaymentMissing", "FirstPaymentMissing", "FinishSubscribing", "/subscribe")]
    public async Task A_program_is_told_the_same(string reason, string told, string step, string path)
    {
        Service.Readers["reader-2"] = new StubReader(3, Reason: reason);
        var site = await SiteAsync();
        using var program = site.OpenAs(Service, "reader-2");

        var problem = JsonDocument.Parse((await program.GetAsync("/api/article")).Text).RootElement;

        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:subscriptions:paywall:" + told));
        Assert.That((problem.GetProperty("reason").GetString(), problem.GetProperty("nextStep").GetString()), Is.EqualTo((told, step)));
        Assert.That(problem.GetProperty("offerUrl").GetString(), Does.StartWith(Service.Address + path + "?return="));
    }

    [Test]
    public async Task Who_has_to_wait_is_told_the_day_on_which_her_access_begins_and_not_the_one_on_which_something_else_ends()
    {
        var (ends, begins) = (StubService.Stamp(Service.Now.AddDays(18)), StubService.Stamp(Service.Now.AddDays(40)));
        Service.Readers["reader-2"] = StubReader.Subscriber(until: ends) with
        {
            Grants = $$"""
                {"kind":"Subscription","record":"sub-1","entitlements":["subscriber"],"from":null,"until":"{{ends}}"},
                {"kind":"Complimentary","record":"grt-1","entitlements":["subscriber","archive"],"from":"{{begins}}","until":null}
                """,
        };
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-2");

        Assert.That((await browser.GetAsync("/archive/a")).Text, Does.Contain("It begins on 1 January 2027."));
        var problem = JsonDocument.Parse((await browser.GetAsync("/archive/a", ("Accept", "application/json"))).Text).RootElement;
        Assert.That((problem.GetProperty("reason").GetString(), problem.GetProperty("beginsAt").GetString()), Is.EqualTo(("NotYetStarted", begins)));
    }
}
