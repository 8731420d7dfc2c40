using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Webhooks;
using Subscriptions.Server.Features.Webhooks.Knocks;

namespace Subscriptions.Server.Tests.Racing;

/// <summary>
/// Real concurrency: two hosts of the service on one database and one gateway, each with its own jobs. <c>RACE_ROUNDS=1000</c> sets how many
/// rounds of each race are run; on PostgreSQL with <c>TESTS_POSTGRES</c>.
/// </summary>
internal sealed class RaceTests
{
    // Invoices that are raced for at once; each is one round.
    private const int Field = 10;

    // Of fewer, chance alone may let nobody meet.
    private const int RoundsThatTell = 50;

    // So many fields on one database: what earlier fields left grows old beside the later ones.
    private const int FieldsPerTrack = 5;

    private static readonly Uri _bank = new("http://localhost:5081/my-account/payment/return?from=bank");

    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("RACE_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : Field;

    [Test]
    public Task A_card_update_against_a_running_retry_takes_the_money_once() => RunAsync(async (track, field) =>
    {
        var entrants = await PastDueAsync(track, field);
        var sessions = await Task.WhenAll(entrants.Select(track.LayDownCardAsync));
        await track.FaultAsync("Slow", field / 2, 0.2);
        track.Home.Clock.Advance(TimeSpan.FromDays(1));
        await track.AtOnceAsync([
            .. entrants.Zip(sessions).Select(e => Runner(() => track.Here.GetRequiredService<FinishHostedSetup>().RunAsync(e.Second, _bank, e.First.Reader))),
            .. entrants.Zip(sessions).Select(e => Runner(() => track.There.GetRequiredService<FinishHostedSetup>().RunAsync(e.Second, _bank, e.First.Reader))),
            () => track.There.GetRequiredService<CollectDueInvoices>().RunAsync(CancellationToken.None),
            track.LookEverywhereAsync,
        ]);
        await CalmAsync(track);
        await track.AuditAsync(entrants, (state, _) => state is Subscription.Active);
        return entrants;
    });

    [Test]
    public Task Two_workers_on_one_invoice_make_one_attempt() => RunAsync(async (track, field) =>
    {
        var entrants = await track.EnterAsync(field, "digital-monthly", "pm_card_visa", nameof(Subscription.Active));
        track.Home.Clock.Advance(TimeSpan.FromDays(32));
        await track.AtOnceAsync([track.LookEverywhereAsync, .. new[] { track.Here, track.There, track.Here, track.There }.Select(host => Runner(async () =>
        {
            await host.GetRequiredService<AdvanceDueSubscriptions>().RunAsync(CancellationToken.None);
            await host.GetRequiredService<CollectDueInvoices>().RunAsync(CancellationToken.None);
        }))]);
        await track.AuditAsync(entrants, (state, invoices) => state is Subscription.Active && invoices.Count == 2 && invoices.All(i => i is { Status: InvoiceStatus.Paid, Attempts.Count: 1 }));
        return entrants;
    });

    [Test]
    public Task Two_workers_without_a_lease_between_them_take_the_money_once() => RunAsync(async (track, field) =>
    {
        // As after a lease that ran out under its owner: both believe that the invoice is theirs, and so do the jobs.
        var entrants = await PastDueAsync(track, field);
        await Task.WhenAll(entrants.Select(track.GiveGoodCardAsync));
        await track.AtOnceAsync(entrants.SelectMany(e => new Func<Task>[] { () => ChargeAsync(track.Here, e), () => ChargeAsync(track.There, e) }));
        await CalmAsync(track);
        await track.AuditAsync(entrants, (state, _) => state is Subscription.Active);
        return entrants;
    });

    [Test]
    public Task A_webhook_against_the_poll_records_one_success() => RunAsync(async (track, field) =>
    {
        var entrants = await track.EnterAsync(field, "digital-monthly", "pm_card_visa", nameof(Subscription.Active));
        await track.FaultAsync("ConnectionDroppedAfter", field * 4);
        // The gateway's own knocks stay away, or they would have settled it all before the race.
        await track.Home.Faults.AddAsync(new FaultOrder("webhooks", "Dropped", "payment_intent.succeeded"));
        track.Home.Clock.Advance(TimeSpan.FromDays(32));
        await track.LookEverywhereAsync();
        var intents = await UnderWayAsync(track, entrants);
        await track.Home.Faults.ClearAllAsync();
        track.Home.Clock.Advance(TimeSpan.FromMinutes(20));
        await track.AtOnceAsync([
            .. intents.SelectMany(intent => new Func<Task>[] { () => KnockAsync(track, track.Here, intent), () => KnockAsync(track, track.There, intent) }),
            () => track.There.GetRequiredService<CollectDueInvoices>().RunAsync(CancellationToken.None),
            () => track.Here.GetRequiredService<CollectDueInvoices>().RunAsync(CancellationToken.None),
        ]);
        await CalmAsync(track);
        await track.AuditAsync(entrants, (state, invoices) => state is Subscription.Active && invoices.Count == 2 && invoices.All(i => i.Status == InvoiceStatus.Paid));
        return entrants;
    });

    [Test]
    public Task A_cancellation_against_the_charge_leaves_no_money_behind() => RunAsync(async (track, field) =>
    {
        var entrants = await PastDueAsync(track, field);
        var sessions = await Task.WhenAll(entrants.Select(track.LayDownCardAsync));
        await track.FaultAsync("Slow", field / 2, 0.1);
        await track.AtOnceAsync([
            .. entrants.Zip(sessions).Select(e => Runner(() => track.Here.GetRequiredService<FinishHostedSetup>().RunAsync(e.Second, _bank, e.First.Reader))),
            .. entrants.Select((e, n) => Runner(async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(n * 15));
                await track.There.GetRequiredService<SubscriptionCommands>().RunAsync(e.Subscription, new SubscriptionCommand.CancelSubscription(), Actors.Reader(e.Reader));
            })),
        ]);
        await CalmAsync(track);
        await track.AuditAsync(entrants, (state, _) => state is Subscription.Ended or Subscription.Active);
        return entrants;
    });

    [Test]
    public Task Two_refunds_at_once_give_the_money_back_once() => RunAsync(async (track, field) =>
    {
        var entrants = await track.EnterAsync(field, "digital-monthly", "pm_card_visa", nameof(Subscription.Active));
        await using var db = track.Home.OpenDatabase();
        var subscriptions = entrants.Select(e => (SubscriptionId?)e.Subscription).ToArray();
        var paid = await db.Invoices.Where(i => subscriptions.Contains(i.SubscriptionId)).Select(i => i.Id).ToListAsync();
        await track.AtOnceAsync([
            .. paid.SelectMany(invoice => new[] { Refund(track.Here, invoice, "one"), Refund(track.There, invoice, "one"), Refund(track.There, invoice, "other") }),
            track.LookEverywhereAsync,
        ]);
        await CalmAsync(track);
        await track.AuditAsync(entrants, (_, invoices) => invoices.All(i => i.Refunded == i.Total));
        return entrants;
    });

    // Two people, and a button pressed twice: whoever comes second is told so, or gets the answer of the first.
    private static Func<Task> Refund(IServiceProvider process, InvoiceId invoice, string key) => () => process.GetRequiredService<AdjustInvoice>()
        .RefundAsync(invoice, new(new Money(999, "GBP"), AdjustmentReason.AskedByReader, $"staff:{key}", key));

    private static Func<Task> Runner(Func<Task> run) => run;

    private static async Task RunAsync(Func<RaceTrack, int, Task<Entrant[]>> race)
    {
        var met = 0;
        for (var done = 0; done < Rounds;)
        {
            await using var track = await RaceTrack.OpenAsync();
            for (var fields = 0; fields < FieldsPerTrack && done < Rounds; fields++)
            {
                var field = Math.Min(Field, Rounds - done);
                try
                {
                    met += await track.MetAsync(await race(track, field));
                }
                catch (Exception failed) when (failed is not AssertionException)
                {
                    throw new InvalidOperationException($"Rounds {done + 1} to {done + field}: {failed.Message}", failed);
                }

                done += field;
            }
        }

        await TestContext.Progress.WriteLineAsync($"{TestContext.CurrentContext.Test.Name}: {Rounds} rounds, in {met} of them one stood in the other's way.");
        if (Rounds >= RoundsThatTell)
        {
            Assert.That(met, Is.GreaterThan(Rounds / 20), "rounds in which the two met at all");
        }
    }

    private static async Task<Entrant[]> PastDueAsync(RaceTrack track, int count)
    {
        var entrants = await track.EnterAsync(count, "digital-trial", "pm_card_chargeCustomerFail", nameof(Subscription.Trialing));
        track.Home.Clock.Advance(TimeSpan.FromDays(15));
        foreach (var entrant in entrants)
        {
            await track.Home.SubscriptionInAsync(entrant.Reader, nameof(Subscription.PastDue));
        }

        return entrants;
    }

    // What came to nothing in the race is looked at again within its back-off.
    private static async Task CalmAsync(RaceTrack track)
    {
        await track.Home.Faults.ClearAllAsync();
        for (var looks = 0; looks < 4; looks++)
        {
            await track.LookEverywhereAsync();
            await track.Home.SettledAsync();
            track.Home.Clock.Advance(TimeSpan.FromMinutes(16));
        }
    }

    // The middle of a collection, without the claim around it.
    private static async Task ChargeAsync(IServiceProvider host, Entrant entrant)
    {
        var (units, payments) = (host.GetRequiredService<BillingUnits>(), host.GetRequiredService<GatewayPayments>());
        var begun = await units.ChangeAsync(entrant.Subscription, Actors.Reader(entrant.Reader), unit =>
        {
            var method = ((Subscription.Started)unit.Subscription).Contract.PaymentMethodId!;
            var begin = new InvoiceCommand.BeginAttempt(method, AttemptTrigger.Reader, Actors.Reader(entrant.Reader), _bank.AbsoluteUri, DateTimeOffset.UtcNow);
            return unit.Invoice is { } invoice && unit.Do(begin) is null ? new Begun(invoice.Id, unit.Invoice.LiveAttempt!) : null!;
        });
        if (begun is { } mine)
        {
            await payments.RecordAsync(mine.Invoice, mine.Attempt, await payments.ConfirmAsync(mine.Invoice, mine.Attempt));
        }
    }

    private static async Task KnockAsync(RaceTrack track, IServiceProvider host, string intent)
    {
        var knock = host.GetServices<IWebhookKnock>().Single(k => k.Types.Contains("payment_intent.succeeded"));
        var result = await knock.LookAsync(new GatewayEvent($"evt_{intent}", "payment_intent.succeeded", intent, intent, null, DateTimeOffset.UtcNow), DateTimeOffset.UtcNow);
        if (result == KnockResult.Later)
        {
            track.TurnedAway(intent);
        }
    }

    private static async Task<string[]> UnderWayAsync(RaceTrack track, Entrant[] entrants)
    {
        var ids = entrants.Select(e => e.Subscription).ToList();
        return await track.Home.EventuallyAsync(async () =>
        {
            await using var db = track.Home.OpenDatabase();
            var renewals = await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => ids.Contains(i.SubscriptionId!.Value)).ToListAsync();
            var tried = renewals.Where(i => i.Purpose == InvoicePurpose.Renewal && i.Attempts.Count > 0).Select(i => i.PaymentIntentId!).ToArray();
            return tried.Length == entrants.Length ? tried : null;
        });
    }

    private sealed record Begun(InvoiceId Invoice, PaymentAttempt Attempt);
}
