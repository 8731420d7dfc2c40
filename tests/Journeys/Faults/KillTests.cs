using NUnit.Framework;
using Subscriptions.Journeys.Support;
using Subscriptions.Tests;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Faults;

[TestFixture]
public sealed class KillTests
{
    [Test]
    public async Task Killed_between_the_charge_and_its_saving_the_service_charges_once_and_records_it_once()
    {
        using var place = new SandboxPlace();
        await using var panel = await SandboxProgram.StartAsync(place, "All");
        await panel.EndAsync();
        await using var rooms = await SandboxProgram.StartAsync(place, "Panel");
        await using var first = await SandboxProgram.StartAsync(place, "Service");
        using var tools = await OpenAsync(place);
        var reader = tools.Reader(r => Text(r, "state") == "Active" && r.GetProperty("card").GetString() == "pm_card_mastercard");
        await tools.SetFaultAsync(new { target = "gateway", kind = "TimeoutAfter", operation = "confirm", match = reader.SubscriptionId, count = 1, holdSeconds = 120 });

        var moving = tools.TryAdvanceDaysAsync(7);
        await WaitUntil.TrueAsync(async () => (await ChargesOf(tools, reader)).Count(c => Text(c, "status") == "succeeded") == 3, "the renewal is charged");
        await first.KillAsync();
        await using var second = await SandboxProgram.StartAsync(place, "Service");
        await moving;
        await WaitUntil.TrueAsync(async () => (await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/invoices")) is [var newest, ..] all
            && all.Count == 3 && Text(newest, "status") == "Paid", "the success is recorded");

        var attempts = await tools.ItemsAsync($"/api/subscriptions/{reader.SubscriptionId}/attempts");
        Assert.Multiple(() =>
        {
            Assert.That(attempts.Select(a => Text(a, "state")), Is.All.EqualTo("Succeeded"));
            Assert.That(attempts, Has.Count.EqualTo(3));
        });
        Assert.That((await ChargesOf(tools, reader)).Count(c => Text(c, "status") == "succeeded"), Is.EqualTo(3));
    }

    [Test]
    public async Task Two_servers_on_one_database_make_no_attempt_twice()
    {
        using var place = new SandboxPlace();
        await using var everything = await SandboxProgram.StartAsync(place);
        await using var second = await SandboxProgram.StartAsync(place, "Service", $"--Sandbox:Ports:Service={FreePorts.Take()}");
        using var tools = await OpenAsync(place);
        await tools.AdvanceDaysAsync(8);

        await Ledgers.AgreeAsync(tools);
    }

    private static async Task<IReadOnlyList<System.Text.Json.JsonElement>> ChargesOf(SandboxTools tools, SeededReader reader)
    {
        var intents = (await tools.LedgerAsync("payment_intents"))
            .Where(pi => pi.GetProperty("metadata").TryGetProperty("subscription", out var s) && s.GetString() == reader.SubscriptionId)
            .Select(pi => Text(pi, "id")).ToHashSet();
        return [.. (await tools.LedgerAsync("charges")).Where(c => intents.Contains(c.GetProperty("payment_intent").GetString() ?? ""))];
    }
}
