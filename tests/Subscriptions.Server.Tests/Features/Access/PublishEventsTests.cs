using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Tests.Features.Access;

[TestFixture]
internal sealed class PublishEventsTests
{
    private RunningService service = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task An_event_that_commits_late_is_told_late_and_never_skipped()
    {
        var (reader, _) = await service.NewReaderAsync();
        await using var listener = await FeedListener.OpenAsync(service);
        var begunFirst = await NextIdAsync();

        await Events.SaveAsync(service, [Events.Of(reader, version: 2, id: begunFirst + 1)]);
        var first = await listener.NewsAsync();
        await Events.SaveAsync(service, [Events.Of(reader, version: 1, id: begunFirst)]);
        var second = await listener.NewsAsync();

        Assert.That(new[] { first, second }.Select(told => told.Body.GetProperty("version").GetInt64()), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(second.Position, Is.EqualTo(first.Position + 1));
    }

    [Test]
    public async Task The_events_of_one_stream_are_told_in_their_order_whatever_identities_the_database_gave_them()
    {
        var (reader, _) = await service.NewReaderAsync();
        await using var listener = await FeedListener.OpenAsync(service);
        var next = await NextIdAsync();

        await Events.SaveAsync(service, [
            Events.Of(reader, 3, next, streamVersion: 3, stream: "sub_disordered"), Events.Of(reader, 1, next + 1, streamVersion: 1, stream: "sub_disordered"),
            Events.Of(reader, 2, next + 2, streamVersion: 2, stream: "sub_disordered"),
        ]);

        List<long> told = [];
        while (told.Count < 3)
        {
            told.Add((await listener.NewsAsync()).Body.GetProperty("version").GetInt64());
        }

        Assert.That(told, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task A_stream_keeps_its_order_across_the_end_of_a_batch()
    {
        const int Batch = 500;
        var (reader, _) = await service.NewReaderAsync();
        await using var listener = await FeedListener.OpenAsync(service);
        var next = await NextIdAsync();

        await Events.SaveAsync(service, [
            .. Enumerable.Range(0, Batch - 1).Select(n => Events.Of(reader, 100, next + n)),
            Events.Of(reader, 2, next + Batch - 1, streamVersion: 2, stream: "sub_across"), Events.Of(reader, 1, next + Batch, streamVersion: 1, stream: "sub_across"),
        ]);

        List<long> told = [];
        while (told.Count < Batch + 1)
        {
            told.Add((await listener.NewsAsync()).Body.GetProperty("version").GetInt64());
        }

        Assert.That(told.Where(version => version < 100), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public async Task Many_publishers_number_every_event_once_and_without_a_gap()
    {
        const int Many = 1_700;
        var (reader, _) = await service.NewReaderAsync();
        var before = await Events.LastAsync(service);
        await using var listener = await FeedListener.OpenAsync(service, before);
        await Events.SaveAsync(service, Enumerable.Range(1, Many).Select(version => Events.Of(reader, version)));

        // Two of this process and one of another, while the service's own looks as well.
        await Task.WhenAll(Publisher("one").RunAsync(default), Publisher("one").RunAsync(default), Publisher("two").RunAsync(default));
        await service.EventuallyAsync(async () => await Events.WaitingAsync(service) == 0 ? "numbered" : null);

        List<Told> told = [];
        while (told.Count < Many)
        {
            told.Add(await listener.NewsAsync());
        }

        Assert.That(told.Select(t => t.Position), Is.EqualTo(Enumerable.Range(1, Many).Select(i => before + i)));
        Assert.That(told.Select(t => t.Body.GetProperty("version").GetInt64()), Is.EquivalentTo(Enumerable.Range(1, Many)));
    }

    [Test]
    public async Task Nobody_publishes_under_the_lease_of_another()
    {
        var databases = service.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>();
        var due = new DueWorkStore(databases, new InstanceName("a-third"), TimeProvider.System, NullLogger<DueWorkStore>.Instance);
        var (reader, _) = await service.NewReaderAsync();
        var held = await service.EventuallyAsync(() => due.ClaimNowAsync(Data.Rows.WorkKind.PublishEvents, "events", service.Clock.Now));
        await Events.SaveAsync(service, [Events.Of(reader, version: 1)]);

        await Publisher("two").RunAsync(default);
        Assert.That(await Events.WaitingAsync(service), Is.EqualTo(1));

        await due.CompleteAsync(held, service.Clock.Now);
        await Publisher("two").RunAsync(default);
        await service.EventuallyAsync(async () => await Events.WaitingAsync(service) == 0 ? "numbered" : null);
    }

    private PublishEvents Publisher(string process)
    {
        var databases = service.Services.GetRequiredService<IDbContextFactory<SubscriptionsDb>>();
        return new(
            new DueWorkStore(databases, new InstanceName(process), TimeProvider.System, NullLogger<DueWorkStore>.Instance), databases,
            service.Services.GetRequiredService<FeedSignal>(), service.Services.GetRequiredService<BillingClock>());
    }

    private async Task<long> NextIdAsync()
    {
        // Far beyond what a database that counts by itself will give in this run.
        await using var db = service.OpenDatabase();
        return (await db.Events.MaxAsync(e => (long?)e.Id) ?? 0) + 1_000_000;
    }
}
