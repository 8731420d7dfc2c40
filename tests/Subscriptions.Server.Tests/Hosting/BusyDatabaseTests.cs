using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Invoices;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Gate;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Tests.Features;
using Subscriptions.Server.Tests.Features.Api;
using Subscriptions.Server.Tests.Features.Groups;

namespace Subscriptions.Server.Tests.Hosting;

/// <summary>A database that is busy, or ends a deadlock at somebody's cost, costs a reader a moment and never what she asked for.</summary>
internal sealed class BusyDatabaseTests
{
    private const int Failures = 2;
    private readonly BusyMoment busy = new();
    private readonly LostWord lost = new();
    private ApiCaller server = null!;
    private int readers;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync(
        services => services.ConfigureDbContext<SubscriptionsDb>(options => options.AddInterceptors(busy, lost)), [.. GroupPlan.Settings, "--Metering:Articles=3", "--Sharing:MostSessions=1"]);

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [TearDown]
    public void Every_failure_happened() => Assert.That((busy.IsOver, lost.IsOver), Is.EqualTo((true, true)));

    [Test]
    public async Task A_sign_in_that_was_saved_although_nobody_heard_so_does_not_end_itself()
    {
        var reader = await ReaderAsync();
        lost.Begin();
        var session = await Get<ReaderSessions>().StartAsync(reader);

        await using var db = server.OpenDatabase();
        Assert.That(await db.ReaderSessions.Where(s => s.ReaderId == reader).Select(s => new { s.Id, Live = s.RevokedAt == null }).ToListAsync(), Is.EqualTo(new[] { new { Id = session, Live = true } }));
    }

    [Test]
    public async Task A_place_that_was_taken_although_nobody_heard_so_is_hers()
    {
        var group = await server.ActiveAsync(await ReaderAsync(), GroupPlan.Id);
        var kept = (SeatResult.Done)await Get<GroupSeats>().InviteAsync(group, "niece@example.com", "lost", Actors.Api);
        var reader = await ReaderAsync();
        lost.Begin();
        Assert.That(await Get<GroupSeats>().AcceptAsync(kept.Row.Id, reader, Actors.Api), Is.InstanceOf<SeatResult.Done>());

        await using var db = server.OpenDatabase();
        Assert.That(await db.Seats.CountAsync(s => s.ReaderId == reader), Is.EqualTo(1));
    }

