using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Shared;

[TestFixture]
internal sealed class StatusPageTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task A_form_in_an_encoding_that_nobody_reads_is_a_bad_request(
        [Values("/sign-in", "/sign-out", "/register", "/subscribe", "/pay/x", "/support/sign-in")] string path, [Values] bool inParts)
    {
        using var form = Request(HttpMethod.Post, path);
        form.Content = inParts ? PartIn("utf-7") : new ByteArrayContent("email=a"u8.ToArray());
        if (!inParts)
        {
            form.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded; charset=utf-7");
        }

        using var browser = service.NewBrowser();
        var page = await browser.FollowAsync(form);

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(page.Heading, Is.EqualTo("That did not work"));
    }

    [Test]
    public async Task A_bug_shows_a_page_to_browsers_and_problem_details_to_programs()
    {
        await using var broken = await RunningService.StartAsync();
        var (_, browser) = await broken.NewSignedInReaderAsync();
        using var _ = browser;
        await using (var db = broken.OpenDatabase())
        {
            await db.Database.ExecuteSqlRawAsync("ALTER TABLE \"Readers\" RENAME TO \"Gone\"");
        }

        var page = await browser.FollowAsync(Request(HttpMethod.Get, "/my-account", broken.Address));
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(broken.Address, "/my-account"));
        using var answer = await browser.SendAsync(asked);

        Assert.That((page.Status, page.Heading), Is.EqualTo((HttpStatusCode.InternalServerError, "Something went wrong here")));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task A_sign_in_link_that_is_not_right_is_said_to_people_in_a_page()
    {
        using var browser = service.NewBrowser();

        var page = await browser.FollowAsync(Request(HttpMethod.Get, "/sign-in/authorize?site=nobody"));
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "/sign-in/authorize?site=nobody"));
        using var answer = await browser.SendAsync(asked);

        Assert.That((page.Status, page.Heading), Is.EqualTo((HttpStatusCode.BadRequest, "This sign-in link is not right")));
        Assert.That(page.MainText, Does.Contain("No website is registered under this id."));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
    }

    private static MultipartFormDataContent PartIn(string charset)
    {
        var part = new ByteArrayContent(Encoding.ASCII.GetBytes("a"));
        part.Headers.ContentType = MediaTypeHeaderValue.Parse($"text/plain; charset={charset}");
        return new MultipartFormDataContent { { part, "email" } };
    }

    private HttpRequestMessage Request(HttpMethod method, string path, Uri? at = null)
    {
        var request = new HttpRequestMessage(method, new Uri(at ?? service.Address, path));
        request.Headers.Accept.ParseAdd("text/html");
        return request;
    }
}
