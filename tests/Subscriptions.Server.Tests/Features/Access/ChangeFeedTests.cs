using System.Net;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Access;

namespace Subscriptions.Server.Tests.Features.Access;

[TestFixture]
internal sealed class ChangeFeedTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task A_stop_does_not_wait_for_the_websites_that_listen()
    {
        await using var stopping = await RunningService.StartAsync();
        await using var listener = await FeedListener.OpenAsync(stopping);
        Assert.That((await listener.NextAsync())!.Type, Is.EqualTo("heartbeat"));

        await stopping.RestartServiceAsync().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(await listener.EndsAsync(), Is.True, "the stream has ended, and was not broken off");
    }

    [TestCase(null, null, HttpStatusCode.Unauthorized)]
    [TestCase(null, "another-key", HttpStatusCode.Unauthorized)]
    [TestCase("-1", RunningService.SiteKey, HttpStatusCode.BadRequest)]
    [TestCase("now", RunningService.SiteKey, HttpStatusCode.BadRequest)]
    public async Task Nobody_listens_without_a_key_or_from_a_place_that_is_none(string? after, string? key, HttpStatusCode status)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Address };

        using var response = await http.SendAsync(FeedListener.Request(after, key));

        Assert.That(response.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task The_heartbeat_carries_the_services_time()
    {
        await using var listener = await FeedListener.OpenAsync(service);
        var first = (await listener.NextAsync())!;
        Assert.That(service.Clock.Now - first.Now, Is.LessThan(TimeSpan.FromSeconds(5)));

        service.Clock.Advance(TimeSpan.FromDays(7));

        var second = (await listener.NextAsync())!;
        Assert.That((first.Type, second.Type), Is.EqualTo(("heartbeat", "heartbeat")));
        Assert.That(second.Now - first.Now, Is.GreaterThanOrEqualTo(TimeSpan.FromDays(7)));
    }

    [Test]
    public async Task A_change_names_the_reader_and_the_version_that_her_answer_then_has()
    {
        var (reader, _) = await service.NewReaderAsync();
        await using var listener = await FeedListener.OpenAsync(service);
        await using var db = service.OpenDatabase();
        await db.Readers.Where(r => r.Id == reader).ExecuteUpdateAsync(set => set.SetProperty(r => r.AccessVersion, 7));

        await Events.SaveAsync(service, [Events.Of(reader, version: 7)]);

        var change = await listener.NewsAsync();
        Assert.That((change.Type, change.Text("readerId"), change.Body.GetProperty("version").GetInt64()), Is.EqualTo(("change", reader.Value, 7)));
    }

    [Test]
    public async Task A_website_that_was_away_hears_what_it_missed_and_nothing_twice()
    {
        var (reader, _) = await service.NewReaderAsync();
        long heard;
        await using (var listener = await FeedListener.OpenAsync(service))
        {
            await Events.SaveAsync(service, [Events.Of(reader, version: 1)]);
            heard = (await listener.NewsAsync()).Position;
        }

        await Events.SaveAsync(service, [Events.Of(reader, version: 2), Events.Of(reader, version: 3)]);
        await service.EventuallyAsync(async () => await Events.WaitingAsync(service) == 0 ? "numbered" : null);

        await using var back = await FeedListener.OpenAsync(service, after: heard);
        var first = (await back.NextAsync())!;
        var missed = new[] { await back.NewsAsync(), await back.NewsAsync() };

        Assert.That((first.Type, first.Position), Is.EqualTo(("heartbeat", heard)), "it goes on where it was");
        Assert.That(missed.Select(m => m.Position), Is.EqualTo(new[] { heard + 1, heard + 2 }));
        Assert.That(missed.Select(m => m.Body.GetProperty("version").GetInt64()), Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public async Task A_long_backlog_is_told_of_and_sent_without_a_pause()
    {
        const int Missed = 6_000;
        var (reader, _) = await service.NewReaderAsync();
        var heard = await Events.LastAsync(service);
        await Events.SaveAsync(service, Enumerable.Range(1, Missed).Select(i => Events.Of(reader, version: i, position: heard + i)));

        await using var back = await FeedListener.OpenAsync(service, after: heard);
        var first = (await back.NextAsync())!;
        Assert.That((first.Position, first.Body.GetProperty("last").GetInt64()), Is.EqualTo((heard, heard + Missed)));

        var watch = System.Diagnostics.Stopwatch.StartNew();
        while ((await back.NewsAsync()).Position < heard + Missed)
        {
        }

        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2.5)), "eleven pauses of a quarter of a second would be more");
        Told after;
        do
        {
            after = (await back.NextAsync())!;
        }
        while (after.Type != "heartbeat");
        Assert.That(after.Body.GetProperty("last").GetInt64(), Is.EqualTo(after.Position));
    }

    [Test]
    public async Task A_place_out_of_reach_is_answered_by_a_reset_to_the_present_one()
    {
        var (reader, _) = await service.NewReaderAsync();
        var place = await Events.LastAsync(service) + ChangeFeed.Reach + 10;
        await Events.SaveAsync(service, [Events.Of(reader, version: 1, position: place)]);

        foreach (var after in new[] { place + 1, place - ChangeFeed.Reach - 1 })
        {
            await using var listener = await FeedListener.OpenAsync(service, after);
            var told = (await listener.NextAsync())!;
            Assert.That((told.Type, told.Position), Is.EqualTo(("reset", place)), $"after {after}");
        }

        await using var within = await FeedListener.OpenAsync(service, place - ChangeFeed.Reach);
        Assert.That((await within.NextAsync())!.Type, Is.EqualTo("heartbeat"));
    }

    [Test]
    public async Task A_session_that_ends_is_told_as_revoked()
    {
        var (reader, browser) = await service.NewSignedInReaderAsync();
        await using var listener = await FeedListener.OpenAsync(service);
        await listener.NextAsync();

        using (browser)
        {
            await browser.SubmitAsync(await browser.GetAsync("/sign-out"), "Sign out");
        }

        await using var db = service.OpenDatabase();
        var session = await db.ReaderSessions.SingleAsync(s => s.ReaderId == reader);
        var told = await listener.NewsAsync();
        Assert.That((told.Type, told.Text("sessionId"), told.Text("readerId")), Is.EqualTo(("revoked", session.Id, reader.Value)));
        Assert.That(service.Clock.Now - told.Now, Is.LessThan(TimeSpan.FromSeconds(5)));
    }
}
