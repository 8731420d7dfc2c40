using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>No more ends a day than the telephones can bear.</summary>
internal sealed class EndingPlacesTests
{
    [Test]
    public async Task Ends_over_the_cap_move_to_the_next_days_and_are_told()
    {
        await using var service = await RunningService.StartAsync("--Publisher:EndingsPerDay=1");
        for (var i = 0; i < 3; i++)
        {
            var (reader, _) = await service.NewReaderAsync();
            await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-trial", "pm_card_chargeCustomerFail", Actors.Reader(reader));
        }

        for (var hours = 0; hours < 32 * 24; hours += 6)
        {
            service.Clock.Advance(TimeSpan.FromHours(6));
            await service.SettledAsync();
        }

        await using var db = service.OpenDatabase();
        var ended = (await db.Subscriptions.Where(s => s.EndReason == EndReason.NonPayment).Select(s => s.EndedAt!.Value).ToListAsync())
            .Select(at => DateOnly.FromDateTime(at.UtcDateTime)).Order().ToArray();
        Assert.That(ended, Has.Length.EqualTo(3));
        Assert.That(ended, Is.EqualTo(new[] { ended[0], ended[0].AddDays(1), ended[0].AddDays(2) }));
        Assert.That(await db.Mails.CountAsync(m => m.Kind == MailKind.EndMoved && m.State == MailState.HandedOver), Is.EqualTo(2));
        var moved = await db.Events.AsNoTracking().Where(e => e.Type == nameof(SubscriptionEvent.DunningEndMoved)).ToListAsync();
        Assert.That(moved.Select(Timeline.Tell), Has.All.Contains("Publisher:EndingsPerDay"));
    }

    [Test]
    public async Task Places_taken_at_once_are_never_more_than_a_day_has_and_each_is_kept()
    {
        await using var service = await RunningService.StartAsync("--Publisher:EndingsPerDay=7", "--Publisher:Calendar:ClosedWeekends=true");
        var places = service.Services.GetRequiredService<EndingPlaces>();
        var friday = new DateOnly(2026, 12, 4);
        var taken = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => places.TakeAsync(new SubscriptionId($"sub_{i}"), 1, friday))));
        var again = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => places.TakeAsync(new SubscriptionId($"sub_{i}"), 1, friday)));

        Assert.That(again, Is.EqualTo(taken));
        Assert.That(taken.GroupBy(day => day).OrderBy(day => day.Key).Select(day => (day.Key, day.Count())),
            Is.EqualTo(new[] { (friday, 7), (new(2026, 12, 7), 7), (new(2026, 12, 8), 7), (new(2026, 12, 9), 7), (new(2026, 12, 10), 7), (new(2026, 12, 11), 5) }));
    }
}
