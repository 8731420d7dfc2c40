using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Tests.Features.Access;

namespace Subscriptions.Server.Tests.Features.Accounts;

/// <summary>How far one reader's sign-ins may be shared, where the publisher limits it.</summary>
internal sealed class SharingLimitTests
{
    private const int Most = 2;
    private const string Verifier = "verifier-0123456789-0123456789-0123456789-0123";
    private const string Callback = RunningService.Site + "/gate/callback";

    private RunningService service = null!;

    private ReaderSessions Sessions => service.Services.GetRequiredService<ReaderSessions>();

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync("--Sharing:MostSessions=2");

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task One_sign_in_too_many_ends_the_oldest_and_its_website_is_told_why()
    {
        var (reader, email) = await service.NewReaderAsync();
        var oldest = await Sessions.StartAsync(reader);
        var handle = await HandleAsync(oldest);
        await Sessions.StartAsync(reader);
        await using var feed = await FeedListener.OpenAsync(service);
        using var browser = service.NewBrowser();
        await browser.SignInAsync(email, RunningService.Password);

        var told = await feed.NewsAsync();
        while (told.Type != "revoked" || told.Text("readerId") != reader.Value)
        {
            told = await feed.NewsAsync();
        }

        Assert.That((told.Text("sessionId"), told.Text("readerId"), told.Text("reason"), told.Body.GetProperty("sessions").GetInt32()), Is.EqualTo((oldest, reader.Value, "limit", Most)));
        Assert.That(await LiveAsync(reader), Has.Count.EqualTo(Most).And.No.Member(oldest));
        using var renewed = await RenewAsync(handle);
        Assert.That(renewed.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var problem = JsonDocument.Parse(await renewed.Content.ReadAsStringAsync());
        Assert.That((problem.RootElement.GetProperty("type").GetString(), problem.RootElement.GetProperty("sessions").GetInt32()), Is.EqualTo(("urn:subscriptions:session-ended-by-limit", Most)));
        Assert.That((await browser.GetAsync("/my-account/sessions")).MainText, Does.Contain("Ended to make room").And.Contain("on 2 devices at once"));
    }

    [Test]
    public async Task Many_who_sign_in_at_once_never_leave_more_than_the_limit()
    {
        var (reader, _) = await service.NewReaderAsync();
        var begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Sessions.StartAsync(reader)));

        var live = await LiveAsync(reader);
        Assert.That(live, Has.Count.EqualTo(Most));
        Assert.That(begun, Is.SupersetOf(live));
    }

    [Test]
    public async Task A_sign_in_that_somebody_ended_is_told_as_before()
    {
        var (reader, _) = await service.NewReaderAsync();
        var session = await Sessions.StartAsync(reader);
        var handle = await HandleAsync(session);
        await using var feed = await FeedListener.OpenAsync(service);
        await Sessions.RevokeAsync(session, "test");
        var told = await feed.NewsAsync();
        Assert.That((told.Type, told.Body.TryGetProperty("reason", out _)), Is.EqualTo(("revoked", false)));
        using var renewed = await RenewAsync(handle);
        Assert.That(await renewed.Content.ReadAsStringAsync(), Does.Contain("urn:subscriptions:session-ended\""));
    }

    private async Task<List<string>> LiveAsync(ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return await db.ReaderSessions.Where(s => s.ReaderId == reader && s.RevokedAt == null).Select(s => s.Id).ToListAsync();
    }

    private async Task<string> HandleAsync(string session)
    {
        var grants = service.Services.GetRequiredService<SiteGrants>();
        var code = await grants.NewCodeAsync("courier", session, Callback, Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))));
        return (await grants.RedeemAsync("courier", code, Verifier, Callback))!.Handle;
    }

    private async Task<HttpResponseMessage> RenewAsync(string handle)
    {
        using var site = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Address };
        site.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningService.SiteKey);
        return await site.PostAsJsonAsync("/api/pass/renew", new { handle });
    }
}
