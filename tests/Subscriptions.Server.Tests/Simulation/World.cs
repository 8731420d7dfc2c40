using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Incidents;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Incidents;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Features.Webhooks;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>A life of a handful of readers: goes from due moment to due moment and lets the auditor look after each.</summary>
internal sealed class World : IAsyncDisposable
{
    // Points of power that a busy step passes.
    private const int MostPoints = 80;

    private static readonly DateTimeOffset _start = new(2025, 12, 30, 9, 0, 0, TimeSpan.Zero);

    private readonly Random chance;
    private readonly Machine machine = new();
    private readonly SimulatedClock clock = new() { At = _start };
    private readonly SimulatedWall wall = new() { At = _start };
    private readonly GatewayLedger ledger = new();
    private readonly SimulatedBank bank;
    private readonly SimulatedGateway gateway;
    private readonly SimulatedRecords records;
    private readonly SimulatedMail mail;
    private readonly Habits habits;
    private readonly Auditor auditor;
    private readonly List<ReaderLife> readers;
    private readonly StaffLife staff;
    private readonly PriorityQueue<string, DateTimeOffset> webhooks = new();
    private readonly string folder;
    private readonly bool wallFollows;
    private ServiceProcess service = null!;
    private DateTimeOffset weatherUntil = _start;
    private DateTimeOffset? nextWatch;
    private DateTimeOffset nextResync = _start;
    private bool frozen;

    public World(int seed, string name = "world")
    {
        chance = new Random(seed);
        wallFollows = chance.Next(4) > 0;
        habits = Habits.By(seed, chance);
        bank = new(ledger, clock, chance) { OnEvent = Knock };
        gateway = new(ledger, bank, machine, clock, wall, chance) { FaultPercent = 4 };
        records = new(ledger, gateway);
        mail = new(machine, chance) { FaultPercent = 4 };
        auditor = new(ledger, gateway, mail, machine, clock);
        readers = [.. Enumerable.Range(1, chance.Next(4, 7)).Select(n => new ReaderLife(n, ledger, gateway, bank, clock, chance) { NextVisitAt = _start.AddMinutes(chance.Next(1, 40_000)) })];
        staff = new(clock, chance) { NextVisitAt = _start.AddDays(40) };
        if (chance.Next(3) == 0)
        {
            mail.DeadAddresses.Add(readers[0].Email);
        }

        var root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        folder = Directory.CreateDirectory(Path.Combine(root, $"simulation-{Environment.ProcessId}-{name}-{seed}")).FullName;
    }

    public int Steps { get; private set; }

    /// <summary>Of so many steps, one is cut.</summary>
    public int StepsPerCut { get; init; } = 40;

    /// <summary>Where the power went, and how often.</summary>
    public IReadOnlyDictionary<PowerPoint, int> CutAt => machine.CutAt;

    /// <summary>Every event of this life in one number: the same seed lives the same life.</summary>
    public string Digest { get; private set; } = "";

    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{Steps} steps to {clock.At:yyyy-MM-dd}, {readers.Count} readers, {ledger.Intents.Count} payments, {auditor.Renewed} renewed, {auditor.Recovered} recovered, {auditor.Closed} closed, {auditor.EndedForNonPayment} ended for non-payment, {machine.Crashes} crashes, {mail.Taken.Count} mails, {staff.Acts} acts of staff, {auditor.StraysLeft} strays{(wallFollows ? "" : ", wall clock standing")}");

    private string DatabaseFile => Path.Combine(folder, "simulation.db");

