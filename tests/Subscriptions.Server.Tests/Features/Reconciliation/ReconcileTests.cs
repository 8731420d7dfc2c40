using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Hosting;
using Reconciler = Subscriptions.Server.Features.Reconciliation.Reconcile;

namespace Subscriptions.Server.Tests.Features.Reconciliation;

/// <summary>Our records against the provider's, over real HTTP.</summary>
internal sealed class ReconcileTests
{
    private RunningService service = null!;

    private IPaymentGateway Gateway => service.Services.GetRequiredService<IPaymentGateway>();

    [SetUp]
    public async Task StartAsync() => service = await RunningService.StartAsync();

    [TearDown]
    public async Task StopAsync() => await service.DisposeAsync();

    [Test]
    public async Task A_clean_book_has_no_differences_and_the_ledger_holds_what_the_provider_holds()
    {
        await ActiveAsync();

        var run = await CompareAsync();

        var books = await BalancesAsync();
        Assert.That((run.OpenFindings, run.Repaired, run.Transactions), Is.EqualTo((0, 0, 1)));
        Assert.That(books.Values.Sum(), Is.Zero);
        Assert.That((books[LedgerAccount.Receivable], books[LedgerAccount.Income], books[LedgerAccount.Gateway], books[LedgerAccount.Fees]), Is.EqualTo((0, -999, 964, 35)));
    }

    [Test]
    public void The_next_comparison_is_due_later_than_now_even_if_now_is_its_hour()
    {
        var hour = new DateTimeOffset(2027, 1, 12, 4, 0, 0, TimeSpan.Zero);

        var reconcile = ActivatorUtilities.CreateInstance<Reconciler>(service.Services, new StandingClock(hour));

        Assert.That(reconcile.NextAt(), Is.EqualTo(hour.AddDays(1)));
    }

    [Test]
    public async Task Payouts_are_posted_and_are_the_sum_of_their_bookings()
    {
        await ActiveAsync();
        service.Clock.Advance(TimeSpan.FromDays(4));
        await service.EventuallyAsync(async () => (await CompareAsync()).Payouts > 0 ? this : null);

        var books = await BalancesAsync();
        Assert.That((books[LedgerAccount.Gateway], books[LedgerAccount.Bank]), Is.EqualTo((0, 964)));
        Assert.That(await FindingsAsync(), Is.Empty);
    }

    [Test]
    public async Task The_first_comparison_posts_what_was_booked_since_the_first_payment_however_long_ago()
    {
        await ActiveAsync();
        service.Clock.Advance(TimeSpan.FromDays(20));
        await CompareAsync();

        Assert.That((await BalancesAsync()).GetValueOrDefault(LedgerAccount.Fees), Is.EqualTo(35));
        Assert.That(await FindingsAsync(), Is.Empty);
    }

    [Test]
    public async Task A_payment_without_our_record_is_recorded_once_and_what_was_left_open_is_cancelled()
    {
        var (reader, invoice) = await PastDueAsync();
        await PayAtGatewayAsync(invoice, invoice.Total);

        await CompareAsync();
        var again = await CompareAsync();

        await service.SubscriptionInAsync(reader, "Active");
        Assert.That((await FindingsAsync()).Select(f => (f.Kind, f.State)), Is.EquivalentTo(new[]
        {
            (FindingKind.PaymentNotRecorded, FindingState.Repaired), (FindingKind.PaymentStillOpen, FindingState.Repaired),
        }));
        Assert.That((again.OpenFindings, again.Repaired), Is.EqualTo((0, 0)));
        Assert.That((await BalancesAsync())[LedgerAccount.Receivable], Is.Zero);
    }

