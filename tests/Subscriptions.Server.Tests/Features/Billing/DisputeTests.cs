using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.MyAccount;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Payments that a bank takes back, heard of by webhook and read again at the gateway.</summary>
internal sealed class DisputeTests
{
    [Test]
    public async Task While_a_payment_is_disputed_the_reader_reads_on_and_no_renewal_is_charged()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        await DisputedOverTheRenewalAsync(service, reader, email);
        var held = await service.SubscriptionInAsync(reader, "Active");
        Assert.That((held.RenewsOn, await service.EntitledAsync(reader)), Is.EqualTo(((DateOnly?)null, true)));
        await using var db = service.OpenDatabase();
        var task = await db.StaffTasks.AsNoTracking().SingleAsync(t => t.Kind == "dispute");
        Assert.That((task.SubscriptionId, task.ClosedAt), Is.EqualTo(((SubscriptionId?)held.Id, (DateTimeOffset?)null)));
        Assert.That(await InvoicesAsync(service, reader), Has.Count.EqualTo(1));
        Assert.That(task.Text, Does.Contain("Evidence can be given at the gateway until"));
    }

    [Test]
    public async Task The_renewal_that_waited_is_charged_once_the_dispute_is_won()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        await DisputedOverTheRenewalAsync(service, reader, email);
        await service.Banks.MoveAsync(email, BankMove.Win);

        await EventuallyInvoicesAsync(service, reader, invoices => invoices.Count(i => i.Status == InvoiceStatus.Paid) == 2);
        await using var db = service.OpenDatabase();
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "dispute" && t.ClosedAt == null), Is.False);
    }

    [Test]
    public async Task A_lost_payment_stays_paid_is_marked_and_is_asked_for_again_without_trying_the_same_card()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);

        var owing = await service.SubscriptionInAsync(reader, "PastDue");
        await service.SettledAsync();
        var staff = await service.Services.GetRequiredService<RetryNow>().RunAsync(owing.Id, new CollectOrder(AttemptTrigger.Staff, "staff:1", null, Now: true));
        var invoices = await InvoicesAsync(service, reader);
        var (paid, again) = (invoices.Single(i => i.Purpose == InvoicePurpose.First), invoices.Single(i => i.Purpose == InvoicePurpose.Reversal));

        Assert.Multiple(() =>
        {
            Assert.That((paid.Status, paid.Reversed, paid.Contest.ReversedAt is not null), Is.EqualTo((InvoiceStatus.Paid, paid.Total, true)));
            Assert.That((again.Status, again.Replaces, again.Total, again.Attempts.Count), Is.EqualTo((InvoiceStatus.Open, (InvoiceId?)paid.Id, paid.Total, 0)));
            Assert.That((owing.Track, owing.NextAttemptAt), Is.EqualTo((DunningTrack.ReaderMustAct, (DateTimeOffset?)null)));
            Assert.That(staff, Is.EqualTo(new RetryResult.Refused(InvoiceRefusals.MethodReversed)));
        });
    }

    [Test]
    public async Task A_new_method_pays_the_replacement_and_the_period_goes_on_as_it_stood()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        var before = (await service.SubscriptionInAsync(reader, "Active")).PaidThrough;
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);
        var owing = await service.SubscriptionInAsync(reader, "PastDue");

        await NewCardAsync(service, reader, owing.Id, "pm_card_mastercard");
        var after = await service.SubscriptionInAsync(reader, "Active");
        var again = (await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.Reversal);

        Assert.That((after.PaidThrough, again.Status), Is.EqualTo((before, InvoiceStatus.Paid)));
        Assert.That(again.Attempts.Single().PaymentIntentId, Is.Not.EqualTo((await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.First).PaymentIntent!.GatewayId));
    }

    [Test]
    public async Task Won_after_all_an_unpaid_replacement_is_void_and_the_payment_problem_is_over()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        var before = (await service.SubscriptionInAsync(reader, "Active")).PaidThrough;
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);
        await service.SubscriptionInAsync(reader, "PastDue");
        await service.SettledAsync();
        await service.Banks.MoveAsync(email, BankMove.Win);

        var after = await service.SubscriptionInAsync(reader, "Active");
        var invoices = await InvoicesAsync(service, reader);
        Assert.That(invoices.Single(i => i.Purpose == InvoicePurpose.Reversal).Status, Is.EqualTo(InvoiceStatus.Void));
        Assert.That((invoices.Single(i => i.Purpose == InvoicePurpose.First).Reversed.Amount, after.PaidThrough), Is.EqualTo((0L, before)));
    }

    [Test]
    public async Task Won_after_the_replacement_was_paid_the_replacement_is_refunded_once()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        var first = (await InvoicesAsync(service, reader)).Single();
        var disputed = first.PaymentIntent!.GatewayId!;
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);
        var owing = await service.SubscriptionInAsync(reader, "PastDue");
        await NewCardAsync(service, reader, owing.Id, "pm_card_mastercard");
        await service.SubscriptionInAsync(reader, "Active");
        await service.Banks.MoveAsync(disputed, BankMove.Win);

        await EventuallyInvoicesAsync(service, reader, invoices => invoices.Any(i => i.Replaces == first.Id && i.Refunded == i.Total));
        var again = (await InvoicesAsync(service, reader)).Single(i => i.Replaces == first.Id);
        var refunds = ((GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered)await service.Services.GetRequiredService<IPaymentGateway>().FindRefundsAsync(again.PaymentIntent!.GatewayId!)).Value;
        Assert.That(refunds.Select(r => r.Amount), Is.EqualTo(new[] { again.Total }));
    }

    [Test]
    public async Task By_setting_access_is_suspended_with_a_reason_of_its_own_and_comes_back()
    {
        await using var service = await RunningService.StartAsync("--Disputes:WhileOpen=Suspend");
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await HeldAsync(service, reader);
        var answer = await AnswerAsync(service, reader);
        var cancelling = CancelWords.Consequence(await service.SubscriptionInAsync(reader, nameof(Subscription.Active)), 0);
        await service.Banks.MoveAsync(email, BankMove.Win);
        await ReleasedAsync(service, reader);

        Assert.That(cancelling, Does.Contain("Subscriber articles stay closed").And.Not.Contain("You can read on"));
        Assert.That((answer.Entitled, answer.Reason, answer.Notice, answer.Grants.Count), Is.EqualTo((false, "PaymentDisputed", (NoticeAnswer?)null, 0)));
        Assert.That(await service.EntitledAsync(reader), Is.True);
    }

    [Test]
    public async Task By_setting_a_lost_payment_ends_the_subscription_without_a_notice()
    {
        await using var service = await RunningService.StartAsync("--Disputes:WhenLost=End");
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);

        var ended = await service.SubscriptionInAsync(reader, "Ended");
        Assert.That((ended.EndReason, (await InvoicesAsync(service, reader)).Count), Is.EqualTo((EndReason.PaymentReversed, 1)));
        Assert.That((await AnswerAsync(service, reader)).Reason, Is.EqualTo("EndedForReversedPayment"));
    }

    [Test]
    public async Task By_setting_a_fraud_warning_is_refunded_once_and_its_card_not_charged_again()
    {
        await using var service = await RunningService.StartAsync("--Disputes:OnFraudWarning=Refund");
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.WarnOfFraud);
        await EventuallyInvoicesAsync(service, reader, invoices => invoices.Single() is { HasRefundToMake: false } i && i.Refunded == i.Total);
        await service.Banks.MoveAsync(email, BankMove.WarnOfFraud);
        service.Clock.Advance(TimeSpan.FromMinutes(5));
        await EventuallyInvoicesAsync(service, reader, invoices => invoices.Single().Contest.Warnings.Count == 2);
        var invoice = (await InvoicesAsync(service, reader)).Single();
        var refunds = ((GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered)await service.Services.GetRequiredService<IPaymentGateway>().FindRefundsAsync(invoice.PaymentIntent!.GatewayId!)).Value;
        await using var db = service.OpenDatabase();
        Assert.That(refunds, Has.Count.EqualTo(1));
        Assert.That((await db.PaymentMethods.SingleAsync(m => m.ReaderId == reader)).RefusedForGoodAt, Is.Not.Null);
    }

    [Test]
    public async Task A_fraud_warning_is_a_task_and_moves_no_money_by_default()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.WarnOfFraud);

        await EventuallyInvoicesAsync(service, reader, invoices => invoices.Single().Contest.Warnings.Count == 1);
        await using var db = service.OpenDatabase();
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "fraud-warning"), Is.True);
        Assert.That((await InvoicesAsync(service, reader)).Single(), Has.Property("HasRefundToMake").False.And.Property("Refunded").EqualTo(Money.Zero("GBP")));
    }

    [Test]
    public async Task A_decision_whose_webhooks_were_all_lost_is_found_by_the_daily_look()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await HeldAsync(service, reader);
        await service.SettledAsync();
        var intent = (await InvoicesAsync(service, reader)).Single().PaymentIntent!.GatewayId!;
        await service.Faults.AddAsync(new("webhooks", "Dropped"));
        await service.Banks.MoveAsync(intent, BankMove.Win);
        await service.SettledAsync();
        var unheard = (await InvoicesAsync(service, reader)).Single().Contest.IsOpen;

        service.Clock.Advance(TimeSpan.FromDays(1));
        await ReleasedAsync(service, reader);
        Assert.That(unheard, Is.True);
    }

    [TestCase(999, "GBP", 2)]
    [TestCase(1100, "EUR", 1)]
    public async Task A_payment_that_is_lost_while_a_part_of_it_was_to_go_back_is_recorded_whole(long amount, string currency, int invoices)
    {
        await using var service = await RunningService.StartAsync();
        var (reader, _) = await PaidAsync(service);
        var paid = (await InvoicesAsync(service, reader)).Single();
        await service.Services.GetRequiredService<BillingUnits>().ChangeAsync(paid.Id, Actors.System, unit =>
        {
            unit.Must(new InvoiceCommand.RequestRefund(new Money(400, "GBP"), AdjustmentReason.Goodwill, "staff_1", "key"));
            unit.Must(new InvoiceCommand.RecordDispute(new Dispute("du_x", paid.Attempts[0].ChargeId!, DisputeStatus.Lost, true, "fraudulent", new Money(amount, currency), null, null)));
            return unit;
        });

        var found = await InvoicesAsync(service, reader);
        Assert.That(found, Has.Count.EqualTo(invoices));
        Assert.That(found.Single(i => i.Id == paid.Id).Contest.ReversedAt, Is.Not.Null);
    }

    [Test]
    public async Task A_card_that_was_charged_back_is_not_charged_again_because_its_bank_renewed_it()
    {
        await using var service = await RunningService.StartAsync();
        var (reader, email) = await PaidAsync(service);
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await service.Banks.MoveAsync(email, BankMove.Lose);
        var owing = await service.SubscriptionInAsync(reader, "PastDue");
        await service.SettledAsync();
        await using var db = service.OpenDatabase();
        var card = await db.PaymentMethods.AsNoTracking().SingleAsync(m => m.ReaderId == reader);
        await service.Services.GetRequiredService<BillingUnits>().ChangeAsync(owing.Id, Actors.System, unit =>
        {
            unit.RenewMethod(new StoredMethod(card.Id, card.Kind, card.Brand, card.Last4, card.ExpiryMonth, card.ExpiryYear + 3, card.Fingerprint));
            return unit;
        });
        service.Clock.Advance(TimeSpan.FromDays(2));
        await service.SettledAsync();

        Assert.That((await InvoicesAsync(service, reader)).Single(i => i.Purpose == InvoicePurpose.Reversal).Attempts, Is.Empty);
    }

    private static async Task<(ReaderId Id, string Email)> PaidAsync(RunningService service)
    {
        var (reader, email) = await service.NewReaderAsync();
        await service.Services.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", "pm_card_visa", Actors.Reader(reader));
        await service.SubscriptionInAsync(reader, "Active");
        await service.SettledAsync();
        return (reader, email);
    }

    private static async Task DisputedOverTheRenewalAsync(RunningService service, ReaderId reader, string email)
    {
        var renews = (await service.SubscriptionInAsync(reader, "Active")).RenewsOn!.Value;
        service.Clock.Advance(renews.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) - service.Clock.Now.UtcDateTime - TimeSpan.FromDays(3));
        await service.SettledAsync();
        await service.Banks.MoveAsync(email, BankMove.Dispute);
        await HeldAsync(service, reader);
        service.Clock.Advance(TimeSpan.FromDays(6));
        await service.SettledAsync();
    }

    private static async Task NewCardAsync(RunningService service, ReaderId reader, SubscriptionId subscription, string token)
    {
        var customers = service.Services.GetRequiredService<GatewayCustomers>();
        var stored = (GatewayAnswer<StoredMethod>.Answered)await customers.AttachAsync(reader, (await customers.EnsureAsync(reader))!, token);
        await service.Services.GetRequiredService<SubscriptionCommands>().RunAsync(subscription, new SubscriptionCommand.ChangePaymentMethod(stored.Value.Token), Actors.Reader(reader));
    }

    private static Task<object> HeldAsync(RunningService service, ReaderId reader) => ContestedAsync(service, reader, held: true);

    private static Task<object> ReleasedAsync(RunningService service, ReaderId reader) => ContestedAsync(service, reader, held: false);

    private static Task<object> ContestedAsync(RunningService service, ReaderId reader, bool held) => service.EventuallyAsync<object>(async () =>
    {
        await using var db = service.OpenDatabase();
        var row = await db.Subscriptions.AsNoTracking().SingleAsync(s => s.ReaderId == reader);
        return row.ToState().Contract.Contested.HoldsCharges == held ? row : null;
    });

    private static async Task<EntitlementAnswer> AnswerAsync(RunningService service, ReaderId reader)
    {
        using var scope = service.Services.CreateScope();
        return (await scope.ServiceProvider.GetRequiredService<ReaderAccessQuery>().RunAsync(reader))!;
    }

    private static Task<object> EventuallyInvoicesAsync(RunningService service, ReaderId reader, Func<IReadOnlyList<Invoice>, bool> so) =>
        service.EventuallyAsync<object>(async () =>
        {
            // A knock that meets somebody at work comes again a minute later: the clock goes on, as it would.
            service.Clock.Advance(TimeSpan.FromSeconds(5));
            return await InvoicesAsync(service, reader) is var found && so(found) ? found : null;
        });

    private static async Task<IReadOnlyList<Invoice>> InvoicesAsync(RunningService service, ReaderId reader)
    {
        await using var db = service.OpenDatabase();
        return [.. (await db.Invoices.AsNoTracking().Include(i => i.Attempts).Where(i => i.ReaderId == reader).ToListAsync()).Select(row => row.ToInvoice())];
    }
}