    public async Task LiveAsync(TimeSpan life)
    {
        await ServiceProcess.LayDownAsync(DatabaseFile);
        service = await StartAsync();
        await service.JobFor(WorkKind.Reconcile).RunAsync(CancellationToken.None);
        bank.At(_start.AddDays(7), bank.PayOut);
        mail.Hush = Hush;
        await using (var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync())
        {
            db.Readers.AddRange(readers.Select(r => new ReaderRow
            {
                Id = r.Id,
                Email = r.Email,
                NormalizedEmail = r.Email.ToUpperInvariant(),
                Name = $"Reader {r.Id}",
                CreatedAt = _start,
            }));
            await db.SaveChangesAsync();
        }

        await UntilAsync(_start + life, weather: true);

        // Then the weather clears, nobody does anything any more, and all that was begun must come to its end.
        (gateway.FaultPercent, gateway.Down, mail.FaultPercent, mail.Down) = (0, false, 0, false);
        bank.Calm = true;
        readers.ForEach(r => r.NextVisitAt = DateTimeOffset.MaxValue);
        staff.NextVisitAt = DateTimeOffset.MaxValue;
        await UntilAsync(clock.At.AddDays(20), weather: false);
        await auditor.LookAsync(service, calm: true);
        await service.Get<Reconcile>().NowAsync(null, null, Actors.System);
        await auditor.CompareBooksAsync(service);
        await using var records = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var lines = await records.Events.AsNoTracking().OrderBy(e => e.Id).Select(e => $"{e.At:O} {e.Stream} {e.StreamVersion} {e.Type} {e.Actor} {e.Data}").ToListAsync();
        Digest = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    /// <summary>What the records say of the subjects that a message names, newest last: for whoever has to find out why.</summary>
    public async Task<string> StoryOfAsync(string message)
    {
        machine.Restart();
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var number = Regex.Match(message, "(?:inv|sub)_(\\d+_\\d+)").Groups[1].Value;
        var events = await db.Events.AsNoTracking().Where(e => number != "" && (e.Stream == "sub_" + number || e.Stream.StartsWith("inv_" + number + "_"))).OrderBy(e => e.Id).ToListAsync();
        var due = await db.DueWork.AsNoTracking().Where(w => w.DueAt <= clock.At || w.Id.Contains(number)).ToListAsync();
        var freezes = await db.Freezes.AsNoTracking().OrderBy(f => f.OpenedAt).ToListAsync();
        return string.Join('\n', events.TakeLast(40).Select(e => $"{e.At:yyyy-MM-dd HH:mm} {e.Stream} {e.Type} {e.Actor} {e.Data}")
            .Concat(due.Select(w => $"due {w.DueAt:yyyy-MM-dd HH:mm} {w.Kind} {w.Id} tries {w.Tries} owner {w.LeaseOwner} parked {w.ParkedAt}"))
            .Concat(freezes.TakeLast(5).Select(f => $"freeze {f.Kind} {f.OpenedAt:yyyy-MM-dd HH:mm} to {f.ClosedAt:yyyy-MM-dd HH:mm}"))
            .Concat(ledger.Intents.Values.Where(i => i.Request.InvoiceId!.StartsWith($"inv_{number}_", StringComparison.Ordinal)).TakeLast(3)
                .Select(i => $"{i.Request.InvoiceId}: {i.Snapshot} taken {i.SucceededAt:yyyy-MM-dd HH:mm}")));
    }

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
        {
            await service.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task UntilAsync(DateTimeOffset end, bool weather)
    {
        while (await NextAsync() is { } next && next < end)
        {
            Move(next);
            if (weather)
            {
                ChangeWeather();
            }

            await StepAsync();
            Steps++;
            await auditor.LookAsync(service, calm: false);
        }

        Move(end);
    }

    private void Move(DateTimeOffset to)
    {
        var by = to - clock.At;
        clock.At += by;
        wall.At += wallFollows ? by : TimeSpan.FromSeconds(2);
        machine.NewMoment();
    }

    private void ChangeWeather()
    {
        if (clock.At < weatherUntil)
        {
            return;
        }

        var storm = chance.Next(6);
        (mail.Down, gateway.Down) = (storm == 0, storm == 1);

        // Hours or days; once in a while longer than a comparison looks back.
        weatherUntil = clock.At.AddHours(storm > 1 ? chance.Next(24, 24 * 21) : chance.Next(1, 24 * (chance.Next(4) == 0 ? 10 : 2)));
    }

    private async Task<DateTimeOffset?> NextAsync()
    {
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var due = await db.DueWork.Where(w => w.Kind != WorkKind.PublishEvents).MinAsync(w => (DateTimeOffset?)w.DueAt);
        DateTimeOffset? webhook = webhooks.TryPeek(out _, out var at) ? at : null;
        return new[] { due, webhook, bank.NextAt, readers.Min(r => r.NextVisitAt), staff.NextVisitAt, nextWatch }.Min() is { } next && next > Soonest() ? next : Soonest();
    }

    // While nothing gets through, each look comes to the same; years would be spent on them.
    private DateTimeOffset Soonest() => gateway.Down ? clock.At.AddMinutes(chance.Next(20, 240)) : clock.At.AddSeconds(1);

    private async Task StepAsync()
    {
        machine.PlugIn = mail.FaultPercent > 0 && chance.Next(StepsPerCut) == 0 ? chance.Next(1, MostPoints) : null;
        try
        {
            bank.RunDue();
            await DeliverWebhooksAsync();
            foreach (var reader in readers.Where(r => r.NextVisitAt <= clock.At))
            {
                await reader.VisitAsync(service);
            }

            if (staff.NextVisitAt <= clock.At)
            {
                await staff.WorkAsync(service);
            }

            await WorkAsync();
        }
        catch (Exception) when (machine.Dead)
        {
            // Whatever it is called by the time it arrives here: a save that dies is told as a failed save.
            machine.Restart();
            foreach (var reader in readers.Where(r => r.NextVisitAt <= clock.At))
            {
                reader.NextVisitAt = clock.At.AddHours(3);
            }

            staff.NextVisitAt = staff.NextVisitAt <= clock.At ? clock.At.AddHours(3) : staff.NextVisitAt;
            await RestartAsync();
        }

        machine.PlugIn = null;
    }

    private async Task WorkAsync()
    {
        await WatchAsync();
        await ResyncAsync();
        WorkKind[] kinds = [WorkKind.AdvanceSubscription, WorkKind.CollectInvoice, WorkKind.SendMail, WorkKind.ProcessWebhook, WorkKind.WarnOfExpiry, WorkKind.Reconcile];
        chance.Shuffle(kinds);
        var due = await DueKindsAsync();
        foreach (var kind in kinds.Where(due.Contains))
        {
            await service.JobFor(kind).RunAsync(CancellationToken.None);
        }
    }

    // In service it looks every minute; here when there may be something to see.
    private async Task WatchAsync()
    {
        if (!(nextWatch <= clock.At || chance.Next(gateway.Down || mail.Down ? 2 : 8) == 0))
        {
            return;
        }

        await service.Get<WatchIncidents>().RunAsync(CancellationToken.None);
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        var open = await db.Freezes.Where(f => f.ClosedAt == null).Select(f => f.Kind).ToListAsync();
        frozen = open.Any(kind => kind != IncidentKind.MailServerDown);
        nextWatch = open.Count > 0 ? clock.At.AddMinutes(chance.Next(30, 60 * 12)) : null;
    }

    // In service once an hour: what knocked in vain is found in the gateway's list. Once a day does here, and leaves the daily comparison something to find.
    private async Task ResyncAsync()
    {
        if (clock.At >= nextResync)
        {
            await service.Get<ResyncWebhooks>().RunAsync(CancellationToken.None);
            nextResync = clock.At.AddDays(1);
        }
    }

    private string? Hush(MailKind kind)
    {
        var hours = service.Get<PublisherHours>();
        var local = TimeZoneInfo.ConvertTime(clock.At, hours.Zone);
        var time = TimeOnly.FromDateTime(local.DateTime);
        return frozen && kind == MailKind.DunningNotice ? $"at {local:yyyy-MM-dd HH:mm}, while all stands still"
            : time < hours.SendFrom || time >= hours.SendUntil ? $"in the night, at {local:yyyy-MM-dd HH:mm}"
            : hours.Calendar.IsClosed(hours.DateOf(clock.At)) ? $"on the closed day {local:yyyy-MM-dd}"
            : null;
    }

    private async Task<HashSet<WorkKind>> DueKindsAsync()
    {
        await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
        return [.. await db.DueWork.Where(w => w.DueAt <= clock.At).Select(w => w.Kind).Distinct().ToListAsync()];
    }

    // Building the container takes far longer than a step; a start without that does the same to the database.
    private async Task RestartAsync()
    {
        if (machine.Crashes % 10 == 1)
        {
            await service.DisposeAsync();
            service = await StartAsync();
        }
        else
        {
            await service.PrepareAsync();
        }
    }

    private Task<ServiceProcess> StartAsync() => ServiceProcess.StartAsync(DatabaseFile, machine, clock, wall, gateway, records, mail, habits);

    // Webhooks get lost, come twice, late and in any order.
    private void Knock(GatewayEvent told)
    {
        // What a bank says of a refund days later is told by webhook alone, so it is not lost for good.
        var least = told.Type.StartsWith("refund.", StringComparison.Ordinal) ? 1 : 0;
        for (var copies = chance.Next(8) switch { 0 => least, 1 => 2, _ => 1 }; copies > 0; copies--)
        {
            webhooks.Enqueue(told.Id, clock.At.AddMinutes(chance.Next(5) == 0 ? chance.Next(1, 60 * 24 * 3) : chance.Next(0, 5)));
        }
    }

    private async Task DeliverWebhooksAsync()
    {
        while (webhooks.TryPeek(out var id, out var at) && at <= clock.At)
        {
            await using var db = await service.Get<IDbContextFactory<SubscriptionsDb>>().CreateDbContextAsync();
            if (!await db.WebhookEvents.AnyAsync(e => e.Id == id))
            {
                db.WebhookEvents.Add(new WebhookEventRow { Id = id, Type = ledger.Events[id].Type, ReceivedAt = clock.At });
                db.DueWork.Add(new DueWorkRow { Kind = WorkKind.ProcessWebhook, Id = id, DueAt = clock.At });
                await db.SaveChangesAsync();
            }

            webhooks.Dequeue();
        }
    }
}
