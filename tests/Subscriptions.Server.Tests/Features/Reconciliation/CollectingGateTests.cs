using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Incidents;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Incidents;
using Subscriptions.Server.Features.Reconciliation;
using Reconciler = Subscriptions.Server.Features.Reconciliation.Reconcile;

namespace Subscriptions.Server.Tests.Features.Reconciliation;

/// <summary>What shuts collecting, what opens it, and what is not taken for an incident meanwhile.</summary>
internal sealed class CollectingGateTests
{
    [TestCase("payouts.list", true)]
    [TestCase("payment_intents.list", false)]
    [TestCase("refunds.list", false)]
    [TestCase("disputes.list", false)]
    [TestCase("balance_transactions.list", false)]
    public async Task Collecting_goes_on_only_when_every_list_of_money_was_read_whole(string unanswered, bool goesOn)
    {
        await using var service = await RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0");
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, "Active");
        await service.SettledAsync();
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), unanswered));
        var gate = service.Services.GetRequiredService<CollectingGate>();
        await gate.CloseAsync("a backup was restored.", Actors.System);

        var run = await service.Services.GetRequiredService<Reconciler>().NowAsync(null, null, Actors.System);

        Assert.That((run!.Failure is not null, run.FinishedAt), Is.EqualTo((true, (DateTimeOffset?)null)), "the comparison itself is made again");
        Assert.That(await gate.RefusalAsync() is null, Is.EqualTo(goesOn));
    }

    [Test]
    public async Task Admins_switch_collecting_on_by_hand_with_a_reason_that_stays_to_be_read()
    {
        await using var service = await RunningService.StartAsync();
        foreach (var (email, role) in new[] { ("sam@courier.example", StaffRoles.Support), ("ada@courier.example", StaffRoles.Admin) })
        {
            await service.Services.GetRequiredService<CreateStaff>().RunAsync(email, RunningService.Password, role);
        }

        var gate = service.Services.GetRequiredService<CollectingGate>();
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "balance_transactions.list"));
        await gate.CloseAsync("a backup was restored.", Actors.System);
        using var support = service.NewBrowser();
        var seen = await support.SubmitAsync(await support.GetAsync("/support/reconciliation"), "Sign in", ("email", "sam@courier.example"), ("password", RunningService.Password));
        using var admin = service.NewBrowser();
        var page = await admin.SubmitAsync(await admin.GetAsync("/support/reconciliation"), "Sign in", ("email", "ada@courier.example"), ("password", RunningService.Password));
        page = await admin.SubmitAsync(page, "Switch collecting on", ("reason", " "));
        var unexplained = await gate.RefusalAsync();
        page = await admin.SubmitAsync(page, "Switch collecting on", ("reason", "The provider's list of bookings is down, and its payments were compared by hand"));

        await using var db = service.OpenDatabase();
        var task = await db.StaffTasks.AsNoTracking().SingleAsync(t => t.Kind == "collecting-on-by-hand");
        Assert.That((seen.MainText.Contains("Collecting is off", StringComparison.Ordinal), seen.MainText.Contains("Switch collecting on", StringComparison.Ordinal)), Is.EqualTo((true, false)));
        Assert.That((unexplained, await gate.RefusalAsync()), Is.EqualTo((CollectingGate.Closed, (Domain.Refusal?)null)));
        Assert.That(page.MainText, Does.Contain("Collecting was switched on by staff").And.Contain("compared by hand."));
        Assert.That(task.Text, Does.Contain("compared by hand.").And.StartsWith("staff"));
        Assert.That(await gate.IsWatchfulAsync(), Is.True, "each payment is looked for at the provider before it is charged");
    }

    [Test]
    public async Task What_waits_while_collecting_is_off_is_no_sign_that_the_gateway_is_down()
    {
        await using var service = await RunningService.StartAsync();
        var gate = service.Services.GetRequiredService<CollectingGate>();
        await gate.CloseAsync("a backup was restored.", Actors.System);
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await using var db = service.OpenDatabase();
        var soon = service.Clock.Now.AddMinutes(30);
        await service.EventuallyAsync<object>(async () =>
            await db.DueWork.Where(w => w.Kind == WorkKind.CollectInvoice && w.LeaseOwner == null).ExecuteUpdateAsync(set => set.SetProperty(w => w.Tries, 3).SetProperty(w => w.DueAt, soon)) == 1 ? reader : null);
        var signals = service.Services.GetRequiredService<IncidentSignalsQuery>();
        var shut = (await signals.RunAsync()).Gateway;
        await db.CollectingGates.ExecuteUpdateAsync(set => set.SetProperty(g => g.ClosedAt, (DateTimeOffset?)null));

        var waiting = (await signals.RunAsync()).Gateway;
        await gate.CloseAsync("a backup was restored.", Actors.System);
        await gate.OpenAsync(Actors.System);

        Assert.That((shut.Bad, waiting.Bad), Is.EqualTo((0, 1)));
        Assert.That((await signals.RunAsync()).Gateway.Bad, Is.Zero, "what waited for it has to be worked off first");
    }

    [Test]
    public async Task Health_says_whether_collecting_is_off_and_what_is_frozen()
    {
        await using var service = await RunningService.StartAsync();
        var before = await ReadyAsync(service);
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "balance_transactions.list"));
        await service.Services.GetRequiredService<CollectingGate>().CloseAsync("a backup was restored.", Actors.System);
        await service.Services.GetRequiredService<Freezes>().OpenAsync(IncidentKind.ByHand, "The bank is on fire.", Actors.System);

        Assert.That((before, await ReadyAsync(service)), Is.EqualTo(("on:", "off:ByHand")));
    }

    [Test]
    public async Task After_a_silence_longer_than_its_window_a_comparison_begins_where_the_last_whole_one_ended()
    {
        await using var service = await RunningService.StartAsync("--Stripe:RetryDelayMilliseconds=10", "--Stripe:MaxRetries=0");
        var reconcile = service.Services.GetRequiredService<Reconciler>();
        var whole = (await reconcile.NowAsync(null, null, Actors.System))!;
        await service.Faults.AddAsync(new FaultOrder("gateway", nameof(FaultKind.Error500Before), "balance_transactions.list"));
        service.Clock.Advance(TimeSpan.FromDays(40));
        var broken = await reconcile.NowAsync(null, null, Actors.System);
        await service.Faults.ClearAllAsync();
        var part = await reconcile.NowAsync(service.Clock.Now.AddDays(-3), service.Clock.Now.AddDays(-1), Actors.System);
        var next = await reconcile.NowAsync(null, null, Actors.System);

        Assert.That((whole.FinishedAt is not null, broken!.FinishedAt, part!.FinishedAt is not null), Is.EqualTo((true, (DateTimeOffset?)null, true)));
        Assert.That(next!.From, Is.LessThan(whole.To));
    }

    private static async Task<string> ReadyAsync(RunningService service)
    {
        using var http = new HttpClient();
        var body = JsonDocument.Parse(await http.GetStringAsync(new Uri(service.Address, "/health/ready"))).RootElement;
        return $"{body.GetProperty("collecting").GetString()}:{string.Join(',', body.GetProperty("frozen").EnumerateArray().Select(kind => kind.GetString()))}";
    }
}
