using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Tests.Features.Access;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Groups;

/// <summary>What a place lets its reader read, and that she and her websites know of every change of it.</summary>
internal sealed class GroupSeatsTests
{
    private ApiCaller server = null!;
    private int readers;

    private GroupSeats Seats => server.Service.Services.GetRequiredService<GroupSeats>();

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync(GroupPlan.Settings);

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_place_opens_what_the_holders_subscription_opens_from_and_until_the_same_instants()
    {
        var (holder, group) = await HolderAsync();
        var reader = await ReaderAsync();
        var place = await GiveAsync(group, reader);
        using var cancelled = await server.PostAsync($"/api/subscriptions/{group}/cancel");

        var (hers, holders) = (await AnswerAsync(reader), await AnswerAsync(holder));
        var (seat, own) = (hers.GetProperty("grants")[0], holders.GetProperty("grants")[0]);
        Assert.Multiple(() =>
        {
            Assert.That((hers.GetProperty("reason").GetString(), hers.GetProperty("grantedBy").GetString()), Is.EqualTo(("GroupSeat", place)));
            Assert.That(own.GetProperty("until").ValueKind, Is.EqualTo(JsonValueKind.String), "a cancelled period has an end");
            foreach (var same in new[] { "from", "until", "entitlements" })
            {
                Assert.That(seat.GetProperty(same).GetRawText(), Is.EqualTo(own.GetProperty(same).GetRawText()));
            }
        });
    }

    [Test]
    public async Task When_the_holders_subscription_ends_the_websites_of_those_who_read_through_it_hear_of_it_within_two_seconds()
    {
        var (_, group) = await HolderAsync();
        var reader = await ReaderAsync();
        await GiveAsync(group, reader);
        using var cancelled = await server.PostAsync($"/api/subscriptions/{group}/cancel");
        var before = await AnswerAsync(reader);
        await using var feed = await FeedListener.OpenAsync(server.Service);
        server.Service.Clock.Advance(TimeSpan.FromDays(33));
        var told = await ToldOfAsync(feed, reader, before.GetProperty("version").GetInt64());

        var after = await AnswerAsync(reader);
        Assert.That((after.GetProperty("entitled").GetBoolean(), after.GetProperty("reason").GetString()), Is.EqualTo((false, "GroupWithoutAccess")));
        Assert.That(told.Body.GetProperty("version").GetInt64(), Is.EqualTo(after.GetProperty("version").GetInt64()));
    }

    [Test]
    public async Task A_payment_problem_of_the_holder_shows_no_notice_to_who_reads_through_her_and_the_same_end()
    {
        var holder = await ReaderAsync();
        var started = (StartResult.Started)await server.Service.Services.GetRequiredService<StartSubscription>().RunAsync(holder, GroupPlan.Trial, "pm_card_chargeCustomerFail", Actors.Api);
        var reader = await ReaderAsync();
        await GiveAsync(started.Id, reader);
        var onTrial = (await AnswerAsync(reader)).GetProperty("version").GetInt64();
        server.Service.Clock.Advance(TimeSpan.FromDays(15));
        await server.Service.SubscriptionInAsync(holder, nameof(Subscription.PastDue));
        server.Service.Clock.Advance(TimeSpan.FromDays(2));
        await server.Service.EventuallyAsync(async () => (await AnswerAsync(holder)).GetProperty("notice") is { ValueKind: JsonValueKind.Object } ? "told" : null);

        var (hers, holders) = (await AnswerAsync(reader), await AnswerAsync(holder));
        Assert.Multiple(() =>
        {
            Assert.That(holders.GetProperty("reason").GetString(), Is.EqualTo("Grace"));
            Assert.That((hers.GetProperty("entitled").GetBoolean(), hers.GetProperty("reason").GetString(), hers.GetProperty("notice").ValueKind), Is.EqualTo((true, "GroupSeat", JsonValueKind.Null)));
            Assert.That(hers.GetProperty("grants")[0].GetProperty("until").GetRawText(), Is.EqualTo(holders.GetProperty("grants")[0].GetProperty("until").GetRawText()));
            Assert.That(hers.GetProperty("grants").GetRawText(), Does.Not.Contain("ayment"), "what the holder pays is her own affair");
            Assert.That(hers.GetProperty("version").GetInt64(), Is.GreaterThan(onTrial));
        });
    }

