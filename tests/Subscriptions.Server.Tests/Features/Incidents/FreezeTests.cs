using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Incidents;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Incidents;

namespace Subscriptions.Server.Tests.Features.Incidents;

/// <summary>Incidents of ours hold every payment problem, and let go of it again.</summary>
internal sealed class FreezeTests
{
    [Test]
    public async Task A_gateway_that_is_down_freezes_by_itself_and_the_freeze_ends_when_it_answers_again()
    {
        await using var service = await RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10");
        for (var i = 0; i < 6; i++)
        {
            await BeginAsync(service, "digital-monthly", "pm_card_visa");
        }

        await service.SettledAsync();
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before)));
        await DaysAsync(service, 33);
        await using (var db = service.OpenDatabase())
        {
            var freeze = await db.Freezes.SingleAsync();
            Assert.That((freeze.Kind, freeze.ClosedAt, freeze.HoldsRetries), Is.EqualTo((IncidentKind.GatewayDown, (DateTimeOffset?)null, true)));
            Assert.That(await db.StaffTasks.AnyAsync(t => t.Id == $"freeze:{freeze.Id}" && t.ClosedAt == null), Is.True, "staff are told");
        }

        await service.Faults.ClearAllAsync();
        await DaysAsync(service, 1);
        service.Clock.Advance(TimeSpan.FromMinutes(2));
        await service.EventuallyAsync(async () =>
        {
            await using var db = service.OpenDatabase();
            return await db.Freezes.SingleAsync() is { EndedBy: FreezeEnd.ByRule, OpenSlot: null } closed ? closed : null;
        });
    }

    [Test]
    public async Task Nobody_is_ended_in_a_freeze_and_the_end_comes_later_by_its_days()
    {
        await using var service = await RunningService.StartAsync();
        var reader = await BeginAsync(service, "digital-trial", "pm_card_chargeCustomerFail");
        await service.SettledAsync();
        var told = await DaysUntilAsync(service, reader, overview => overview.Stage == DunningStage.DueToTerminate);
        var freezes = service.Services.GetRequiredService<Freezes>();
        Assert.That(await freezes.OpenAsync(IncidentKind.ByHand, "Phones are down.", Actors.Staff("staff_1")), Is.True);

        await DaysAsync(service, 6);
        var during = await OverviewAsync(service, reader);
        Assert.That((during.State, during.Stage), Is.EqualTo(("PastDue", (DunningStage?)DunningStage.DueToTerminate)), "the told end is over, and she reads on");
        Assert.That(during.AccessEndsAt, Is.GreaterThan(service.Clock.Now), "no date that is past is told");

        FreezeRow freeze;
        await using (var db = service.OpenDatabase())
        {
            freeze = await db.Freezes.AsNoTracking().SingleAsync();
        }

        Assert.That(await freezes.CloseAsync(freeze.Id, FreezeEnd.ByHand, Actors.Staff("staff_1")), Is.True);
        await service.SettledAsync();
        var after = await OverviewAsync(service, reader);
        Assert.That(after.AccessEndsAt, Is.EqualTo(told.AccessEndsAt!.Value.AddDays(7)), "seven days were touched");
        await using (var db = service.OpenDatabase())
        {
            Assert.That(await db.Events.CountAsync(e => e.Type == nameof(SubscriptionEvent.DunningFreezeCounted)), Is.EqualTo(1));
            Assert.That(await db.Mails.CountAsync(m => m.Kind == MailKind.EndMoved && m.State == MailState.HandedOver), Is.EqualTo(1), "and told once");
        }

        await DaysAsync(service, 8);
        Assert.That((await service.SubscriptionInAsync(reader, "Ended")).EndReason, Is.EqualTo(EndReason.NonPayment));
    }

    [Test]
    public async Task Two_who_see_the_same_incident_open_one_freeze()
    {
        await using var service = await RunningService.StartAsync();
        var freezes = service.Services.GetRequiredService<Freezes>();
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => freezes.OpenAsync(IncidentKind.WebhookLag, "Late.", Actors.System))));
        await using var db = service.OpenDatabase();
        Assert.That((opened.Count(won => won), await db.Freezes.CountAsync()), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Staff_freeze_and_end_it_on_the_page_and_every_page_says_so()
    {
        await using var service = await RunningService.StartAsync();
        await service.Services.GetRequiredService<CreateStaff>().RunAsync("sam@courier.example", RunningService.Password, StaffRoles.Support);
        using var browser = service.NewBrowser();
        await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", "sam@courier.example"), ("password", RunningService.Password));

        var frozen = await browser.SubmitAsync(await browser.GetAsync("/support/incidents"), "Freeze now", ("reason", "The bank is on fire"));
        Assert.That(frozen.MainText, Does.Contain("The bank is on fire.").And.Contain("What a day of freeze costs"));
        Assert.That((await browser.GetAsync("/support")).MainText, Does.Contain("Payment problems are frozen"));

        var ended = await browser.SubmitAsync(frozen, "End the freeze: Frozen by staff");
        Assert.That(ended.MainText, Does.Contain("Nothing is frozen.").And.Contain("by staff"));
        Assert.That((await browser.GetAsync("/support")).MainText, Does.Not.Contain("Payment problems are frozen"));
    }

    private static async Task<ReaderId> BeginAsync(RunningService service, string plan, string card)
    {
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, plan, card, Actors.Reader(reader));
        return reader;
    }

    private static async Task DaysAsync(RunningService service, int days)
    {
        for (var i = 0; i < days; i++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }
    }

    private static async Task<SubscriptionOverview> DaysUntilAsync(RunningService service, ReaderId reader, Func<SubscriptionOverview, bool> reached)
    {
        for (var i = 0; i < 60; i++)
        {
            if (await OverviewAsync(service, reader) is var overview && reached(overview))
            {
                return overview;
            }

            service.Clock.Advance(TimeSpan.FromHours(12));
            await service.SettledAsync();
        }

        throw new AssertionException("It never came to that.");
    }

    private static async Task<SubscriptionOverview> OverviewAsync(RunningService service, ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        var id = await db.Subscriptions.Where(s => s.ReaderId == reader).Select(s => s.Id).SingleAsync();
        using var scope = service.Services.CreateScope();
        return (await scope.ServiceProvider.GetRequiredService<SubscriptionOverviewQuery>().RunAsync(id))!;
    }
}
