using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Dunning;

/// <summary>The payment problem of one subscription stands still, because a person said so.</summary>
internal sealed class PauseDunningTests
{
    [Test]
    public async Task Nothing_moves_until_the_date_and_then_it_goes_on_by_itself()
    {
        await using var server = await ApiCaller.StartAsync();
        var service = server.Service;
        var reader = await server.ReaderAsync("pia@example.com", "Pia Pause");
        var id = await server.PastDueAsync(reader);
        var until = DateOnly.FromDateTime(service.Clock.Now.AddDays(20).UtcDateTime);

        Assert.That((await server.PostAsync($"/api/subscriptions/{id}/pause-dunning", """{"reason":"Dispute","until":"2030-01-01"}""")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), "a dispute is the bank's word");
        Assert.That((await server.PostAsync($"/api/subscriptions/{id}/pause-dunning", $$"""{"reason":"Hardship","until":"{{until.AddDays(100):yyyy-MM-dd}}"}""")).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        var paused = await server.PostAsync($"/api/subscriptions/{id}/pause-dunning", $$"""{"reason":"Hardship","until":"{{until:yyyy-MM-dd}}","note":"Agreed on the telephone."}""");
        Assert.That((await ApiCaller.JsonAsync(paused)).GetProperty("dunningPausedUntil").GetString(), Is.EqualTo($"{until:yyyy-MM-dd}"));

        int tries;
        await using (var db = server.OpenDatabase())
        {
            tries = await db.PaymentAttempts.CountAsync();
            Assert.That((await db.PauseNotes.SingleAsync()).Text, Is.EqualTo("Agreed on the telephone."));
            Assert.That(await db.Events.AnyAsync(e => e.Data.Contains("telephone")), Is.False, "the record holds no words about a person");
        }

        for (var day = 0; day < 18; day++)
        {
            service.Clock.Advance(TimeSpan.FromDays(1));
            await service.SettledAsync();
        }

        await using (var db = server.OpenDatabase())
        {
            Assert.That(await db.PaymentAttempts.CountAsync(), Is.EqualTo(tries), "nothing was tried");
            Assert.That(await db.Mails.AnyAsync(m => m.Kind == MailKind.DunningNotice), Is.False, "and nothing said");
        }

        for (var half = 0; half < 40; half++)
        {
            service.Clock.Advance(TimeSpan.FromHours(12));
            await service.SettledAsync();
        }

        Assert.That((await service.SubscriptionInAsync(reader, "Ended")).EndReason, Is.EqualTo(EndReason.NonPayment));
        await using var after = server.OpenDatabase();
        Assert.That(await after.Mails.CountAsync(m => m.Kind == MailKind.DunningNotice && m.State == MailState.HandedOver), Is.EqualTo(3));
        Assert.That(await after.Events.CountAsync(e => e.Type == nameof(SubscriptionEvent.DunningResumed)), Is.EqualTo(1));
    }

    [Test]
    public async Task Staff_pause_and_go_on_from_the_readers_page()
    {
        await using var server = await ApiCaller.StartAsync();
        var service = server.Service;
        var reader = await server.ReaderAsync("petra@example.com", "Petra Pause");
        await server.PastDueAsync(reader);
        await service.Services.GetRequiredService<CreateStaff>().RunAsync("sam@courier.example", RunningService.Password, StaffRoles.Support);
        using var browser = service.NewBrowser();
        await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", "sam@courier.example"), ("password", RunningService.Password));
        var page = await browser.GetAsync($"/support/readers/{reader}");

        var wrong = await browser.SubmitAsync(page, "Pause until that date", ("reason", "Complaint"), ("until", "tomorrow"));
        Assert.That(wrong.MainText, Does.Contain("Nothing was changed."));
        var until = $"{service.Clock.Now.AddDays(10):yyyy-MM-dd}";
        var paused = await browser.SubmitAsync(wrong, "Pause until that date", ("reason", "Complaint"), ("until", until), ("note", "She wrote twice."));
        Assert.That(paused.MainText, Does.Contain("a complaint is not settled").And.Contain("She wrote twice.").And.Contain("sam@courier.example"));

        var resumed = await browser.SubmitAsync(paused, "Go on (a complaint is not settled)");
        Assert.That(resumed.MainText, Does.Contain("The payment problem goes on tomorrow"));
    }
}