    [Test]
    public async Task A_change_that_touches_nobodys_access_raises_no_version()
    {
        var (_, group) = await HolderAsync();
        var reader = await ReaderAsync();
        await GiveAsync(group, reader);
        var version = (await AnswerAsync(reader)).GetProperty("version").GetInt64();
        await using var db = server.OpenDatabase();
        var payer = (await db.Subscriptions.SingleAsync(s => s.Id == group)).ReaderId;
        await server.Service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(group, new SubscriptionCommand.ChangePaymentMethod((await db.PaymentMethods.FirstAsync(m => m.ReaderId == payer)).Id), Actors.Api);
        Assert.That((await AnswerAsync(reader)).GetProperty("version").GetInt64(), Is.EqualTo(version));
    }

    [Test]
    public async Task The_last_place_is_given_once_to_whoever_of_many_wants_it_at_once()
    {
        var (_, group) = await HolderAsync();
        await GiveAsync(group, await ReaderAsync());
        var wanting = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ReaderAsync()));
        var results = await Task.WhenAll(wanting.Select((reader, n) => Seats.GiveAsync(group, reader, $"last {n}", Actors.Api)));

        Assert.That(results.OfType<SeatResult.Done>().Count(), Is.EqualTo(1));
        Assert.That(results.OfType<SeatResult.Refused>().Select(r => r.Refusal), Is.All.EqualTo(SeatRefusals.Full));
        Assert.That((await Task.WhenAll(wanting.Select(server.Service.EntitledAsync))).Count(entitled => entitled), Is.EqualTo(1));
    }

    [Test]
    public async Task One_invitation_is_accepted_once_by_whoever_of_two_is_first()
    {
        var (_, group) = await HolderAsync();
        var invited = (SeatResult.Done)await Seats.InviteAsync(group, "two@example.com", "two", Actors.Api);
        var both = new[] { await ReaderAsync(), await ReaderAsync() };
        var results = await Task.WhenAll(both.Select(reader => Seats.AcceptAsync(invited.Row.Id, reader, Actors.Reader(reader))));

        Assert.That(results.OfType<SeatResult.Done>().Count(), Is.EqualTo(1));
        Assert.That(results.OfType<SeatResult.Refused>().Single().Refusal, Is.EqualTo(SeatRefusals.Spent));
    }

    [Test]
    public async Task Who_accepts_while_the_holder_cancels_either_finds_it_cancelled_or_is_told()
    {
        for (var round = 0; round < 8; round++)
        {
            var (_, group) = await HolderAsync();
            var reader = await ReaderAsync();
            await Task.WhenAll(
                Seats.GiveAsync(group, reader, "race", Actors.Api),
                server.Service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(group, new SubscriptionCommand.CancelSubscription(), Actors.Api));

            await using var db = server.OpenDatabase();
            var taken = await db.Events.SingleAsync(e => e.ReaderId == reader && e.Type == SeatEvents.Taken);
            var cancelled = await db.Events.SingleAsync(e => e.SubscriptionId == group && e.Type == nameof(SubscriptionEvent.CancellationScheduled));
            // Told once too often is harmless; a server with several writers gives events their numbers before it makes one wait for the other.
            var told = await db.Events.AnyAsync(e => e.ReaderId == reader && e.Type == SeatEvents.AccessChanged);
            Assert.That(told || taken.Id > cancelled.Id, Is.True, $"taken {taken.Id}, cancelled {cancelled.Id}");
        }
    }

    [Test]
    public async Task A_place_that_is_taken_back_lets_nobody_read_and_is_free_again()
    {
        var (_, group) = await HolderAsync();
        var (first, second) = (await ReaderAsync(), await ReaderAsync());
        var place = await GiveAsync(group, first);
        await GiveAsync(group, second);
        await using var feed = await FeedListener.OpenAsync(server.Service);
        using var back = await server.PostAsync($"/api/seats/{place}/withdraw");
        while ((await feed.NewsAsync()).Text("readerId") != first.Value)
        {
            // What was given before the feed was opened may be numbered only now.
        }

        using var again = await server.PostAsync($"/api/seats/{place}/withdraw");

        Assert.That((await ApiCaller.JsonAsync(again)).GetProperty("end").GetString(), Is.EqualTo(nameof(SeatEnd.TakenBack)));
        Assert.That((await server.Service.EntitledAsync(first), await server.Service.EntitledAsync(second)), Is.EqualTo((false, true)));
        await GiveAsync(group, await ReaderAsync());
        var seats = (await server.GetAsync($"/api/subscriptions/{group}/seats")).GetProperty("items").EnumerateArray().Select(s => s.GetProperty("status").GetString());
        Assert.That(seats, Is.EqualTo(new[] { "Taken", "Taken", "Ended" }));
    }

    [Test]
    public async Task The_invited_address_is_in_no_event_and_is_forgotten_with_the_end()
    {
        var (_, group) = await HolderAsync();
        var invited = (SeatResult.Done)await Seats.InviteAsync(group, "secret@example.com", "forget", Actors.Api);
        await Seats.TakeBackAsync(invited.Row.Id, group, Actors.Api);

        await using var db = server.OpenDatabase();
        Assert.That((await db.Seats.SingleAsync(s => s.Id == invited.Row.Id)).Email, Is.Null);
        Assert.That(await db.Events.Where(e => e.Stream == invited.Row.Id).Select(e => e.Data).ToListAsync(), Has.Count.EqualTo(2).And.All.Not.Contain("secret"));
    }

    [Test]
    public async Task An_invitation_lives_thirty_days_and_its_place_is_free_afterwards()
    {
        var (_, group) = await HolderAsync();
        var invited = (SeatResult.Done)await Seats.InviteAsync(group, "late@example.com", "late", Actors.Api);
        server.Service.Clock.Advance(TimeSpan.FromDays(31));
        Assert.That(await Seats.AcceptAsync(invited.Row.Id, await ReaderAsync(), Actors.Api), Is.EqualTo(new SeatResult.Refused(SeatRefusals.Expired)));
        await server.Service.EventuallyAsync(async () =>
        {
            await using var db = server.OpenDatabase();
            return (await db.Seats.AsNoTracking().SingleAsync(s => s.Id == invited.Row.Id)) is { End: SeatEnd.Expired, Email: null } row ? row : null;
        });
        await GiveAsync(group, await ReaderAsync());
        await GiveAsync(group, await ReaderAsync());
    }

    [TestCase("""{}""", "readerId")]
    [TestCase("""{"readerId":"rdr_1","email":"a@example.com"}""", "readerId")]
    [TestCase("""{"readerId":"rdr 1"}""", "readerId")]
    [TestCase("""{"email":"nobody"}""", "email")]
    [TestCase("""{"seats":3}""", "seats")]
    public async Task What_is_wrong_with_a_wish_is_named(string wish, string field)
    {
        using var refused = await server.PostAsync("/api/subscriptions/sub_none/seats", wish);
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await ApiCaller.JsonAsync(refused)).GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo(new[] { field }));
    }

    [Test]
    public async Task What_a_rule_is_against_is_refused_with_its_name()
    {
        var (holder, group) = await HolderAsync();
        var reader = await ReaderAsync();
        var alone = await server.ActiveAsync(await ReaderAsync());
        await GiveAsync(group, reader);
        Assert.Multiple(async () =>
        {
            Assert.That(await RefusedAsync(group, $$"""{"readerId":"{{reader}}"}"""), Is.EqualTo("urn:subscriptions:seat-already-held"));
            Assert.That(await RefusedAsync(group, $$"""{"readerId":"{{holder}}"}"""), Is.EqualTo("urn:subscriptions:seat-of-the-holder"));
            Assert.That(await RefusedAsync(group, $$"""{"email":"{{(await AddressOfAsync(holder)).ToUpperInvariant()}}"}"""), Is.EqualTo("urn:subscriptions:seat-of-the-holder"));
            Assert.That(await RefusedAsync(group, """{"readerId":"rdr_nobody"}"""), Is.EqualTo("urn:subscriptions:reader-not-found"));
            Assert.That(await RefusedAsync(alone, """{"email":"a@example.com"}"""), Is.EqualTo("urn:subscriptions:subscription-without-seats"));
            Assert.That(await RefusedAsync(SubscriptionId.From("sub_none"), """{"email":"a@example.com"}"""), Is.EqualTo("urn:subscriptions:subscription-not-found"));
        });
    }

    [Test]
    public async Task One_key_gives_one_place()
    {
        var (_, group) = await HolderAsync();
        var first = (SeatResult.Done)await Seats.InviteAsync(group, "once@example.com", "one key", Actors.Api);
        var second = (SeatResult.Done)await Seats.InviteAsync(group, "once@example.com", "one key", Actors.Api);
        Assert.That(second.Row.Id, Is.EqualTo(first.Row.Id));
        Assert.That(await Seats.InviteAsync(group, "twice@example.com", "one key", Actors.Api), Is.InstanceOf<SeatResult.Refused>());
    }

    [Test]
    public async Task A_group_mails_no_more_strangers_in_a_day_than_it_could_need_to()
    {
        var (_, group) = await HolderAsync();
        for (var n = 0; n < GroupPlan.Seats + 20; n++)
        {
            var invited = (SeatResult.Done)await Seats.InviteAsync(group, $"stranger{n}@example.com", $"stranger {n}", Actors.Api);
            await Seats.TakeBackAsync(invited.Row.Id, group, Actors.Api);
        }

        Assert.That(await Seats.InviteAsync(group, "one-more@example.com", "one more", Actors.Api), Is.EqualTo(new SeatResult.Refused(SeatRefusals.TooMany)));
        server.Service.Clock.Advance(TimeSpan.FromDays(1));
        Assert.That(await Seats.InviteAsync(group, "one-more@example.com", "tomorrow", Actors.Api), Is.InstanceOf<SeatResult.Done>());
    }

    internal static Uri LinkIn(string text) => new(Regex.Match(text, @"https?://\S+/group/\S+").Value);

    private async Task<string> AddressOfAsync(ReaderId reader)
    {
        await using var db = server.OpenDatabase();
        return (await db.Readers.SingleAsync(r => r.Id == reader)).Email;
    }

    private async Task<string?> RefusedAsync(SubscriptionId group, string wish)
    {
        using var refused = await server.PostAsync($"/api/subscriptions/{group}/seats", wish);
        return (await ApiCaller.JsonAsync(refused)).GetProperty("type").GetString();
    }

    private async Task<(ReaderId Holder, SubscriptionId Group)> HolderAsync()
    {
        var holder = await ReaderAsync();
        return (holder, await server.ActiveAsync(holder, GroupPlan.Id));
    }

    private async Task<ReaderId> ReaderAsync() => await server.ReaderAsync($"group{Interlocked.Increment(ref readers)}@example.com", "Greta Group");

    private Task<JsonElement> AnswerAsync(ReaderId reader) => server.GetAsync($"/api/entitlements/{reader}");

    private async Task<string> GiveAsync(SubscriptionId group, ReaderId reader)
    {
        using var answer = await server.PostAsync($"/api/subscriptions/{group}/seats", $$"""{"readerId":"{{reader}}"}""");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        return (await ApiCaller.JsonAsync(answer)).GetProperty("id").GetString()!;
    }

    // The first word after which she may not read; how soon it came is measured from the moment at which the end was saved.
    private async Task<Told> ToldOfAsync(FeedListener feed, ReaderId reader, long after)
    {
        for (; ; )
        {
            var told = await feed.NewsAsync();
            if (told.Text("readerId") == reader.Value && told.Body.GetProperty("version").GetInt64() > after && !await server.Service.EntitledAsync(reader))
            {
                await using var db = server.OpenDatabase();
                var saved = await db.Events.Where(e => e.ReaderId == reader && e.Type == SeatEvents.AccessChanged).OrderByDescending(e => e.Id).Select(e => e.At).FirstAsync();
                Assert.That(told.Now - saved, Is.LessThan(TimeSpan.FromSeconds(2)));
                return told;
            }
        }
    }
}