    [Test]
    public async Task A_second_payment_of_one_invoice_waits_for_staff_who_send_it_back()
    {
        var (_, invoice) = await ActiveAsync();
        var second = await PayAtGatewayAsync(invoice, invoice.Total);

        await CompareAsync();
        await CompareAsync();
        var finding = (await FindingsAsync()).Single();
        Assert.That((finding.Kind, finding.State, finding.Repairable, finding.Difference), Is.EqualTo((FindingKind.PaidTwice, FindingState.Open, true, 999L)));

        var desk = service.Services.GetRequiredService<FindingDesk>();
        Assert.That(await desk.RepairAsync(finding.Id, "staff:1"), Is.Null);
        Assert.That((await desk.RepairAsync(finding.Id, "staff:1"))?.Code, Is.EqualTo("finding-not-open"));
        var refunds = await service.EventuallyAsync(async () =>
            await Gateway.FindRefundsAsync(second) is GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered { Value: { Count: > 0 } made } ? made : null);
        await service.SettledAsync();

        Assert.That(refunds.Single().Amount, Is.EqualTo(new Money(999, "GBP")));
        Assert.That((await BalancesAsync()).GetValueOrDefault(LedgerAccount.ToReturn), Is.Zero);
        Assert.That((await CompareAsync()).OpenFindings, Is.Zero);
    }

    [Test]
    public async Task What_only_people_can_judge_is_told_once_and_closes_itself_when_it_is_gone()
    {
        var (_, paid) = await ActiveAsync();
        var (_, other) = await ActiveAsync();
        await PayAtGatewayAsync(paid, 500, invoiceId: "inv_nobody");
        await using var db = service.OpenDatabase();
        await db.PaymentAttempts.Where(a => a.InvoiceId == paid.Id).ExecuteUpdateAsync(set => set.SetProperty(a => a.PaymentIntentId, "pi_gone").SetProperty(a => a.ChargeId, "ch_gone"));
        await db.Ledger.Where(l => l.InvoiceId == other.Id && l.Account == LedgerAccount.Gateway).ExecuteUpdateAsync(set => set.SetProperty(l => l.Amount, 998));

        await CompareAsync();
        await CompareAsync();
        Assert.That((await FindingsAsync()).Where(f => f.State == FindingState.Open).Select(f => f.Kind), Is.EquivalentTo(new[]
        {
            FindingKind.InvoiceMissing, FindingKind.PaymentMissing, FindingKind.PaidTwice, FindingKind.AmountDiffers, FindingKind.LedgerDiffers,
        }));

        await db.Ledger.Where(l => l.InvoiceId == other.Id && l.Account == LedgerAccount.Gateway).ExecuteUpdateAsync(set => set.SetProperty(l => l.Amount, 999));
        await CompareAsync();
        Assert.That((await FindingsAsync()).Where(f => f.State == FindingState.Gone).Select(f => f.Kind), Is.SupersetOf(new[] { FindingKind.AmountDiffers }));
    }

    [Test]
    public async Task A_refund_and_a_dispute_whose_webhooks_were_lost_are_found_and_recorded()
    {
        var (_, refunded) = await ActiveAsync();
        var (_, disputed) = await ActiveAsync("pm_card_createDispute");
        await service.Faults.AddAsync(new("webhooks", "Dropped"));
        await Gateway.RefundAsync(refunded.PaymentIntentId!, new(300, "GBP"), null, "by-hand");
        service.Clock.Advance(TimeSpan.FromMinutes(2));
        await service.EventuallyAsync(async () =>
        {
            await CompareAsync();
            var kinds = (await FindingsAsync()).Where(f => f.State == FindingState.Repaired).Select(f => (f.Kind, f.InvoiceId)).ToArray();
            return kinds.Contains((FindingKind.RefundNotRecorded, refunded.Id)) && kinds.Contains((FindingKind.DisputeNotRecorded, disputed.Id)) ? this : null;
        });
        await using var db = service.OpenDatabase();
        var invoices = (await db.Invoices.Include(i => i.Attempts).AsNoTracking().ToListAsync()).Select(i => i.ToInvoice()).ToDictionary(i => i.Id);
        Assert.That((invoices[refunded.Id].Refunded.Amount, invoices[disputed.Id].Contest.IsOpen), Is.EqualTo((300L, true)));
        Assert.That((await BalancesAsync())[LedgerAccount.Disputes], Is.EqualTo(999));
    }

