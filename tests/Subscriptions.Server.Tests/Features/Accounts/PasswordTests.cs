using System.Net;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Accounts;

[TestFixture]
internal sealed class PasswordTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task The_link_of_a_password_letter_works_once_and_ends_every_session()
    {
        var (_, email) = await service.NewReaderAsync();
        using var elsewhere = service.NewBrowser();
        await elsewhere.SignInAsync(email, RunningService.Password);
        using var browser = service.NewBrowser();
        var link = await AskForLinkAsync(browser, email);

        var form = await browser.GetAsync(link);
        var done = await browser.SubmitAsync(form, "Set the new password", ("password", "a brand new password"));
        var again = await browser.SubmitAsync(form, "Set the new password", ("password", "yet another password"));

        Assert.That(done.Text, Does.Contain("Your new password is set"));
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await browser.GetAsync(link)).Heading, Is.EqualTo("This link does not work any more"));
        Assert.That((await elsewhere.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/sign-in"));
        Assert.That((await browser.SignInAsync(email, RunningService.Password)).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await browser.SignInAsync(email, "a brand new password")).Url.AbsolutePath, Is.EqualTo("/my-account"));
    }

    [Test]
    public async Task An_unknown_address_hears_the_same_and_gets_no_letter()
    {
        var (_, email) = await service.NewReaderAsync();
        using var browser = service.NewBrowser();
        var form = await browser.GetAsync("/forgotten-password");

        var unknown = await browser.SubmitAsync(form, "Send the link", ("email", "stranger@example.com"));
        var known = await browser.SubmitAsync(form, "Send the link", ("email", email));

        Assert.That(unknown.MainText, Is.EqualTo(known.MainText));
        await LetterAsync(email);
        Assert.That(service.Inbox.Count("stranger@example.com"), Is.Zero);
    }

    [TestCase("/forgotten-password/choose")]
    [TestCase("/forgotten-password/choose?account=acc_1&token=AAAA")]
    [TestCase("/forgotten-password/choose?account=acc_1&token=%21%21")]
    public async Task A_forged_link_changes_nothing(string path)
    {
        using var browser = service.NewBrowser();

        Assert.That((await browser.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_change_of_password_ends_the_other_sessions_and_keeps_this_one()
    {
        var (_, email) = await service.NewReaderAsync();
        using var elsewhere = service.NewBrowser();
        using var browser = service.NewBrowser();
        await elsewhere.SignInAsync(email, RunningService.Password);
        await browser.SignInAsync(email, RunningService.Password);

        var form = await browser.GetAsync("/my-account/password");
        var wrong = await browser.SubmitAsync(form, "Change the password", ("current", "not it at all"), ("password", "a brand new password"));
        var done = await browser.SubmitAsync(form, "Change the password", ("current", RunningService.Password), ("password", "a brand new password"));

        Assert.That(wrong.Document.QuerySelector("#current-wrong"), Is.Not.Null);
        Assert.That(done.Text, Does.Contain("Your new password is set"));
        Assert.That((await elsewhere.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/sign-in"));
    }

    [Test]
    public async Task A_reader_ends_another_browsers_sign_in()
    {
        var (_, email) = await service.NewReaderAsync();
        using var elsewhere = service.NewBrowser();
        using var browser = service.NewBrowser();
        await elsewhere.SignInAsync(email, RunningService.Password);
        await browser.SignInAsync(email, RunningService.Password);
        var list = await browser.GetAsync("/my-account/sessions");
        var other = list.Document.QuerySelectorAll("tr").Single(row => row.TextContent.Contains("Another browser", StringComparison.Ordinal))
            .QuerySelector("input[name=session]")!.GetAttribute("value")!;

        await browser.SubmitAsync(list, "End", ("session", other));

        Assert.That((await elsewhere.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/sign-in"));
        Assert.That((await browser.GetAsync("/my-account")).Url.AbsolutePath, Is.EqualTo("/my-account"));
    }

    private async Task<Uri> AskForLinkAsync(Browser browser, string email)
    {
        var form = await browser.GetAsync("/forgotten-password");
        await browser.SubmitAsync(form, "Send the link", ("email", email));
        var text = await LetterAsync(email);
        return new Uri(text.Split('\n').First(line => line.StartsWith("http", StringComparison.Ordinal)).Trim());
    }

    private async Task<string> LetterAsync(string email) =>
        (await service.EventuallyAsync(() => Task.FromResult(service.Inbox.List(email).FirstOrDefault()))).Text;
}
