using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Shared;
using Subscriptions.Server.Features.Support;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Groups;

/// <summary>The way of an invitation: the holder's page, the mail, the link, and what each of them sees afterwards.</summary>
internal sealed class InvitationTests
{
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        server = await ApiCaller.StartAsync(GroupPlan.Settings);
        await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync("desk@courier.example", RunningService.Password, StaffRoles.Support);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task She_who_is_invited_opens_the_link_registers_accepts_and_reads_until_she_leaves()
    {
        var (holder, holders) = await HolderAsync();
        using var one = holders;
        var link = await InviteAsync(holders, "cousin@example.com");
        using var guest = server.Service.NewBrowser();
        await guest.GetAsync(link);
        var seen = await guest.GetAsync(link);
        Assert.That(seen.MainText, Does.Contain("Rosa Reader has kept a place for you").And.Contain("nothing is charged to you").And.Not.Contain("£"));
        Assert.That((await holders.GetAsync("/my-account/group")).MainText, Does.Contain("0 taken, 1 offered, 1 free").And.Contain("cousin@example.com"), "opening changes nothing");

        var form = await guest.GetAsync(seen.Link("Register"));
        var back = await guest.SubmitAsync(form, "Register", ("name", "Cora Cousin"), ("email", "other@example.com"), ("password", RunningService.Password));
        Assert.That(back.Heading, Does.StartWith("You are invited"), "she comes back to the invitation, and has not accepted yet");
        var accepted = await guest.SubmitAsync(back, "Accept the invitation");
        Assert.That(accepted.MainText, Does.Contain("You have accepted").And.Contain("You read through a group.").And.Contain("ask the account holder").And.Not.Contain("£"));
        Assert.That((await holders.GetAsync("/my-account/group")).MainText, Does.Contain("Cora Cousin (invited at cousin@example.com)").And.Contain("1 taken, 0 offered, 1 free"));

        var reader = await ReaderOfAsync("other@example.com");
        Assert.That(await server.Service.EntitledAsync(reader), Is.True);
        await SupportShowsAsync(reader, holder);

        var left = await guest.SubmitAsync(accepted, "Leave this group");
        Assert.That(left.MainText, Does.Contain("You have left the group").And.Contain("You have no subscription"));
        Assert.That(await server.Service.EntitledAsync(reader), Is.False);
    }

    [Test]
    public async Task Support_is_told_until_when_a_reader_had_a_place_that_she_left_or_that_was_taken_back()
    {
        var (_, holders) = await HolderAsync();
        using var one = holders;
        using var leaver = await RegisteredAsync("leaver@example.com");
        using var former = await RegisteredAsync("former@example.com");
        var mine = await leaver.SubmitAsync(await leaver.GetAsync(await InviteAsync(holders, "leaver@example.com")), "Accept the invitation");
        await former.SubmitAsync(await former.GetAsync(await InviteAsync(holders, "former@example.com")), "Accept the invitation");
        server.Service.Clock.Advance(TimeSpan.FromHours(1));
        var before = server.Service.Clock.Now;
        server.Service.Clock.Advance(TimeSpan.FromHours(1));
        await leaver.SubmitAsync(mine, "Leave this group");
        await holders.SubmitAsync(await holders.GetAsync("/my-account/group"), "Take back");

        using var staff = await StaffAsync();
        foreach (var (address, how) in ((string, string)[])[("leaver@example.com", "its reader gave it up"), ("former@example.com", "it was taken back")])
        {
            var reader = await ReaderOfAsync(address);
            var (seat, ended) = await LastSeatAsync(reader);
            var told = $"No. The reader is registered only and never had a subscription. The reader had a place in a group until {SupportWords.Moment(ended, Hours)}: {how} (place {seat}).";
            Assert.That((await staff.GetAsync($"/support/readers/{reader}")).MainText, Does.Contain(told));
            Assert.That((await staff.GetAsync($"/support/readers/{reader}/why?article=")).MainText, Does.Contain(told));
            Assert.That((await staff.GetAsync($"/support/readers/{reader}/why?moment={TimeZoneInfo.ConvertTime(before, Hours.Zone):yyyy-MM-ddTHH:mm}")).MainText,
                Does.Contain("Yes.").And.Not.Contain("had a place"), "she had it still");
        }
    }

    [Test]
    public async Task Support_finds_by_a_places_id_who_has_it_and_who_keeps_it_for_somebody()
    {
        var (holder, holders) = await HolderAsync();
        using var one = holders;
        using var guest = await RegisteredAsync("found@example.com");
        await guest.SubmitAsync(await guest.GetAsync(await InviteAsync(holders, "found@example.com")), "Accept the invitation");
        await InviteAsync(holders, "open@example.com");
        await using var db = server.OpenDatabase();
        var group = await SubscriptionOfAsync(holder);
        var seats = await db.Seats.Where(s => s.SubscriptionId == group).ToListAsync();

        using var staff = await StaffAsync();
        foreach (var seat in seats)
        {
            var found = await staff.GetAsync($"/support?query={seat.Id}");
            Assert.That(found.Document.QuerySelectorAll("tbody a").Select(a => a.GetAttribute("href")), Is.EqualTo([$"/support/readers/{seat.ReaderId ?? holder}"]));
        }

        Assert.That(seats.Select(seat => seat.ReaderId is null), Is.EquivalentTo([true, false]));
    }