    [Test]
    public async Task A_refund_of_ours_that_the_provider_does_not_know_is_found()
    {
        var (_, invoice) = await ActiveAsync();
        await using var db = service.OpenDatabase();
        db.Ledger.AddRange(Line(LedgerAccount.Gateway, -100), Line(LedgerAccount.Refunds, 100));
        await db.SaveChangesAsync();

        await CompareAsync();
        Assert.That((await FindingsAsync()).Select(f => f.Kind), Is.EqualTo(new[] { FindingKind.RefundMissing }));

        LedgerRow Line(LedgerAccount account, long amount) => new()
        {
            SetId = $"{invoice.Id}#99",
            Account = account,
            Amount = amount,
            Currency = "GBP",
            Cause = nameof(InvoiceEvent.PaymentRefunded),
            InvoiceId = invoice.Id,
            GatewayId = "re_gone",
            At = service.Clock.Now,
        };
    }

    [Test]
    public async Task An_ended_subscription_that_still_owes_is_found()
    {
        var (reader, _) = await PastDueAsync();
        await using (var db = service.OpenDatabase())
        {
            var now = service.Clock.Now;
            await db.Subscriptions.Where(s => s.ReaderId == reader).ExecuteUpdateAsync(set => set.SetProperty(s => s.Status, "Ended").SetProperty(s => s.EndedAt, now));
        }

        await CompareAsync();
        Assert.That((await FindingsAsync()).Select(f => (f.Kind, f.State)), Is.EqualTo(new[] { (FindingKind.OpenAfterEnd, FindingState.Open) }));
    }

    [Test]
    public async Task The_ledger_can_be_made_anew_from_the_events()
    {
        await ActiveAsync();
        await PastDueAsync();
        await CompareAsync();
        var before = await LinesAsync();
        await using (var db = service.OpenDatabase())
        {
            await db.Ledger.ExecuteDeleteAsync();
        }

        var rebuilt = await service.Services.GetRequiredService<LedgerBooks>().RebuildAsync(DateTimeOffset.UnixEpoch);

        Assert.That(rebuilt.Wrong, Is.Empty);
        Assert.That(await LinesAsync(), Is.EqualTo(before));
        Assert.That((await service.Services.GetRequiredService<LedgerBooks>().RebuildAsync(DateTimeOffset.UnixEpoch)).Posted, Is.Zero);
    }

    [Test]
    public async Task After_a_restored_backup_nothing_is_charged_before_a_comparison_and_nothing_twice_after_it()
    {
        var (reader, _) = await ActiveAsync();
        await service.BackUpAsync();
        service.Clock.Advance(TimeSpan.FromDays(32));
        await service.EventuallyAsync(async () => await TakenAsync() == 2 ? this : null);
        await service.SettledAsync();

        await service.RestoreAsync();
        var gate = service.Services.GetRequiredService<CollectingGate>();
        await service.EventuallyAsync(gate.StateAsync);
        Assert.That(await TakenAsync(), Is.EqualTo(2), "nothing was charged before the comparison");

        await service.EventuallyAsync(async () =>
        {
            await CompareAsync();
            return await gate.RefusalAsync() is null ? this : null;
        });
        await service.EventuallyAsync(async () =>
        {
            await using var db = service.OpenDatabase();
            return await db.Invoices.CountAsync(i => i.ReaderId == reader && i.Status == InvoiceStatus.Paid) == 2 ? this : null;
        });
        service.Clock.Advance(TimeSpan.FromDays(1));
        await service.SettledAsync();

        Assert.That(await TakenAsync(), Is.EqualTo(2), "nothing was charged twice");
        await service.SubscriptionInAsync(reader, "Active");
        Assert.That((await CompareAsync()).OpenFindings, Is.Zero);
    }

