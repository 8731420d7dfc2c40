using System.Net;
using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Sandbox.Stripe;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Features.Billing.Gateway;
using Payment = Subscriptions.Server.Features.Billing.Gateway.GatewayAnswer<Subscriptions.Server.Features.Billing.Gateway.PaymentSnapshot>;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

/// <summary>Our gateway and the sandbox's simulator, which were written apart from each other, understand one another.</summary>
[TestFixture]
public sealed class SimulatorContractTests
{
    private static readonly Money _price = new(999, "GBP");
    private static readonly Uri _back = new("https://account.example.com/pay/back");

    private SimulatedStripe _stripe = null!;

    private IPaymentGateway Gateway => _stripe.Gateway;

    [OneTimeSetUp]
    public async Task StartAsync() => _stripe = await SimulatedStripe.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _stripe.DisposeAsync();

    [SetUp]
    public async Task ClearAsync() => await _stripe.Faults.ClearAllAsync();

    [Test]
    public async Task A_good_card_pays_once_however_often_it_is_asked()
    {
        var (intent, method) = await IntentWithAsync("ok", "pm_card_visa");

        var first = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "ok/try/1"));
        var again = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "ok/try/1"));
        var other = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "ok/try/2"));
        var cancelled = Value(await Gateway.CancelAsync(intent, "ok/cancel"));

        Assert.Multiple(() =>
        {
            Assert.That((first.Status, first.Amount, first.InvoiceId, first.SubscriptionId), Is.EqualTo((PaymentStatus.Succeeded, _price, "inv-ok", "sub-ok")));
            Assert.That(first.LatestChargeId, Is.Not.Null);
            Assert.That(new[] { again, other, cancelled }, Has.All.EqualTo(first));
        });
    }

    [TestCase("pm_card_chargeCustomerFail", "card_declined", DeclineClass.TimeMayHeal, false)]
    [TestCase("pm_card_radarBlock", "card_declined", DeclineClass.Never, false)]
    [TestCase("pm_card_authenticationRequired", "authentication_required", DeclineClass.ReaderMustAct, true)]
    public async Task A_stored_card_that_declines_is_an_answer(string token, string code, DeclineClass expected, bool authentication)
    {
        var (intent, method) = await IntentWithAsync(token, token);

        var payment = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), token + "/try/1"));

        Assert.Multiple(() =>
        {
            Assert.That(payment.Status, Is.EqualTo(PaymentStatus.RequiresMethod));
            Assert.That((payment.LastError!.Code, payment.LastError.Class, payment.LastError.NeedsAuthentication), Is.EqualTo((code, expected, authentication)));
            Assert.That(payment.LastError.ChargeId, Is.EqualTo(payment.LatestChargeId));
        });
    }

    [TestCase("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds")]
    [TestCase("pm_card_visa_chargeDeclinedLostCard", "lost_card")]
    public async Task A_card_that_cannot_be_stored_is_refused_by_its_decline_code(string token, string code)
    {
        var customer = Value(await Gateway.CreateCustomerAsync(new NewCustomer("rdr-" + code, "a@example.com", "Ann"), code + "/customer"));

        Assert.That(await Gateway.AttachMethodAsync(customer, token, code + "/attach"),
            Is.InstanceOf<GatewayAnswer<StoredMethod>.Refused>().With.Property("Code").EqualTo(code));
    }

    [Test]
    public async Task On_session_the_bank_may_ask_and_the_payment_can_still_be_cancelled()
    {
        var (intent, method) = await IntentWithAsync("sca", "pm_card_authenticationRequired");

        var asked = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, _back), "sca/try/1"));
        var cancelled = Value(await Gateway.CancelAsync(intent, "sca/cancel"));
        var after = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "sca/try/2"));

        Assert.Multiple(() =>
        {
            Assert.That(asked.Status, Is.EqualTo(PaymentStatus.RequiresAction));
            Assert.That(asked.ChallengeUrl!.AbsolutePath, Does.StartWith("/stripe/pay/challenge/"));
            Assert.That(cancelled.Status, Is.EqualTo(PaymentStatus.Canceled));
            Assert.That(after.Status, Is.EqualTo(PaymentStatus.Canceled));
        });
    }

    [TestCase(nameof(FaultKind.RateLimited))]
    [TestCase(nameof(FaultKind.Error500Before))]
    [TestCase(nameof(FaultKind.ConnectionDropped))]
    [TestCase(nameof(FaultKind.ConnectionDroppedAfter))]
    [TestCase(nameof(FaultKind.TimeoutBefore))]
    [TestCase(nameof(FaultKind.TimeoutAfter))]
    public async Task One_trouble_on_the_way_is_got_over_with_one_charge(string kind)
    {
        var (intent, method) = await IntentWithAsync(kind, "pm_card_visa");
        await _stripe.Faults.AddAsync(new FaultOrder("gateway", kind, "confirm", Count: 1, HoldSeconds: 8));

        var payment = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), kind + "/try/1"));

        Assert.That(payment.Status, Is.EqualTo(PaymentStatus.Succeeded));
        Assert.That(Value(await Gateway.RetrieveAsync(intent)).LatestChargeId, Is.EqualTo(payment.LatestChargeId));
    }

    [TestCase(nameof(FaultKind.Error500After), PaymentStatus.Succeeded)]
    [TestCase(nameof(FaultKind.TimeoutInstead), PaymentStatus.RequiresMethod)]
    public async Task What_the_key_cannot_settle_is_unknown_until_the_payment_is_read(string kind, PaymentStatus found)
    {
        var (intent, method) = await IntentWithAsync(kind, "pm_card_visa");
        await _stripe.Faults.AddAsync(new FaultOrder("gateway", kind, "confirm", Count: 1, HoldSeconds: 8));

        var answer = await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), kind + "/try/1");

        Assert.That(answer, Is.InstanceOf<Payment.Unknown>());
        Assert.That(Value(await Gateway.RetrieveAsync(intent)).Status, Is.EqualTo(found));
    }

    [Test]
    public async Task A_key_used_for_something_else_is_refused()
    {
        var (intent, method) = await IntentWithAsync("key", "pm_card_visa");
        await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "key/try/1");

        Assert.That(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, _back), "key/try/1"), Is.InstanceOf<Payment.Refused>());
        Assert.That(await Gateway.RetrieveAsync("pi_nobody"), Is.InstanceOf<Payment.Refused>().With.Property("Code").EqualTo("resource_missing"));
    }

    [Test]
    public async Task A_hosted_page_gives_a_method_and_leads_back_with_its_id()
    {
        var customer = Value(await Gateway.CreateCustomerAsync(new NewCustomer("rdr-hosted", "a@example.com", "Ann"), "hosted/customer"));
        var opened = Value(await Gateway.OpenSetupAsync(
            new NewHostedSetup(customer, "rdr-hosted", "sub-hosted", "GBP", _back, new Uri("https://account.example.com/my-account")), "hosted/setup/1"));
        using var form = new FormUrlEncodedContent([new("test_card", "4242424242424242")]);

        using var submitted = await _stripe.Browser.PostAsync(opened.Url, form);
        var done = Value(await Gateway.RetrieveSetupAsync(opened.Id));

        Assert.Multiple(() =>
        {
            Assert.That((opened.Complete, opened.CustomerId, opened.SubscriptionId, opened.Method), Is.EqualTo((false, customer, "sub-hosted", (StoredMethod?)null)));
            Assert.That(submitted.StatusCode, Is.EqualTo(HttpStatusCode.SeeOther));
            Assert.That(submitted.Headers.Location, Is.EqualTo(new Uri(_back + "?session=" + opened.Id)));
            Assert.That((done.Complete, done.Url, done.SubscriptionId), Is.EqualTo((true, (Uri?)null, "sub-hosted")));
            Assert.That(done.SetupIntentId, Does.StartWith("seti_"));
            Assert.That(done.Method!.Last4, Is.EqualTo("4242"));
        });
    }

    [Test]
    public async Task A_refund_goes_back_and_never_twice_over()
    {
        var (intent, method) = await IntentWithAsync("refund", "pm_card_visa");
        await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "refund/try/1");

        var refund = Value(await Gateway.RefundAsync(intent, _price, "inv-refund:1", "refund/1"));

        Assert.That((refund.State, refund.Amount, refund.Reference), Is.EqualTo((RefundState.Succeeded, _price, "inv-refund:1")));
        Assert.That(await Gateway.RefundAsync(intent, _price, "inv-refund:2", "refund/2"), Is.InstanceOf<GatewayAnswer<RefundSnapshot>.Refused>());
    }

    [Test]
    public async Task Refunds_in_parts_are_found_again_by_their_references_and_stop_at_what_was_paid()
    {
        var (intent, method) = await IntentWithAsync("parts", "pm_card_visa");
        await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "parts/try/1");

        await Gateway.RefundAsync(intent, _price with { Amount = 300 }, "inv-parts:1", "parts/1");
        await Gateway.RefundAsync(intent, _price with { Amount = 300 }, "inv-parts:1", "parts/1");
        await Gateway.RefundAsync(intent, _price with { Amount = 200 }, null, "parts/2");

        Assert.That(await Gateway.RefundAsync(intent, _price, "inv-parts:3", "parts/3"), Is.InstanceOf<GatewayAnswer<RefundSnapshot>.Refused>());
        Assert.That(
            Value(await Gateway.FindRefundsAsync(intent)).Select(r => (r.Amount.Amount, r.Reference)),
            Is.EqualTo(new[] { (200, (string?)null), (300, "inv-parts:1") }));
    }

    [Test]
    public async Task The_amount_of_a_payment_changes_before_it_is_taken_and_not_after()
    {
        var (intent, method) = await IntentWithAsync("amount", "pm_card_visa");
        var less = _price with { Amount = 499 };

        Assert.That(Value(await Gateway.UpdateAmountAsync(intent, less, "amount/1")).Amount, Is.EqualTo(less));
        Assert.That(await Gateway.UpdateAmountAsync(intent, _price with { Amount = 12 }, "amount/2"), Is.InstanceOf<Payment.Refused>().With.Property("Code").EqualTo("amount_too_small"));
        var paid = Value(await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "amount/try/1"));
        Assert.That((paid.Status, paid.Amount), Is.EqualTo((PaymentStatus.Succeeded, less)));
        Assert.That(Value(await Gateway.UpdateAmountAsync(intent, _price, "amount/3")), Is.EqualTo(paid), "what was taken was taken");
    }

    [Test]
    public async Task A_dispute_is_read_with_its_amount_fee_and_date_until_it_is_decided()
    {
        var (intent, method) = await IntentWithAsync("disputed", "pm_card_visa");
        await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "disputed/try/1");

        await _stripe.Banks.MoveAsync(intent, BankMove.Inquire);
        var asked = Value(await Gateway.FindDisputesAsync(intent)).Single();
        await _stripe.Banks.MoveAsync(intent, BankMove.Dispute);
        var open = Value(await Gateway.FindDisputesAsync(intent)).Single();
        var refund = await Gateway.RefundAsync(intent, _price, null, "disputed/refund");
        await _stripe.Banks.MoveAsync(intent, BankMove.Lose);
        var lost = Value(await Gateway.FindDisputesAsync(intent)).Single();
        await _stripe.Banks.MoveAsync(intent, BankMove.Win);
        var won = Value(await Gateway.FindDisputesAsync(intent)).Single();
        var happened = Value(await Gateway.RetrieveEventAsync((await _stripe.EventIdsAsync("charge.dispute.closed"))[0]));

        Assert.Multiple(() =>
        {
            Assert.That((asked.Status, asked.Fee, asked.Amount, asked.Contestable), Is.EqualTo((DisputeStatus.Inquiry, (Money?)null, _price, true)));
            Assert.That((open.Status, open.Fee, open.EvidenceDueAt is not null), Is.EqualTo((DisputeStatus.Open, (Money?)new Money(2000, "GBP"), true)));
            Assert.That(refund, Is.InstanceOf<GatewayAnswer<RefundSnapshot>.Refused>());
            Assert.That((lost.Status, lost.EvidenceDueAt), Is.EqualTo((DisputeStatus.Lost, (DateTimeOffset?)null)));
            Assert.That((won.Status, won.GatewayId), Is.EqualTo((DisputeStatus.Won, open.GatewayId)));
            Assert.That((happened.ObjectId, happened.PaymentIntentId), Is.EqualTo((open.GatewayId, (string?)intent)));
        });
    }

    [Test]
    public async Task A_fraud_warning_can_prevent_something_until_the_payment_is_refunded()
    {
        var (intent, method) = await IntentWithAsync("warned", "pm_card_visa");
        await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "warned/try/1");
        await _stripe.Banks.MoveAsync(intent, BankMove.WarnOfFraud);

        var before = Value(await Gateway.FindFraudWarningsAsync(intent)).Single();
        await Gateway.RefundAsync(intent, _price, null, "warned/refund");
        var after = Value(await Gateway.FindFraudWarningsAsync(intent)).Single();
        var happened = Value(await Gateway.RetrieveEventAsync((await _stripe.EventIdsAsync("radar.early_fraud_warning.created"))[0]));

        Assert.That((before.Actionable, after.Actionable, happened.PaymentIntentId), Is.EqualTo((true, false, (string?)intent)));
    }

    [Test]
    public async Task An_event_is_read_again_at_its_source()
    {
        var (intent, method) = await IntentWithAsync("event", "pm_card_visa");
        await Gateway.ConfirmAsync(new ConfirmPayment(intent, method, null), "event/try/1");

        var ids = await _stripe.EventIdsAsync("payment_intent.succeeded");
        var found = new List<GatewayEvent>();
        foreach (var id in ids)
        {
            found.Add(Value(await Gateway.RetrieveEventAsync(id)));
        }

        Assert.That(found, Has.One.Matches<GatewayEvent>(e => e.PaymentIntentId == intent && e.ObjectId == intent && e.SetupId is null));
    }

    private async Task<(string Intent, string Method)> IntentWithAsync(string name, string token)
    {
        var customer = Value(await Gateway.CreateCustomerAsync(new NewCustomer("rdr-" + name, "a@example.com", "Ann"), name + "/customer"));
        var method = Value(await Gateway.AttachMethodAsync(customer, token, name + "/attach"));
        var intent = Value(await Gateway.CreatePaymentIntentAsync(
            new NewPaymentIntent(customer, _price, "sub-" + name, "inv-" + name, method.Kind, "Digital"), name + "/pi/1"));
        return (intent.Id, method.Token);
    }

    private static T Value<T>(GatewayAnswer<T> answer)
    {
        Assert.That(answer, Is.InstanceOf<GatewayAnswer<T>.Answered>(), answer.ToString());
        return ((GatewayAnswer<T>.Answered)answer).Value;
    }
}