    [Test]
    public async Task A_link_that_was_used_says_so_to_whoever_comes_later()
    {
        var (_, holders) = await HolderAsync();
        using var one = holders;
        var link = await InviteAsync(holders, "first@example.com");
        var (_, first) = await server.Service.NewSignedInReaderAsync();
        var (late, second) = await server.Service.NewSignedInReaderAsync();
        using var both = first;
        using var other = second;
        var open = await second.GetAsync(link);
        await first.SubmitAsync(await first.GetAsync(link), "Accept the invitation");

        var refused = await second.SubmitAsync(open, "Accept the invitation");
        Assert.That((refused.Status, await server.Service.EntitledAsync(late)), Is.EqualTo((HttpStatusCode.UnprocessableEntity, false)));
        Assert.That((await second.GetAsync(link)).MainText, Does.Contain("accepted already"));
    }

    [Test]
    public async Task A_withdrawn_invitation_says_so_and_one_that_is_none_of_ours_is_not_found()
    {
        var (_, holders) = await HolderAsync();
        using var one = holders;
        var link = await InviteAsync(holders, "withdrawn@example.com");
        var page = await holders.SubmitAsync(await holders.GetAsync("/my-account/group"), "Withdraw");
        Assert.That(page.MainText, Does.Contain("The place is free again").And.Contain("2 free").And.Not.Contain("withdrawn@example.com"));
        Assert.That((await holders.GetAsync(link)).MainText, Does.Contain("has been withdrawn"));
        Assert.That((await holders.GetAsync("/group/abc")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_full_group_an_address_that_is_invited_already_ones_own_and_no_address_are_refused_in_words()
    {
        var (holder, holders) = await HolderAsync();
        using var one = holders;
        var form = await holders.GetAsync("/my-account/group");
        Assert.That((await holders.SubmitAsync(form, "Send the invitation", ("email", "no address"))).MainText, Does.Contain("Enter an e-mail address such as"));
        Assert.That((await holders.SubmitAsync(form, "Send the invitation", ("email", await AddressOfAsync(holder)))).MainText, Does.Contain("reads by the subscription itself and needs no place"));
        await InviteAsync(holders, "a@example.com");
        Assert.That((await holders.SubmitAsync(form, "Send the invitation", ("email", "A@example.com"))).MainText, Does.Contain("has been invited already"));
        await InviteAsync(holders, "b@example.com");
        Assert.That((await holders.SubmitAsync(form, "Send the invitation", ("email", "c@example.com"))).MainText, Does.Contain("Every place of this group is taken or kept"));
    }

    [Test]
    public async Task Only_who_accepts_with_the_invited_address_has_shown_that_it_is_hers()
    {
        var (_, holders) = await HolderAsync();
        using var one = holders;
        var (own, other) = (await RegisteredAsync("own@example.com"), await RegisteredAsync("elsewhere@example.com"));
        using var first = own;
        using var second = other;
        await first.SubmitAsync(await first.GetAsync(await InviteAsync(holders, "Own@example.com")), "Accept the invitation");
        await second.SubmitAsync(await second.GetAsync(await InviteAsync(holders, "third@example.com")), "Accept the invitation");

        await using var db = server.OpenDatabase();
        Assert.That((await db.Readers.SingleAsync(r => r.Email == "own@example.com")).EmailVerifiedAt, Is.Not.Null);
        Assert.That((await db.Readers.SingleAsync(r => r.Email == "elsewhere@example.com")).EmailVerifiedAt, Is.Null);
    }

    [Test]
    public async Task Who_has_no_group_is_told_so_and_ends_nobodys_place()
    {
        var (_, stranger) = await server.Service.NewSignedInReaderAsync();
        using var one = stranger;
        Assert.That((await stranger.GetAsync("/my-account/group")).MainText, Does.Contain("nobody to invite"));
    }

    [Test]
    public async Task She_who_cancels_is_told_that_the_places_end_with_it_and_who_has_one_sees_until_when_and_nothing_of_payments()
    {
        var (holder, holders) = await HolderAsync();
        using var one = holders;
        Assert.That((await holders.GetAsync("/my-account/cancel")).MainText, Does.Not.Contain("group"), "nobody has a place yet");
        using var guest = await RegisteredAsync("until@example.com");
        await guest.SubmitAsync(await guest.GetAsync(await InviteAsync(holders, "until@example.com")), "Accept the invitation");
        await InviteAsync(holders, "undecided@example.com");
        Assert.That((await guest.GetAsync("/my-account")).MainText, Does.Not.Contain("It lasts until"));

        var last = await LastDayAsync(holder);
        var cancelling = await holders.GetAsync("/my-account/cancel");
        Assert.That(cancelling.MainText, Does.Contain($"Your group ends with it. 1 person has a place in it and can read through it until {last}, not after that.")
            .And.Contain("1 invitation is open: it can be accepted until then only."));
        await holders.SubmitAsync(cancelling, "Cancel my subscription");

        Assert.That((await guest.GetAsync("/my-account")).MainText, Does.Contain($"It lasts until {last}.").And.Not.Contain("paid").And.Not.Contain("£"));
        await holders.SubmitAsync(await holders.GetAsync("/my-account"), "Keep my subscription");
        Assert.That((await guest.GetAsync("/my-account")).MainText, Does.Contain("You read through a group.").And.Not.Contain("It lasts until"));
    }

    [Test]
    public async Task She_who_is_paused_and_cancels_is_told_that_the_places_end_at_once_as_hers_does()
    {
        var (holder, holders) = await HolderAsync();
        using var one = holders;
        using var guest = await RegisteredAsync("paused@example.com");
        await guest.SubmitAsync(await guest.GetAsync(await InviteAsync(holders, "paused@example.com")), "Accept the invitation");
        await server.Service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(await SubscriptionOfAsync(holder), new SubscriptionCommand.PauseSubscription(), Actors.Api);

        Assert.That((await holders.GetAsync("/my-account/cancel")).MainText, Does.Contain("Your group ends with it. 1 person has a place in it, and can read through it no longer than you can read yourself."));
    }

    private async Task<string> AddressOfAsync(ReaderId reader)
    {
        await using var db = server.OpenDatabase();
        return await db.Readers.Where(r => r.Id == reader).Select(r => r.Email).SingleAsync();
    }

    private async Task<SubscriptionId> SubscriptionOfAsync(ReaderId holder)
    {
        await using var db = server.OpenDatabase();
        return await db.Subscriptions.Where(s => s.ReaderId == holder).Select(s => s.Id).SingleAsync();
    }

    private async Task<string> LastDayAsync(ReaderId holder)
    {
        var overview = await server.GetAsync($"/api/subscriptions/{await SubscriptionOfAsync(holder)}");
        return ReaderWords.Day(DateOnly.Parse(overview.GetProperty("paidThrough").GetString()!, System.Globalization.CultureInfo.InvariantCulture).AddDays(-1));
    }

    private async Task<(ReaderId Id, Browser Browser)> HolderAsync()
    {
        var (id, browser) = await server.Service.NewSignedInReaderAsync();
        await server.ActiveAsync(id, GroupPlan.Id);
        return (id, browser);
    }

    private async Task<Browser> RegisteredAsync(string email)
    {
        await server.ReaderAsync(email, "Rita Registered", RunningService.Password);
        var browser = server.Service.NewBrowser();
        await browser.SignInAsync(email, RunningService.Password);
        return browser;
    }

    private async Task<Uri> InviteAsync(Browser holders, string address)
    {
        var overview = await holders.GetAsync("/my-account");
        var page = await holders.SubmitAsync(await holders.GetAsync(overview.Link("places are taken")), "Send the invitation", ("email", address));
        Assert.That(page.MainText, Does.Contain("on its way"), page.Text);
        var mail = await server.Service.EventuallyAsync(() => Task.FromResult(server.Service.Inbox.List(address).FirstOrDefault()));
        Assert.That(mail.Text, Does.Contain("Rosa Reader has a group subscription").And.Not.Contain("£"));
        return GroupSeatsTests.LinkIn(mail.Text);
    }

    private async Task<ReaderId> ReaderOfAsync(string email)
    {
        await using var db = server.OpenDatabase();
        return await db.Readers.Where(r => r.Email == email).Select(r => r.Id).SingleAsync();
    }

    private PublisherHours Hours => server.Service.Services.GetRequiredService<PublisherHours>();

    private async Task<(string Id, DateTimeOffset EndedAt)> LastSeatAsync(ReaderId reader)
    {
        await using var db = server.OpenDatabase();
        var seat = await db.Seats.SingleAsync(s => s.ReaderId == reader);
        return (seat.Id, seat.EndedAt!.Value);
    }

    private async Task<Browser> StaffAsync()
    {
        var staff = server.Service.NewBrowser();
        await staff.SubmitAsync(await staff.GetAsync("/support/sign-in"), "Sign in", ("email", "desk@courier.example"), ("password", RunningService.Password));
        return staff;
    }

    private async Task SupportShowsAsync(ReaderId reader, ReaderId holder)
    {
        using var staff = await StaffAsync();
        Assert.That((await staff.GetAsync($"/support/readers/{reader}")).Text, Does.Contain("A place in a group.").And.Contain("Place in a group").And.Contain("took a place in the group"));
        Assert.That((await staff.GetAsync($"/support/readers/{holder}")).Text, Does.Contain("Somebody was invited into the group").And.Contain("took a place in the group"));
    }
}