    [TestCase("SELECT")]
    [TestCase("INSERT")]
    public async Task A_metered_article_is_counted_once(string command)
    {
        var reader = await ReaderAsync();
        busy.Begin(Failures, command, "Meters");
        Assert.That(await Get<CountArticles>().RunAsync(reader, MeterRule.ShortName("/articles/a"), count: true), Has.Count.EqualTo(1));
        Assert.That(await Get<CountArticles>().RunAsync(reader, MeterRule.ShortName("/articles/b"), count: true), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_gift_is_given_and_counts_a_browser_once()
    {
        var reader = await ReaderAsync();
        await server.ActiveAsync(reader);
        busy.Begin(Failures, "SELECT", "Gifts");
        var given = (GiftResult.Given)await Get<Gifts>().GiveAsync(reader, "courier", "/articles/a");
        var id = new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(given.Gift.Token).Id;
        busy.Begin(Failures, "UPDATE", "Gifts");
        Assert.That((await Get<Gifts>().UseAsync(id, "courier", "browser"))!.Value.Refusal, Is.Null);
        busy.Begin(Failures, "INSERT", "GiftUses");
        Assert.That((await Get<Gifts>().UseAsync(id, "courier", "another"))!.Value.Refusal, Is.Null);

        await using var db = server.OpenDatabase();
        Assert.That((await db.Gifts.SingleAsync(g => g.Id == id)).Uses, Is.EqualTo(2), "a try that failed used nothing up");
    }

    [TestCase("UPDATE", "AccessVersion")]
    [TestCase("INSERT", "ReaderSessions")]
    [TestCase("UPDATE", "RevokedAt")]
    public async Task A_sign_in_begins_and_the_one_before_it_makes_room(string command, string where)
    {
        var reader = await ReaderAsync();
        var before = await Get<ReaderSessions>().StartAsync(reader);
        busy.Begin(Failures, command, where);
        var session = await Get<ReaderSessions>().StartAsync(reader);

        await using var db = server.OpenDatabase();
        Assert.That(await db.ReaderSessions.Where(s => s.ReaderId == reader).OrderBy(s => s.RevokedAt == null).Select(s => new { s.Id, Live = s.RevokedAt == null }).ToListAsync(),
            Is.EqualTo(new[] { new { Id = before, Live = false }, new { Id = session, Live = true } }));
    }

    [Test]
    public async Task A_sign_in_is_ended_with_its_event()
    {
        var reader = await ReaderAsync();
        var (one, other) = (await Get<ReaderSessions>().StartAsync(reader), await ReaderAsync());
        busy.Begin(Failures, "UPDATE", "RevokedAt");
        await Get<ReaderSessions>().RevokeAsync(one, Actors.System);
        var more = await Get<ReaderSessions>().StartAsync(other);
        busy.Begin(Failures, "UPDATE", "RevokedAt");
        await Get<ReaderSessions>().RevokeAllAsync(other, except: null, Actors.System);

        await using var db = server.OpenDatabase();
        Assert.That(await db.Events.CountAsync(e => e.Type == ReaderSessions.RevokedEvent && (e.Stream == one || e.Stream == more)), Is.EqualTo(2));
    }

    [TestCase("UPDATE", "EmailVerifiedAt")]
    [TestCase("INSERT", "Events")]
    public async Task An_address_is_confirmed(string command, string where)
    {
        var reader = await ReaderAsync();
        busy.Begin(Failures, command, where);
        Assert.That(await Get<ConfirmAddress>().RunAsync(reader, $"busy{readers}@example.com", Actors.Reader(reader)), Is.True);

        await using var db = server.OpenDatabase();
        Assert.That(await db.Events.CountAsync(e => e.ReaderId == reader && e.Type == ConfirmAddress.ConfirmedEvent), Is.EqualTo(1));
    }

    [Test]
    public async Task A_place_is_kept_and_taken()
    {
        var group = await server.ActiveAsync(await ReaderAsync(), GroupPlan.Id);
        busy.Begin(Failures, "INSERT", "Seats");
        var kept = (SeatResult.Done)await Get<GroupSeats>().InviteAsync(group, "cousin@example.com", "busy", Actors.Api);
        busy.Begin(Failures, "UPDATE", "Seats");
        Assert.That(await Get<GroupSeats>().AcceptAsync(kept.Row.Id, await ReaderAsync(), Actors.Api), Is.InstanceOf<SeatResult.Done>());
    }

    [Test]
    public async Task Access_and_credit_are_given_once_and_access_is_withdrawn()
    {
        var reader = await ReaderAsync();
        busy.Begin(Failures, "INSERT", "Grants");
        var given = (GivenResult.Given)await Get<GiveAccess>().GiveAsync(reader, new AccessOrder(GrantKind.Complimentary, [], null, null, null, null, null), "busy", Actors.Api);
        busy.Begin(Failures, "UPDATE", "Grants");
        Assert.That((await Get<GiveAccess>().WithdrawAsync(given.Row.Id, Actors.Api))!.WithdrawnAt, Is.Not.Null);
        busy.Begin(Failures, "INSERT", "CreditEntries");
        Assert.That(await Get<CreditAccounts>().GrantAsync(reader, new Money(100, "GBP"), AdjustmentReason.Goodwill, "busy", Actors.Api), Is.Null);
        Assert.That((await Get<CreditAccounts>().ReadAsync(reader)).Balances, Is.EqualTo(new[] { new Money(100, "GBP") }));
    }

    private T Get<T>() where T : notnull => server.Service.Services.GetRequiredService<T>();

    private async Task<ReaderId> ReaderAsync() => await server.ReaderAsync($"busy{Interlocked.Increment(ref readers)}@example.com", "Beth Busy");
}
