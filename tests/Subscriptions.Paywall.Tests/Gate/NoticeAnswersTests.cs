using System.Net;
using System.Text.Json;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Gate;

public sealed class NoticeAnswersTests : SiteFixture
{
    private string Notice(string stage) => $$"""
        {"stage":"{{stage}}","heading":"Please pay","body":"Your card was refused.\nYou can read on.","myAccountUrl":"{{Service.Address}}/my-account",
         "updatePaymentDetailsUrl":"{{Service.Address}}/pay/abc?x=1","accessEndsAt":"2026-12-19T12:00:00.000Z","nextAttemptAt":null}
        """.Replace("\n ", " ", StringComparison.Ordinal).Replace("refused.\n", "refused.\\n", StringComparison.Ordinal);

    [TestCase("PaymentFailed", true)]
    [TestCase("ActNow", true)]
    [TestCase("DueToTerminate", false)]
    public async Task A_page_of_a_cache_is_told_the_notice_in_parts_with_the_way_back(string stage, bool dismissible)
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: Notice(stage));
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");

        var page = await browser.GetAsync("/gate/notice?for=/briefing%3Fa%3Db");

        Assert.That(page.Headers, Does.Contain("no-store").And.Contain("private").And.Contain("nosniff"));
        Assert.That(page.Text, Does.Not.Contain("reader-1").And.Not.Contain("sub-1").And.Not.Contain("session-1"));
        var notice = JsonDocument.Parse(page.Text).RootElement.GetProperty("notice");
        Assert.That(notice.GetProperty("stage").GetString(), Is.EqualTo(stage));
        Assert.That(notice.GetProperty("heading").GetString(), Is.EqualTo("Please pay"));
        Assert.That(notice.GetProperty("paragraphs").EnumerateArray().Select(p => p.GetString()), Is.EqualTo(new[] { "Your card was refused.", "You can read on." }));
        var back = Uri.EscapeDataString(site.Address + "/briefing?a=b");
        string[] hrefs = [.. notice.GetProperty("links").EnumerateArray().Select(link => link.GetProperty("href").GetString()!)];
        Assert.That(hrefs[^1], Is.EqualTo($"{Service.Address}/my-account?return={back}"));
        Assert.That(hrefs, dismissible ? Does.Contain($"{Service.Address}/pay/abc?x=1&return={back}") : Has.Length.EqualTo(1));
        Assert.That(notice.GetProperty("dismissible").GetBoolean(), Is.EqualTo(dismissible));
        Assert.That(notice.GetProperty("key").ValueKind == JsonValueKind.Null, Is.EqualTo(!dismissible));
    }

    [TestCase("//evil.example/x")]
    [TestCase("https://evil.example/")]
    [TestCase("/\\evil.example")]
    [TestCase("")]
    public async Task The_way_back_leads_to_this_website_only(string path)
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: Notice("ActNow"));
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");

        var page = await browser.GetAsync("/gate/notice?for=" + Uri.EscapeDataString(path));

        Assert.That(page.Text, Does.Contain("return=" + Uri.EscapeDataString(site.Address + "/") + "\"").And.Not.Contain("evil"));
    }

    [Test]
    public async Task A_notice_that_was_hidden_is_not_told_again()
    {
        Service.Readers["reader-1"] = StubReader.Subscriber(notice: Notice("PaymentFailed"));
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        var notice = JsonDocument.Parse((await browser.GetAsync("/gate/notice?for=/free")).Text).RootElement.GetProperty("notice");

        await browser.PostAsync("/gate/dismiss", new() { ["notice"] = notice.GetProperty("key").GetString()!, ["to"] = "/free" }, ("Origin", site.Address));

        Assert.That((await browser.GetAsync("/gate/notice?for=/free")).Text, Does.StartWith("{\"notice\":null,"));
    }

    [Test]
    public async Task The_state_stays_while_nothing_changes_and_changes_with_reader_access_and_end()
    {
        var site = await SiteAsync();
        using var other = await SecondAsync();
        using var browser = site.Open();
        var anonymous = await StateAsync(browser);
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1");
        var subscriber = await StateAsync(browser);
        var again = await StateAsync(browser);
        Service.Readers["reader-1"] = StubReader.Registered(version: 2);
        await browser.GetAsync("/gate/return?to=/");
        var ended = await StateAsync(browser);
        Service.Readers["reader-1"] = StubReader.Subscriber(version: 3);
        await browser.GetAsync("/gate/return?to=/");
        var paid = await StateAsync(browser);
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-2");
        var somebodyElse = await StateAsync(browser);

        Assert.That(anonymous, Is.EqualTo("anonymous"));
        Assert.That(again, Is.EqualTo(subscriber));
        Assert.That(new[] { anonymous, subscriber, ended, paid, somebodyElse }, Is.Unique.And.All.Not.Null);
        Assert.That(await StateAsync(other), Is.EqualTo(paid), "every machine of the website says the same");

        async Task<Browser> SecondAsync() => (await SiteAsync()).OpenAs(Service, "reader-1");
    }

    [Test]
    public async Task Without_the_service_no_change_is_told()
    {
        var site = await SiteAsync(listens: false);
        using var browser = site.OpenAs(Service, "reader-1");
        using var stranger = site.Open();
        Service.Down = true;

        var page = await browser.GetAsync("/gate/notice?for=/free");

        Assert.That((page.Status, page.Text), Is.EqualTo((HttpStatusCode.OK, """{"notice":null,"state":null}""")));
        Assert.That(await StateAsync(stranger), Is.EqualTo("anonymous"));
        Assert.That((await browser.PostAsync("/gate/notice", [])).Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    private static async Task<string?> StateAsync(Browser browser) =>
        JsonDocument.Parse((await browser.GetAsync("/gate/notice?for=/free")).Text).RootElement.GetProperty("state").GetString();
}
