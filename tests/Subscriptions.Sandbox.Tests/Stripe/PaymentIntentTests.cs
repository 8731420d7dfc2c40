using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class PaymentIntentTests
{
    private RunningSimulator stripe = null!;

    [OneTimeSetUp]
    public async Task Start() => stripe = await RunningSimulator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [Test]
    public async Task A_good_card_takes_the_money_once_and_only_once()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);

        var first = await stripe.ConfirmOff(intent, card);
        var second = await stripe.ConfirmOff(intent, card);

        Assert.That(first.Status, Is.EqualTo(200));
        Assert.That(first.Text("status"), Is.EqualTo("succeeded"));
        Assert.That(first.Body["metadata"]!["invoice"]!.GetValue<string>(), Is.EqualTo("inv_1"));
        Assert.That((second.Status, second.ErrorCode), Is.EqualTo((400, "payment_intent_unexpected_state")));
        Assert.That(second.Error["payment_intent"]!["status"]!.GetValue<string>(), Is.EqualTo("succeeded"));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
    }

    [Test]
    public async Task A_decline_is_a_402_that_carries_intent_method_and_charge_and_may_be_tried_again()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_chargeCustomerFail");
        var intent = await stripe.Intent(customer);

        var declined = await stripe.ConfirmOff(intent, card);

        Assert.That(declined.Status, Is.EqualTo(402));
        Assert.That(declined.Headers["Stripe-Should-Retry"], Is.EqualTo("false"));
        Assert.That(declined.Error["type"]!.GetValue<string>(), Is.EqualTo("card_error"));
        Assert.That(declined.ErrorCode, Is.EqualTo("card_declined"));
        Assert.That(declined.Error["decline_code"]!.GetValue<string>(), Is.EqualTo("generic_decline"));
        Assert.That(declined.Error["payment_method"]!["id"]!.GetValue<string>(), Is.EqualTo(card));
        var after = (JsonObject)declined.Error["payment_intent"]!;
        Assert.That(after["status"]!.GetValue<string>(), Is.EqualTo("requires_payment_method"));
        Assert.That(after["latest_charge"]!.GetValue<string>(), Is.EqualTo(declined.Error["charge"]!.GetValue<string>()));
        Assert.That(after["last_payment_error"]!["code"]!.GetValue<string>(), Is.EqualTo("card_declined"));
        Assert.That((await stripe.ConfirmOff(intent, card)).Status, Is.EqualTo(402));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(2));
    }

    [Test]
    public async Task Parallel_confirmations_charge_once()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => stripe.ConfirmOff(intent, card)));

        Assert.That(answers.Count(answer => answer.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Where(answer => answer.Status != 200).Select(answer => answer.ErrorCode),
            Is.All.AnyOf("payment_intent_unexpected_state", "lock_timeout"));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
    }

    [Test]
    public async Task An_object_that_is_being_changed_is_locked()
    {
        await using var slow = await RunningSimulator.StartAsync();
        var (customer, card) = await slow.CustomerWith("pm_card_visa");
        var intent = await slow.Intent(customer);
        await slow.Faults.AddAsync(new("gateway", "Slow", "confirm", HoldSeconds: 0.5));

        // Either may meet the other's lock; the confirm is repeated until it is the one that holds it.
        var first = Poll.UntilAsync(() => slow.ConfirmOff(intent, card), answer => answer.Status != 429);
        var second = await Poll.UntilAsync(
            () => slow.Post($"payment_intents/{intent}", ("amount", "900")), answer => answer.Status != 200);

        Assert.That((second.Status, second.ErrorCode), Is.EqualTo((429, "lock_timeout")));
        Assert.That((await first).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Stripe_cancels_an_intent_after_too_many_refusals()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_chargeCustomerFail");
        var intent = await stripe.Intent(customer);

        for (var attempt = 1; attempt <= 25; attempt++)
        {
            Assert.That((await stripe.ConfirmOff(intent, card)).Status, Is.EqualTo(402));
        }

        Assert.That((await stripe.ConfirmOff(intent, card)).ErrorCode, Is.EqualTo("payment_intent_unexpected_state"));
        Assert.That((await stripe.Get($"payment_intents/{intent}")).Text("status"), Is.EqualTo("canceled"));
    }

    [Test]
    public async Task A_canceled_intent_stays_canceled()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);

        var canceled = await stripe.Post($"payment_intents/{intent}/cancel", ("cancellation_reason", "abandoned"));

        Assert.That(canceled.Text("status"), Is.EqualTo("canceled"));
        Assert.That((await stripe.ConfirmOff(intent, card)).ErrorCode, Is.EqualTo("payment_intent_unexpected_state"));
        Assert.That((await stripe.Post($"payment_intents/{intent}/cancel")).ErrorCode, Is.EqualTo("payment_intent_unexpected_state"));
        Assert.That((await stripe.Post($"payment_intents/{intent}", ("amount", "500"))).ErrorCode, Is.EqualTo("payment_intent_unexpected_state"));
        Assert.That(await stripe.ChargesOf(intent), Is.Zero);
    }

    [Test]
    public async Task The_amount_may_change_before_the_next_confirmation()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer, "1200");

        await stripe.Post($"payment_intents/{intent}", ("amount", "900"));
        var paid = await stripe.ConfirmOff(intent, card);

        Assert.That(paid.Body["amount_received"]!.GetValue<long>(), Is.EqualTo(900));
    }

    [Test]
    public async Task A_method_of_another_customer_of_another_kind_or_unknown_is_refused()
    {
        var (_, foreign) = await stripe.CustomerWith("pm_card_visa");
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);
        var debits = (await stripe.Post("payment_intents", ("customer", customer), ("amount", "500"), ("currency", "gbp"),
            ("payment_method_types[]", "bacs_debit"))).Text("id");

        Assert.That((await stripe.ConfirmOff(intent, foreign)).Status, Is.EqualTo(400));
        Assert.That((await stripe.ConfirmOff(debits, card)).ErrorCode, Is.EqualTo("payment_intent_incompatible_payment_method"));
        Assert.That((await stripe.ConfirmOff(intent, "pm_none")).ErrorCode, Is.EqualTo("resource_missing"));
        Assert.That((await stripe.Post($"payment_intents/{intent}/confirm", ("off_session", "true"))).ErrorCode,
            Is.EqualTo("payment_intent_unexpected_state"));
        Assert.That(await stripe.ChargesOf(intent), Is.Zero);
    }

    [Test]
    public async Task On_session_a_return_url_is_demanded_where_a_redirect_could_come()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var automatic = (await stripe.Post("payment_intents", ("customer", customer), ("amount", "500"), ("currency", "gbp"))).Text("id");

        var refused = await stripe.Post($"payment_intents/{automatic}/confirm", ("payment_method", card));

        Assert.That(refused.Status, Is.EqualTo(400));
        Assert.That(refused.Error["param"]!.GetValue<string>(), Is.EqualTo("return_url"));
        Assert.That((await stripe.Post($"payment_intents/{automatic}/confirm", ("payment_method", card),
            ("return_url", "http://localhost/back"))).Text("status"), Is.EqualTo("succeeded"));
    }

    [Test]
    public async Task A_debit_is_processing_for_four_working_days()
    {
        await using var monday = await RunningSimulator.StartAsync();
        var customer = await monday.Ledger.PutCustomerAsync("debits", "d@example.test", "D");
        var mandate = await monday.Ledger.PutBacsMandateAsync("debits", customer, new("refer_to_payer", Tries: 1));
        var intent = (await monday.Post("payment_intents", ("customer", customer), ("amount", "500"), ("currency", "gbp"),
            ("payment_method_types[]", "bacs_debit"))).Text("id");

        var sent = await monday.ConfirmOff(intent, mandate);
        Assert.That(sent.Text("status"), Is.EqualTo("processing"));
        Assert.That((await monday.Post($"payment_intents/{intent}", ("amount", "600"))).ErrorCode, Is.EqualTo("payment_intent_unexpected_state"));
        Assert.That(monday.Due.NextDueAt(), Is.EqualTo(monday.Clock.Now.AddDays(4)));

        monday.Clock.Advance(TimeSpan.FromDays(4));
        await monday.Due.RunDueAsync();

        Assert.That((await monday.Get($"payment_intents/{intent}")).Text("status"), Is.EqualTo("requires_payment_method"));
    }

    [TestCase("pm_card_visa_chargeDeclined", "card_declined", "generic_decline")]
    [TestCase("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    [TestCase("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card")]
    [TestCase("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card")]
    [TestCase("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded")]
    [TestCase("pm_card_chargeDeclinedExpiredCard", "expired_card", null)]
    [TestCase("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", null)]
    [TestCase("pm_card_chargeDeclinedProcessingError", "processing_error", null)]
    public async Task A_card_that_is_declined_can_neither_be_attached_nor_charged(string token, string code, string? declineCode)
    {
        var customer = await stripe.Customer();
        var intent = await stripe.Intent(customer);

        var attach = await stripe.Post($"payment_methods/{token}/attach", ("customer", customer));
        var confirm = await stripe.ConfirmOff(intent, token);

        foreach (var answer in new[] { attach, confirm })
        {
            Assert.That(answer.Status, Is.EqualTo(402));
            Assert.That(answer.ErrorCode, Is.EqualTo(code));
            Assert.That(answer.Error["decline_code"]?.GetValue<string>(), Is.EqualTo(declineCode));
        }
    }

    [Test]
    public async Task A_card_that_was_good_once_answers_as_told_for_as_long_as_told()
    {
        var customer = await stripe.Ledger.PutCustomerAsync("good-once", "g@example.test", "G");
        var card = await stripe.Ledger.PutCardAsync("good-once", customer, "pm_card_visa_chargeDeclinedInsufficientFunds",
            new("insufficient_funds", From: stripe.Clock.Now.AddDays(1), Tries: 2));
        var statuses = new List<int> { (await stripe.ConfirmOff(await stripe.Intent(customer), card)).Status };

        stripe.Clock.Advance(TimeSpan.FromDays(1));
        var late = await stripe.Intent(customer);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            statuses.Add((await stripe.ConfirmOff(late, card)).Status);
        }

        Assert.That(statuses, Is.EqualTo(new[] { 200, 402, 402, 200 }));
        Assert.That(stripe.Ledger.TestTokenOf(card), Is.EqualTo("pm_card_visa_chargeDeclinedInsufficientFunds"));
        Assert.That(await stripe.Ledger.PutCardAsync("good-once", customer, "pm_card_visa"), Is.EqualTo(card));
    }
}
