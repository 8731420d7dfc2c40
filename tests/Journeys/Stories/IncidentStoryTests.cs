using NUnit.Framework;
using Subscriptions.Journeys.Support;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Stories;

/// <summary>A bank declines a whole morning: what the sandbox's guide promises about the incident breaker, done by tools.</summary>
[TestFixture]
public sealed class IncidentStoryTests
{
    [Test]
    public async Task A_morning_of_declines_freezes_the_seeded_book_by_itself_and_a_good_day_ends_it()
    {
        using var place = new SandboxPlace();

        // The thirty renew ten days on at six; a day after that the rule has seen the surge pass.
        await using var sandbox = await SandboxProgram.StartAsync(place, "All", "--Sandbox:StartAt=2027-01-11T09:00:00Z");
        using var tools = await OpenAsync(place);
        Assert.That(await FreezesAsync(tools), Is.Empty);

        await tools.AdvanceDaysAsync(8);
        Assert.That(await FreezesAsync(tools), Is.Empty, "an ordinary week is no incident");
        await tools.SetFaultAsync(new { target = "bank", kind = "Declined", sharePercent = 80, forHours = 72 });
        await tools.AdvanceDaysAsync(2);
        Assert.That(await FreezesAsync(tools), Is.EqualTo(new[] { "DeclineSurge, open" }));
        await tools.ClearFaultsAsync();
        await tools.AdvanceDaysAsync(2);
        Assert.That(await FreezesAsync(tools), Is.EqualTo(new[] { "DeclineSurge, ByRule" }));
        await Ledgers.AgreeAsync(tools);
    }

    private static async Task<IReadOnlyList<string>> FreezesAsync(SandboxTools tools) =>
        [.. (await tools.ItemsAsync("/api/incidents")).Select(f => $"{Text(f, "kind")}, {(f.GetProperty("endedBy").GetString() ?? "open")}")];
}