    [Test]
    public async Task While_collecting_is_off_nobody_is_charged_and_a_comparison_opens_it()
    {
        var gate = service.Services.GetRequiredService<CollectingGate>();
        await gate.CloseAsync("a backup was restored.", Actors.System);
        var (reader, _) = await service.NewReaderAsync();
        var started = (StartResult.Started)await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));

        var tried = await service.Services.GetRequiredService<RetryNow>().RunAsync(started.Id, new CollectOrder(AttemptTrigger.Staff, "staff:1", null, Now: true));
        Assert.That((tried as RetryResult.Refused)?.Refusal.Code, Is.EqualTo("collecting-off").Or.EqualTo("payment-under-way"));
        Assert.That(await TakenAsync(), Is.Zero);

        await CompareAsync();
        Assert.That(await gate.RefusalAsync(), Is.Null);
        service.Clock.Advance(TimeSpan.FromMinutes(2));
        await service.SubscriptionInAsync(reader, "Active");
    }

    private async Task<ReconciliationRunRow> CompareAsync()
    {
        // What happened a moment ago is left out of a comparison.
        service.Clock.Advance(TimeSpan.FromMinutes(16));
        var run = await service.Services.GetRequiredService<Reconciler>().NowAsync(null, null, Actors.System);
        Assert.That(run?.Failure, Is.Null);
        return run!;
    }

    private async Task<List<FindingRow>> FindingsAsync()
    {
        await using var db = service.OpenDatabase();
        return await db.Findings.AsNoTracking().ToListAsync();
    }

    private async Task<List<string>> LinesAsync()
    {
        await using var db = service.OpenDatabase();
        return await db.Ledger.OrderBy(l => l.SetId).ThenBy(l => l.Account).Select(l => l.SetId + " " + l.Account + " " + l.Amount).ToListAsync();
    }

    private async Task<Dictionary<LedgerAccount, long>> BalancesAsync() =>
        (await service.Services.GetRequiredService<LedgerBooks>().BalancesAsync(DateTimeOffset.MaxValue)).ToDictionary(b => b.Account, b => b.Amount);

    private async Task<int> TakenAsync() => ((GatewayAnswer<GatewayPage<ListedCharge>>.Answered)await service.Services.GetRequiredService<IGatewayRecords>()
        .ChargesAsync(new(DateTimeOffset.UnixEpoch, service.Clock.Now.AddYears(1)), null)).Value.Items.Count(c => c.Taken);

    private Task<(ReaderId Reader, InvoiceRow Invoice)> ActiveAsync(string card = "pm_card_visa") => StartedAsync("digital-monthly", card, "Active");

    private Task<(ReaderId Reader, InvoiceRow Invoice)> PastDueAsync() => StartedAsync("digital-trial", "pm_card_chargeCustomerFail", "PastDue");

    private async Task<(ReaderId Reader, InvoiceRow Invoice)> StartedAsync(string plan, string card, string state)
    {
        var (reader, _) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, plan, card, Actors.Reader(reader));
        if (state == "PastDue")
        {
            service.Clock.Advance(TimeSpan.FromDays(15));
        }

        await service.SubscriptionInAsync(reader, state);
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        return (reader, await db.Invoices.AsNoTracking().SingleAsync(i => i.ReaderId == reader));
    }

    // As if our process had lost every trace of it.
    private async Task<string> PayAtGatewayAsync(InvoiceRow invoice, long amount, string? invoiceId = null)
    {
        await using var db = service.OpenDatabase();
        var customer = (await db.Readers.SingleAsync(r => r.Id == invoice.ReaderId)).GatewayCustomerId!;
        var method = Answer(await Gateway.AttachMethodAsync(customer, "pm_card_visa", Guid.NewGuid().ToString()));
        var made = Answer(await Gateway.CreatePaymentIntentAsync(
            new(customer, new(amount, "GBP"), invoice.SubscriptionId!.Value.Value, invoiceId ?? invoice.Id.Value, "card", "lost"), Guid.NewGuid().ToString()));
        Assert.That(Answer(await Gateway.ConfirmAsync(new(made.Id, method.Token, null), Guid.NewGuid().ToString())).Status, Is.EqualTo(PaymentStatus.Succeeded));
        return made.Id;
    }

    private static T Answer<T>(GatewayAnswer<T> answer) => ((GatewayAnswer<T>.Answered)answer).Value;

    private sealed class StandingClock(DateTimeOffset at) : BillingClock
    {
        public override DateTimeOffset Now => at;
    }
}
