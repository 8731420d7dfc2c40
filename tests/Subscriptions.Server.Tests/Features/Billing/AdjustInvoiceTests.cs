using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Billing;

/// <summary>Money that goes back, is credited or given up, against the sandbox's own ledger.</summary>
internal sealed class AdjustInvoiceTests
{
    private ApiCaller server = null!;
    private int readers;

    private IPaymentGateway Gateway => server.Service.Services.GetRequiredService<IPaymentGateway>();

    [SetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [TearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task Refunds_in_parts_reach_the_card_and_stop_at_what_was_paid()
    {
        var (reader, invoice) = await PaidAsync();
        Assert.That((await MadeAsync(await RefundAsync(invoice.Id, 400))).GetProperty("state").GetString(), Is.EqualTo("Succeeded"));
        Assert.That((await MadeAsync(await RefundAsync(invoice.Id, 599))).GetProperty("number").GetInt32(), Is.EqualTo(2));

        using var third = await RefundAsync(invoice.Id, 1);
        Assert.That(third.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await ApiCaller.JsonAsync(third)).GetProperty("type").GetString(), Is.EqualTo("urn:subscriptions:refund-above-paid"));
        Assert.That((await AtGatewayAsync(invoice)).Select(r => r.Amount.Amount), Is.EqualTo(new[] { 599, 400 }));
        var shown = await server.GetAsync($"/api/invoices/{invoice.Id}");
        Assert.That((Amount(shown, "paid"), Amount(shown, "refunded"), shown.GetProperty("status").GetString()), Is.EqualTo((999, 999, "Paid")));

        var mail = await MailAsync(reader, "Refund made");
        Assert.That(mail, Does.Match("£(4.00|5.99)").And.Contain("ending in 4242").And.Not.Contain("We haven't been able").And.Not.Contain("Act now").And.Not.Contain("due to terminate"));
    }

    [Test]
    public async Task What_is_given_back_after_the_payers_death_is_mailed_to_nobody()
    {
        var (reader, invoice) = await PaidAsync();
        await server.Service.SettledAsync();
        await using var db = server.OpenDatabase();
        var row = await db.Subscriptions.SingleAsync(s => s.ReaderId == reader);
        row.Write(new Subscription.Ended(row.ToState().Contract, EndReason.PayerDeceased, server.Service.Clock.Now), 1);
        await db.SaveChangesAsync();

        await MadeAsync(await RefundAsync(invoice.Id, 400));
        var mail = await server.Service.EventuallyAsync(() => db.Mails.AsNoTracking().SingleOrDefaultAsync(m => m.Kind == MailKind.RefundMade && m.State != MailState.Pending));

        Assert.That(mail.State, Is.EqualTo(MailState.Withdrawn));
    }

    [Test]
    public async Task Two_requests_with_one_key_refund_once_even_after_the_kept_answer_is_gone()
    {
        var (_, invoice) = await PaidAsync();
        await MadeAsync(await RefundAsync(invoice.Id, 400, "key-1"));
        await using (var db = server.OpenDatabase())
        {
            await db.ApiAnswers.ExecuteDeleteAsync();
        }

        await MadeAsync(await RefundAsync(invoice.Id, 400, "key-1"));
        Assert.That(await AtGatewayAsync(invoice), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Refunds_at_once_never_give_back_more_than_was_paid()
    {
        var (_, invoice) = await PaidAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefundAsync(invoice.Id, 300)));
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.Created), Is.EqualTo(3));
        server.Service.Clock.Advance(TimeSpan.FromMinutes(2));
        await server.Service.EventuallyAsync(async () => (await RowAsync(invoice.Id)).Refunds.All(r => r.State == RefundState.Succeeded) ? this : null);
        Assert.That((await AtGatewayAsync(invoice)).Sum(r => r.Amount.Amount), Is.EqualTo(900));
        var row = await RowAsync(invoice.Id);
        Assert.That(row.Refunded, Is.EqualTo(900));
        Array.ForEach(answers, a => a.Dispose());
    }

    [Test]
    public async Task Killed_between_the_call_and_the_saving_a_refund_is_found_and_not_made_again()
    {
        var (_, invoice) = await PaidAsync();
        var due = server.Service.Services.GetRequiredService<DueWorkStore>();
        var killed = await server.Service.EventuallyAsync(() => due.ClaimNowAsync(WorkKind.CollectInvoice, invoice.Id.Value, server.Service.Clock.Now));
        await server.Service.Services.GetRequiredService<BillingUnits>().ChangeAsync(invoice.Id, Actors.Api, unit =>
        {
            unit.Must(new InvoiceCommand.RequestRefund(new Money(400, "GBP"), AdjustmentReason.Goodwill, Actors.Api, "key"));
            return unit;
        });

        // Another key than the job's, as when a day has passed: only the reference tells that it is the same refund.
        await Gateway.RefundAsync(invoice.PaymentIntentId!, new Money(400, "GBP"), MakeRefunds.ReferenceOf(invoice.Id, 1), "of-the-killed");
        await due.ReleaseAsync(killed, server.Service.Clock.Now);
        await RefundInAsync(invoice.Id, RefundState.Succeeded);
        Assert.That(await AtGatewayAsync(invoice), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_refund_that_fails_later_is_taken_back_and_staff_are_told()
    {
        var (reader, invoice) = await PaidAsync("pm_card_refundFail");
        await MadeAsync(await RefundAsync(invoice.Id, 999));
        server.Service.Clock.Advance(TimeSpan.FromHours(2));

        await RefundInAsync(invoice.Id, RefundState.Failed);
        var shown = await server.GetAsync($"/api/invoices/{invoice.Id}");
        Assert.That(Amount(shown, "refunded"), Is.Zero);
        await using var db = server.OpenDatabase();
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "refund-failed" && t.ClosedAt == null && t.SubscriptionId == invoice.SubscriptionId), Is.True);
        var timeline = (await server.GetAsync($"/api/subscriptions/{invoice.SubscriptionId}/timeline")).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("text").GetString());
        Assert.That(timeline, Has.One.Contains("failed later: £9.99 came back to us"));
        Assert.That(await db.Readers.AnyAsync(r => r.Id == reader), Is.True);
    }

    [Test]
    public async Task A_refund_made_by_hand_at_the_gateway_is_recorded()
    {
        var (_, invoice) = await PaidAsync();
        await Gateway.RefundAsync(invoice.PaymentIntentId!, new Money(250, "GBP"), null, "by-hand");
        var refund = await RefundInAsync(invoice.Id, RefundState.Succeeded);
        Assert.That((refund.Amount, refund.Reason), Is.EqualTo((250L, AdjustmentReason.MadeAtGateway)));
    }

    [Test]
    public async Task A_refund_that_the_gateway_refuses_is_not_asked_for_again()
    {
        // The bank disputes the payment, and no word of it reaches us before the refund is asked for.
        var (reader, invoice) = await PaidAsync();
        await server.Service.SettledAsync();
        await server.Service.Faults.AddAsync(new("webhooks", "Dropped"));
        await server.Service.Banks.MoveAsync(invoice.PaymentIntentId!, BankMove.Dispute);
        using var answer = await RefundAsync(invoice.Id, 100);
        var refund = await RefundInAsync(invoice.Id, RefundState.Failed);
        await server.Service.Faults.ClearAllAsync();
        server.Service.Clock.Advance(TimeSpan.FromMinutes(2));
        await server.Service.SettledAsync();
        await using var db = server.OpenDatabase();
        Assert.That(refund.Amount, Is.EqualTo(100));
        Assert.That(await db.DueWork.AnyAsync(w => w.Kind == WorkKind.CollectInvoice && w.Id == invoice.Id.Value && w.DueAt < server.Service.Clock.Now.AddHours(1)), Is.False);
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "refund-failed" && t.Text.Contains("charge_disputed")), Is.True);
    }

    [Test]
    public async Task The_next_invoice_uses_credit_first_and_charges_the_rest()
    {
        var (reader, invoice) = await PaidAsync();
        using var given = await server.PostAsync($"/api/readers/{reader}/credits", """{"amount":{"amount":500,"currency":"GBP"},"reason":"Goodwill"}""", "goodwill");
        using var again = await server.PostAsync($"/api/readers/{reader}/credits", """{"amount":{"amount":500,"currency":"GBP"},"reason":"Goodwill"}""", "goodwill");
        Assert.That((given.StatusCode, again.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.Created)));

        var renewal = await NextInvoiceAsync(invoice, InvoiceStatus.Paid);
        Assert.That((renewal.CreditUsed, renewal.ToInvoice().Paid.Amount), Is.EqualTo((500L, 499L)));
        Assert.That((await AtStripeAsync(renewal)).Amount.Amount, Is.EqualTo(499));
        var credits = await server.GetAsync($"/api/readers/{reader}/credits");
        Assert.That(credits.GetProperty("balances")[0].GetProperty("amount").GetInt64(), Is.Zero);
        Assert.That(credits.GetProperty("entries").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public async Task An_invoice_that_credit_covers_comes_to_nothing_and_renews_without_a_charge()
    {
        var (reader, invoice) = await PaidAsync();
        using var noted = await server.PostAsync($"/api/invoices/{invoice.Id}/credit-notes", """{"amount":{"amount":985,"currency":"GBP"},"reason":"DeliveryProblem","destination":"Account"}""");
        Assert.That(noted.StatusCode, Is.EqualTo(HttpStatusCode.Created));

        var renewal = await NextInvoiceAsync(invoice, InvoiceStatus.NothingDue);
        Assert.That((renewal.CreditUsed, renewal.CarriedOver, renewal.PaymentIntentId), Is.EqualTo((985L, 14L, (string?)null)));
        Assert.That((await server.Service.SubscriptionInAsync(reader, "Active")).Owed, Is.Null);

        var next = await NextInvoiceAsync(renewal, InvoiceStatus.Paid);
        Assert.That(next.ToInvoice().Paid.Amount, Is.EqualTo(1013), "what was too little to be charged goes to the next invoice");
    }

    [Test]
    public async Task A_credit_note_on_an_open_invoice_lowers_what_the_next_try_takes()
    {
        var (reader, invoice) = await OwedAsync();
        using var noted = await server.PostAsync($"/api/invoices/{invoice.Id}/credit-notes", """{"amount":{"amount":300,"currency":"GBP"},"reason":"DeliveryProblem","destination":"Invoice"}""");
        Assert.That(noted.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That((await server.GetAsync($"/api/subscriptions/{invoice.SubscriptionId}")).GetProperty("owed").GetProperty("amount").GetInt64(), Is.EqualTo(699));

        await NewCardAsync(reader, invoice.SubscriptionId!.Value);
        await server.Service.SubscriptionInAsync(reader, "Active");
        var paid = await RowAsync(invoice.Id);
        Assert.That((paid.Status, paid.ToInvoice().Paid.Amount), Is.EqualTo((InvoiceStatus.Paid, 699L)));
        Assert.That((await AtStripeAsync(paid)).Amount.Amount, Is.EqualTo(699));
    }

    [TestCase("void", InvoiceStatus.Void)]
    [TestCase("write-off", InvoiceStatus.Uncollectible)]
    public async Task A_closed_invoice_can_take_no_money_and_its_subscription_goes_on(string act, InvoiceStatus status)
    {
        var (reader, invoice) = await OwedAsync();
        using var closed = await server.PostAsync($"/api/invoices/{invoice.Id}/{act}", """{"reason":"Hardship"}""");
        Assert.That(closed.StatusCode, Is.EqualTo(HttpStatusCode.OK), await closed.Content.ReadAsStringAsync());

        var row = await RowAsync(invoice.Id);
        Assert.That((row.Status, row.ToInvoice().Paid.Amount), Is.EqualTo((status, 0L)));
        Assert.That((await AtStripeAsync(row)).Status, Is.EqualTo(PaymentStatus.Canceled));
        Assert.That((await server.Service.SubscriptionInAsync(reader, "Active")).Owed, Is.Null);
        Assert.That(await MailAsync(reader, "Nothing more to pay"), Does.Contain("nothing was taken"));
    }

    [Test]
    public async Task A_credit_note_over_all_that_is_owed_cancels_the_payment_first()
    {
        var (reader, invoice) = await OwedAsync();
        using var noted = await server.PostAsync($"/api/invoices/{invoice.Id}/credit-notes", """{"amount":{"amount":999,"currency":"GBP"},"reason":"ChargedInError","destination":"Invoice"}""");
        Assert.That(noted.StatusCode, Is.EqualTo(HttpStatusCode.Created), await noted.Content.ReadAsStringAsync());
        var row = await RowAsync(invoice.Id);
        Assert.That((row.Status, (await AtStripeAsync(row)).Status), Is.EqualTo((InvoiceStatus.NothingDue, PaymentStatus.Canceled)));
        await server.Service.SubscriptionInAsync(reader, "Active");
    }

    private async Task<(ReaderId Reader, InvoiceRow Invoice)> PaidAsync(string card = "pm_card_visa")
    {
        var reader = await server.ReaderAsync($"adjust{++readers}@example.com", "Ada Just");
        using var scope = server.Service.Services.CreateScope();
        await scope.ServiceProvider.GetRequiredService<StartSubscription>().RunAsync(reader, "digital-monthly", card, Actors.Reader(reader));
        await server.Service.SubscriptionInAsync(reader, "Active");
        await using var db = server.OpenDatabase();
        return (reader, await db.Invoices.AsNoTracking().SingleAsync(i => i.ReaderId == reader));
    }

    private async Task<(ReaderId Reader, InvoiceRow Invoice)> OwedAsync()
    {
        var reader = await server.ReaderAsync($"adjust{++readers}@example.com", "Ada Just");
        await server.PastDueAsync(reader);
        await server.Service.SettledAsync();
        await using var db = server.OpenDatabase();
        return (reader, await db.Invoices.AsNoTracking().SingleAsync(i => i.ReaderId == reader));
    }

    private Task<HttpResponseMessage> RefundAsync(InvoiceId id, long pence, string? key = null) => server.PostAsync(
        $"/api/invoices/{id}/refunds", JsonSerializer.Serialize(new { amount = new { amount = pence, currency = "GBP" }, reason = "AskedByReader" }), key);

    private static async Task<JsonElement> MadeAsync(HttpResponseMessage answer)
    {
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        var json = await ApiCaller.JsonAsync(answer);
        answer.Dispose();
        return json;
    }

    private async Task<IReadOnlyList<RefundSnapshot>> AtGatewayAsync(InvoiceRow invoice) =>
        ((GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered)await Gateway.FindRefundsAsync(invoice.PaymentIntentId!)).Value;

    private async Task<PaymentSnapshot> AtStripeAsync(InvoiceRow invoice) =>
        ((GatewayAnswer<PaymentSnapshot>.Answered)await Gateway.RetrieveAsync(invoice.PaymentIntentId!)).Value;

    private async Task<InvoiceRow> RowAsync(InvoiceId id)
    {
        await using var db = server.OpenDatabase();
        return await db.Invoices.AsNoTracking().Include(i => i.Attempts).SingleAsync(i => i.Id == id);
    }

    private Task<RefundRow> RefundInAsync(InvoiceId id, RefundState state) => server.Service.EventuallyAsync(async () =>
        (await RowAsync(id)).Refunds.FirstOrDefault(r => r.State == state));

    private async Task<InvoiceRow> NextInvoiceAsync(InvoiceRow former, InvoiceStatus status)
    {
        server.Service.Clock.Advance(TimeSpan.FromDays(32));
        return await server.Service.EventuallyAsync(async () =>
        {
            await using var db = server.OpenDatabase();
            return await db.Invoices.AsNoTracking().Include(i => i.Attempts).FirstOrDefaultAsync(
                i => i.SubscriptionId == former.SubscriptionId && i.PeriodFrom > former.PeriodFrom && i.Status == status);
        });
    }

    // As after a hosted page: the method is stored and charged from now on.
    private async Task NewCardAsync(ReaderId reader, SubscriptionId id)
    {
        using var scope = server.Service.Services.CreateScope();
        var customers = scope.ServiceProvider.GetRequiredService<GatewayCustomers>();
        var attached = (GatewayAnswer<StoredMethod>.Answered)await customers.AttachAsync(reader, (await customers.EnsureAsync(reader))!, "pm_card_visa");
        await scope.ServiceProvider.GetRequiredService<SubscriptionCommands>().RunAsync(
            id, new Domain.Subscriptions.SubscriptionCommand.ChangePaymentMethod(attached.Value.Token), Actors.Reader(reader));
    }

    private async Task<string> MailAsync(ReaderId reader, string heading)
    {
        await using var db = server.OpenDatabase();
        var address = (await db.Readers.SingleAsync(r => r.Id == reader)).Email;
        return await server.Service.EventuallyAsync(async () =>
        {
            // Mails go in waking hours.
            await using var waiting = server.OpenDatabase();
            if (await waiting.Mails.AnyAsync(m => m.ReaderId == reader && m.State == MailState.Pending) && await waiting.DueWork.Where(w => w.Kind == WorkKind.SendMail).MinAsync(w => (DateTimeOffset?)w.DueAt) is { } at && at > server.Service.Clock.Now)
            {
                server.Service.Clock.Advance(at - server.Service.Clock.Now);
            }

            return server.Service.Inbox.List(address).FirstOrDefault(m => m.Text.Contains(heading, StringComparison.Ordinal))?.Text;
        });
    }

    private static long Amount(JsonElement invoice, string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();
}
