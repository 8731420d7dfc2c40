using System.Net;
using Subscriptions.Paywall.Tests.Support;

namespace Subscriptions.Paywall.Tests.Readers;

/// <summary>A pass is renewed by its handle, for whoever has both.</summary>
public sealed class PassRenewalTests : SiteFixture
{
    [Test]
    public async Task A_pass_near_its_end_is_renewed_behind_the_readers_back()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        var first = browser.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromMinutes(51));

        await Eventually.IsTrueAsync(
            async () => (await browser.GetAsync("/gated")).ShowsSecret && browser.Cookies["__courier_pass"] != first, "the pass is renewed");
        Assert.That(Service.CallsOf("renew"), Is.EqualTo(1));
    }

    [Test]
    public async Task An_expired_pass_is_renewed_once_for_all_tabs_and_without_a_handle_it_is_over()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        using var without = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        browser.KeepsCookies = false;
        Clock.Advance(TimeSpan.FromHours(3));

        var tabs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.GetAsync("/gated")));
        Assert.That(tabs.All(tab => tab.ShowsSecret), Is.True);
        Assert.That(Service.CallsOf("renew"), Is.EqualTo(1));
        Assert.That((await without.GetAsync("/gated")).ShowsSecret, Is.False);
    }

    [Test]
    public async Task A_renewal_that_failed_is_not_remembered()
    {
        var site = await SiteAsync();
        using var browser = site.OpenAs(Service, "reader-1");
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await browser.GetAsync("/gated");
        var first = browser.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromHours(2));
        Service.Between = (502, "text/html", "Bad Gateway");
        for (var i = 0; i < 3; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }

        Assert.That((Service.CallsOf("renew"), browser.Cookies["__courier_pass"]), Is.EqualTo((3, first)));
        Service.Between = null;
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(browser.Cookies["__courier_pass"], Is.Not.EqualTo(first));
    }

    [Test]
    public async Task A_clock_too_slow_for_new_passes_is_told_once_and_not_every_request_asks_for_another()
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        using var browser = site.Open();
        browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(5));
        browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        using var other = site.Open();
        other.Cookies["__courier_pass"] = Service.IssuePass("reader-1", "session-2", life: TimeSpan.FromMinutes(5));
        other.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-2");
        Service.PassesAhead = TimeSpan.FromMinutes(4);
        await browser.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Errors().Length > 0, "the clock is told");
        await other.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == 2, "the other browser's pass is renewed in vain as well");

        for (var i = 0; i < 10; i++)
            foreach (var one in (Browser[])[browser, other])
                Assert.That((await one.GetAsync("/gated")).ShowsSecret, Is.True);
        Assert.That(Service.CallsOf("renew"), Is.EqualTo(2));
        Assert.That(Errors(), Has.Length.EqualTo(1).And.All.Contains("The clock of this machine is 240 s behind"));

        string[] Errors() => [.. log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal))];
    }

    [Test]
    public async Task What_is_wrong_with_the_passes_that_the_service_gives_is_told_once_and_again_when_they_were_right_meanwhile()
    {
        using var log = new LogBook();
        var site = await SiteAsync(log: log);
        Clock.Advance(TimeSpan.FromHours(2));
        foreach (var isAhead in (bool[])[true, true, false, true, true])
        {
            Service.PassesAhead = TimeSpan.FromMinutes(isAhead ? 4 : 0);
            using var browser = site.Open();
            browser.Cookies["__courier_pass"] = Service.IssuePass("reader-1", life: TimeSpan.FromMinutes(-30));
            browser.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
            Assert.That((await browser.GetAsync("/gated")).ShowsSecret, Is.True);
        }

        Assert.That(log.Lines.Count(line => line.StartsWith("Error", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [TestCase("x")]
    [TestCase("a-handle-with-a-full-stop.0123456789-0123456")]
    [TestCase("%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00")]
    [TestCase(null)]
    public async Task What_cannot_be_a_handle_is_not_sent_to_the_service(string? handle)
    {
        var site = await SiteAsync();
        using var browser = site.Open();
        browser.Cookies["__courier_handle"] = handle ?? new string('h', 500);

        Assert.That((await browser.GetAsync("/gated")).Status, Is.EqualTo(HttpStatusCode.PaymentRequired));
        Assert.That((Service.CallsOf("renew"), browser.Cookies.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Invented_handles_keep_no_reader_from_her_renewal()
    {
        var site = await SiteAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(10));
        using var reader = site.OpenAs(Service, "reader-1");
        reader.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await reader.GetAsync("/gated");
        var first = reader.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromHours(2));
        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;

        var invented = Enumerable.Range(0, 100).Select(async i =>
        {
            using var browser = site.Open();
            browser.Cookies["__courier_handle"] = $"invented-{i}".PadRight(43, '_');
            return (await browser.GetAsync("/gated")).Status;
        }).ToArray();
        await Eventually.IsTrueAsync(() => invented.Count(one => one.IsCompleted) >= 92, "most are answered without the service");
        var hers = reader.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == 9, "hers is put to the service beside them");
        gate.SetResult();

        Assert.That((await hers).ShowsSecret, Is.True);
        Assert.That(reader.Cookies["__courier_pass"], Is.Not.EqualTo(first));
        Assert.That((await Task.WhenAll(invented)).Distinct(), Is.EquivalentTo((HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.PaymentRequired]));
    }

    // One account of anybody's, whose pass may wait for one place; or many whose passes are too old for any handle that came with them.
    [TestCase(1, 30, 9)]
    [TestCase(100, 91, 8)]
    public async Task Genuine_passes_with_invented_handles_keep_no_reader_from_her_renewal(int accounts, int daysOld, int asked)
    {
        var site = await SiteAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(10));
        using var reader = site.OpenAs(Service, "reader-1");
        reader.Cookies["__courier_handle"] = Service.IssueHandle("reader-1");
        await reader.GetAsync("/gated");
        var first = reader.Cookies["__courier_pass"];
        Clock.Advance(TimeSpan.FromDays(3));
        var passes = Enumerable.Range(0, accounts).Select(i => Service.IssuePass($"account-{i}", $"session-of-{i}", TimeSpan.FromDays(-daysOld))).ToArray();
        using (var warm = site.Open())
        {
            warm.Cookies["__courier_pass"] = passes[0];
            await warm.GetAsync("/gated");
        }

        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;
        var invented = Enumerable.Range(0, 100).Select(async i =>
        {
            using var browser = site.Open();
            browser.Cookies["__courier_pass"] = passes[i % accounts];
            browser.Cookies["__courier_handle"] = $"invented-{i}".PadRight(43, '_');
            return (await browser.GetAsync("/gated")).Status;
        }).ToArray();
        await Eventually.IsTrueAsync(() => invented.Count(one => one.IsCompleted) == 100 - asked, "the others are answered without the service");
        var hers = reader.GetAsync("/gated");
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == asked + 1, "hers is put to the service beside them");
        gate.SetResult();

        Assert.That((await hers).ShowsSecret, Is.True);
        Assert.That(reader.Cookies["__courier_pass"], Is.Not.EqualTo(first));
        Assert.That((await Task.WhenAll(invented)).Distinct(), Is.EquivalentTo((HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.PaymentRequired]));
    }

    [Test]
    public async Task Two_browsers_of_a_reader_are_renewed_at_the_same_time()
    {
        var site = await SiteAsync();
        using var phone = site.OpenAs(Service, "reader-1", "session-of-the-phone");
        using var desk = site.OpenAs(Service, "reader-1", "session-of-the-desk");
        phone.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-of-the-phone");
        desk.Cookies["__courier_handle"] = Service.IssueHandle("reader-1", "session-of-the-desk");
        await phone.GetAsync("/gated");
        Clock.Advance(TimeSpan.FromDays(3));
        var gate = new TaskCompletionSource();
        Service.GateOfAll = gate.Task;

        var pages = Task.WhenAll(phone.GetAsync("/gated"), desk.GetAsync("/gated"));
        await Eventually.IsTrueAsync(() => Service.CallsOf("renew") == 2, "both are put to the service");
        gate.SetResult();
        Assert.That((await pages).Select(page => page.ShowsSecret), Is.All.True);
    }
}
