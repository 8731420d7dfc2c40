using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;
using Subscriptions.Journeys.Support;
using Subscriptions.Migrations.PostgreSql;
using Subscriptions.Migrations.Sqlite;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Tests;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Faults;

/// <summary>
/// Two service processes under load, one of them killed at a random moment and started again, over and over. <c>KILL_ROUNDS=200</c>
/// sets how often, <c>KILL_SEED</c> when; on PostgreSQL as well where <c>TESTS_POSTGRES</c> names one.
/// </summary>
[TestFixture]
public sealed class KillUnderLoadTests
{
    private const int UsualRounds = 5;
    private const int LongestWait = 1500;

    private static IEnumerable<string> Databases() => ServerDatabase.Server is null ? ["Sqlite"] : ["Sqlite", "PostgreSql"];

    [TestCaseSource(nameof(Databases))]
    public async Task Killed_at_any_moment_and_started_again_nothing_is_doubled_lost_or_stuck(string provider)
    {
        var (rounds, seed) = (Number("KILL_ROUNDS") ?? UsualRounds, Number("KILL_SEED") ?? Environment.TickCount);
        await using var server = provider == "PostgreSql" ? await ServerDatabase.CreateAsync() : null;
        using var place = new SandboxPlace(server);
        await using (var seeding = await SandboxProgram.StartAsync(place, "Panel,Service")) await seeding.EndAsync();
        await using var panel = await SandboxProgram.StartAsync(place, "Panel");
        var other = FreePorts.Take();
        Task<SandboxProgram> StartAsync(int which) => SandboxProgram.StartAsync(place, "Service", which == 0 ? [] : [$"--Sandbox:Ports:Service={other}"]);
        var services = await Task.WhenAll(StartAsync(0), StartAsync(1));
        try
        {
            using var tools = await OpenAsync(place);
            using var load = new Load(tools, place, [place.Service, new Uri($"http://localhost:{other}")], seed);
            using var ending = new CancellationTokenSource();
            var busy = load.RunAsync(ending.Token);
            var chance = new Random(seed);
            for (var round = 0; round < rounds; round++)
            {
                await Task.Delay(chance.Next(LongestWait));
                var which = chance.Next(2);
                await services[which].KillAsync();
                services[which] = await StartAsync(which);
            }

            await ending.CancelAsync();
            await busy;
            await SettleAsync(tools);
            await TestContext.Out.WriteLineAsync($"{provider}: {rounds} kills, {load.Answers} answers, {load.Subscriptions.Count()} subscriptions begun, {load.CardUpdates} cards laid down (KILL_SEED={seed})");
            Assert.That(load.Wrong, Is.Empty, $"KILL_SEED={seed}");
            await AuditAsync(tools, place, server, seed);
        }
        finally
        {
            foreach (var service in services) await service.DisposeAsync();
        }
    }

    // Whatever was under way comes to its end in days of which each is the longest that the product waits between two looks.
    private static async Task SettleAsync(SandboxTools tools)
    {
        for (var day = 0; day < 3; day++) await tools.AdvanceDaysAsync(1);
    }

    private static async Task AuditAsync(SandboxTools tools, SandboxPlace place, ServerDatabase? server, int seed)
    {
        var database = server is null
            ? new ServiceDatabase(SqliteDatabase.Provider, $"Data Source={Path.Combine(place.Folder, "subscriptions.db")}", null)
            : new ServiceDatabase(PostgreSqlDatabase.Provider, server.ConnectionString, null);
        await using var db = database.Open();
        var subscriptions = (await db.Subscriptions.Select(s => s.Id).ToListAsync()).ConvertAll(id => id.Value);
        await Ledgers.AgreeAsync(tools, subscriptions);

        var now = await tools.NowAsync();
        var work = await db.DueWork.AsNoTracking().ToListAsync();
        var invoices = await db.Invoices.AsNoTracking().Include(i => i.Attempts).ToListAsync();
        var refunded = (await tools.LedgerAsync("refunds")).Where(r => Text(r, "status") is not ("failed" or "canceled")).Sum(r => r.GetProperty("amount").GetInt64());
        var known = invoices.Select(i => i.Id.Value).ToHashSet();
        var strange = (await tools.LedgerAsync("payment_intents"))
            .Where(pi => pi.GetProperty("metadata").TryGetProperty("invoice", out var invoice) && !known.Contains(invoice.GetString()!)).Select(pi => Text(pi, "id"));
        var living = await db.Subscriptions.Where(s => s.Status != "Ended").GroupBy(s => s.ReaderId).Where(g => g.Count() > 1).Select(g => g.Key).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(strange, Is.Empty, $"payments for invoices that nobody knows; KILL_SEED={seed}");
            Assert.That(living, Is.Empty, "readers with two subscriptions");
            Assert.That(invoices.Sum(i => i.Refunded), Is.EqualTo(refunded), "refunds");
            Assert.That(work.Where(w => w.ParkedAt is not null || w.LeaseOwner is not null || w.DueAt < now.AddHours(-1)).Select(w => $"{w.Kind} {w.Id} due {w.DueAt:O} held by {w.LeaseOwner} parked {w.ParkedAt:O}"), Is.Empty, $"stuck work; KILL_SEED={seed}");
            Assert.That(invoices.SelectMany(i => i.Attempts.Where(a => a.LiveSlot is not null && now > (a.ResultDueOn?.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) ?? a.StartedAt.UtcDateTime).AddDays(2)).Select(a => $"{a.InvoiceId}/{a.Number} {a.State}")), Is.Empty, $"attempts that live for ever; KILL_SEED={seed}");
            Assert.That(invoices.Where(i => i.Status == InvoiceStatus.Open && !work.Any(w => w.Id == i.Id.Value || w.Id == i.SubscriptionId!.Value.Value)).Select(i => i.Id.Value), Is.Empty, $"open invoices without due work; KILL_SEED={seed}");
        });
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
