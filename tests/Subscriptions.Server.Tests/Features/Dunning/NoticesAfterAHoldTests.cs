using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Incidents;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Incidents;

namespace Subscriptions.Server.Tests.Features.Dunning;

/// <summary>A pause or a freeze is over in the middle of the night, on a day on which the publisher is closed.</summary>
internal sealed class NoticesAfterAHoldTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task What_had_waited_is_sent_by_day_and_on_an_open_day(bool freeze)
    {
        await using var service = await RunningService.StartAsync("--Publisher:Calendar:ClosedWeekends=true");
        var hours = service.Services.GetRequiredService<PublisherHours>();
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-trial", "pm_card_chargeCustomerFail", Actors.Reader(reader));
        service.Clock.Advance(TimeSpan.FromDays(15));
        var id = (await service.SubscriptionInAsync(reader, nameof(Subscription.PastDue))).Id;
        await service.SettledAsync();
        var release = await HoldAsync(service, id, freeze);
        var saturday = hours.DateOf(service.Clock.Now).AddDays(3);
        while (saturday.DayOfWeek != DayOfWeek.Saturday)
        {
            saturday = saturday.AddDays(1);
        }

        service.Clock.Advance(hours.At(saturday, new TimeOnly(2, 0)) - service.Clock.Now);
        await service.SettledAsync();
        await release();
        for (var hour = 0; hour < 24 * 4; hour++)
        {
            await service.SettledAsync();
            service.Clock.Advance(TimeSpan.FromHours(1));
        }

        await using var db = service.OpenDatabase();
        var sent = await db.Mails.AsNoTracking().Where(m => m.Kind == MailKind.DunningNotice && m.LastTriedAt != null).ToListAsync();
        Assert.That(sent, Is.Not.Empty);
        Assert.That(sent.Select(m => hours.NoticeSendableAt(m.LastTriedAt!.Value)), Is.EqualTo(sent.Select(m => m.LastTriedAt!.Value)), "each went at a moment at which one may go");
        Assert.That(sent.Select(m => hours.DateOf(m.LastTriedAt!.Value)), Is.All.GreaterThanOrEqualTo(saturday.AddDays(2)));
    }

    private static async Task<Func<Task>> HoldAsync(RunningService service, SubscriptionId id, bool freeze)
    {
        if (freeze)
        {
            var freezes = service.Services.GetRequiredService<Freezes>();
            await freezes.OpenAsync(IncidentKind.ByHand, "The bank is on fire.", Actors.System);
            return async () =>
            {
                await using var db = service.OpenDatabase();
                await freezes.CloseAsync(await db.Freezes.Select(f => f.Id).SingleAsync(), FreezeEnd.ByHand, Actors.System);
            };
        }

        var commands = service.Services.GetRequiredService<SubscriptionCommands>();
        var until = service.Services.GetRequiredService<PublisherHours>().DateOf(service.Clock.Now).AddDays(20);
        Assert.That(await commands.RunAsync(id, new SubscriptionCommand.PauseDunning(PauseReason.Complaint, "staff:1", until), Actors.System), Is.Null);
        return () => commands.RunAsync(id, new SubscriptionCommand.ResumeDunning(PauseReason.Complaint), Actors.System);
    }
}
