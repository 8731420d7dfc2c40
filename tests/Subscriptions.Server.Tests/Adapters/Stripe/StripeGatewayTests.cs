using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;
using Payment = Subscriptions.Server.Features.Billing.Gateway.GatewayAnswer<Subscriptions.Server.Features.Billing.Gateway.PaymentSnapshot>;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

[TestFixture]
public sealed class StripeGatewayTests
{
    private const string Id = "pi_1";

    private static readonly ConfirmPayment _offSession = new(Id, "pm_1", null);

    [Test]
    public async Task A_payment_is_created_unconfirmed_with_our_ids_and_the_kind_of_the_method()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, Intent("requires_payment_method"));

        var answer = await peer.Gateway.CreatePaymentIntentAsync(
            new NewPaymentIntent("cus_1", new Money(999, "GBP"), "sub-1", "inv-1", "card", "June"), "inv-1/pi/1");

        var seen = peer.Seen.Single();
        Assert.Multiple(() =>
        {
            Assert.That(((Payment.Answered)answer).Value, Is.EqualTo(new PaymentSnapshot(
                Id, PaymentStatus.RequiresMethod, new Money(999, "GBP"), null, null, null, "inv-1", "sub-1")));
            Assert.That((seen.Method, seen.Path, seen.Key), Is.EqualTo(("POST", "/v1/payment_intents", "inv-1/pi/1")));
            Assert.That(seen.Authorization, Is.EqualTo("Bearer " + ScriptedStripe.Secret));
            Assert.That(seen.Version, Is.EqualTo("2026-07-29.dahlia"));
            Assert.That(seen.Form, Is.EquivalentTo(new Dictionary<string, string>
            {
                ["customer"] = "cus_1",
                ["amount"] = "999",
                ["currency"] = "gbp",
                ["payment_method_types[]"] = "card",
                ["description"] = "June",
                ["metadata[subscription]"] = "sub-1",
                ["metadata[invoice]"] = "inv-1",
            }));
        });
    }

    [Test]
    public async Task A_decline_is_an_answer_with_its_class()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(402, Decline("insufficient_funds", """, "charge": "ch_9" """));

        var payment = await AnsweredAsync(peer.Gateway.ConfirmAsync(_offSession, "inv-1/try/1"));

        Assert.Multiple(() =>
        {
            Assert.That(payment.Status, Is.EqualTo(PaymentStatus.RequiresMethod));
            Assert.That(payment.LastError, Is.EqualTo(new PaymentDecline(
                "card_declined", "insufficient_funds", null, DeclineClass.TimeMayHeal, false, "ch_9")));
            Assert.That(peer.Seen.Single().Form, Is.EquivalentTo(new Dictionary<string, string> { ["payment_method"] = "pm_1", ["off_session"] = "true" }));
        });
    }

    [Test]
    public async Task A_decline_without_its_payment_is_completed_by_reading_it()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(402, """{"error": {"type": "card_error", "code": "card_declined", "decline_code": "lost_card"}}""")
            .Then(200, Intent("requires_payment_method"));

        var payment = await AnsweredAsync(peer.Gateway.ConfirmAsync(_offSession, "k"));

        Assert.That(payment.LastError!.Class, Is.EqualTo(DeclineClass.Never));
        Assert.That(peer.Seen[1].Path, Is.EqualTo("/v1/payment_intents/pi_1"));
    }

    [Test]
    public async Task On_session_a_challenge_leads_to_the_bank()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, Intent("requires_action", """, "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds"}}"""));

        var payment = await AnsweredAsync(peer.Gateway.ConfirmAsync(_offSession with { ReturnUrl = new Uri("https://a.example/back?x=1") }, "k"));

        Assert.Multiple(() =>
        {
            Assert.That(payment.ChallengeUrl, Is.EqualTo(new Uri("https://bank.example/3ds")));
            Assert.That(peer.Seen.Single().Form["return_url"], Is.EqualTo("https://a.example/back?x=1"));
            Assert.That(peer.Seen.Single().Form, Does.Not.ContainKey("off_session"));
        });
    }

    [Test]
    public async Task A_call_without_an_answer_is_repeated_under_its_own_key([Values("429", "500", "409", "drop", "silence")] string trouble)
    {
        await using var peer = await ScriptedStripe.StartAsync(callMilliseconds: trouble == "silence" ? 300 : 5000);
        _ = trouble switch
        {
            "drop" => peer.ThenDrop(),
            "silence" => peer.ThenSilence(),
            _ => peer.Then(int.Parse(trouble, System.Globalization.CultureInfo.InvariantCulture), """{"error": {"type": "api_error", "message": "no"}}"""),
        };
        peer.Then(200, Intent("succeeded", """, "latest_charge": "ch_1" """));

        var payment = await AnsweredAsync(peer.Gateway.ConfirmAsync(_offSession, "inv-1/try/1"));

        Assert.That(payment.LatestChargeId, Is.EqualTo("ch_1"));
        Assert.That(peer.Seen.Select(s => s.Key), Is.EqualTo(new[] { "inv-1/try/1", "inv-1/try/1" }));
    }

    [Test]
    public async Task After_the_last_repetition_the_outcome_is_unknown()
    {
        await using var peer = await ScriptedStripe.StartAsync(retries: 2);
        peer.Then(500, "{}").ThenDrop().Then(503, "oops");

        var answer = await peer.Gateway.ConfirmAsync(_offSession, "k");

        Assert.That(answer, Is.InstanceOf<Payment.Unknown>());
        Assert.That(peer.Seen, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task A_silent_gateway_costs_no_more_than_the_time_out()
    {
        await using var peer = await ScriptedStripe.StartAsync(retries: 5, callMilliseconds: 400, totalMilliseconds: 600);
        peer.ThenSilence().ThenSilence().ThenSilence();

        var answer = await peer.Gateway.ConfirmAsync(_offSession, "k").WaitAsync(TimeSpan.FromSeconds(4));

        Assert.That(answer, Is.EqualTo(new Payment.Unknown("Stripe did not answer in time.")));
    }

    [Test]
    public async Task Stripes_word_on_repeating_outranks_the_status()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(500, "{}", ("Stripe-Should-Retry", "false"))
            .Then(400, Error("later"), ("Stripe-Should-Retry", "true")).Then(200, Intent("succeeded"));

        var first = await peer.Gateway.ConfirmAsync(_offSession, "k1");
        var second = await peer.Gateway.ConfirmAsync(_offSession, "k2");

        Assert.Multiple(() =>
        {
            Assert.That(first, Is.InstanceOf<Payment.Unknown>());
            Assert.That(second, Is.InstanceOf<Payment.Answered>());
            Assert.That(peer.Seen.Select(s => s.Key), Is.EqualTo(new[] { "k1", "k2", "k2" }));
        });
    }

    [Test]
    public async Task A_short_pause_is_obeyed_and_a_long_one_is_left_to_the_next_run()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(429, "{}", ("Retry-After", "1")).Then(200, Intent("succeeded")).Then(429, "{}", ("Retry-After", "3600"));
        var started = TimeProvider.System.GetTimestamp();

        var obeyed = await peer.Gateway.ConfirmAsync(_offSession, "k1");
        var waited = TimeProvider.System.GetElapsedTime(started);
        var left = await peer.Gateway.ConfirmAsync(_offSession, "k2");

        Assert.Multiple(() =>
        {
            Assert.That(obeyed, Is.InstanceOf<Payment.Answered>());
            Assert.That(waited, Is.GreaterThan(TimeSpan.FromMilliseconds(900)));
            Assert.That(left, Is.InstanceOf<Payment.Unknown>());
            Assert.That(peer.Seen, Has.Count.EqualTo(3));
        });
    }

    [TestCase(200, "<html>")]
    [TestCase(200, "")]
    [TestCase(200, "[]")]
    [TestCase(200, "{}")]
    [TestCase(200, """{"id": "pi_1", "object": "payment_intent", "status": "dancing", "amount": 999, "currency": "gbp"}""")]
    [TestCase(200, """{"id": "pi_2", "object": "payment_intent", "status": "succeeded", "amount": 999, "currency": "gbp"}""")]
    [TestCase(200, """{"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": "999", "currency": "gbp"}""")]
    [TestCase(200, """{"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 9.99, "currency": "gbp"}""")]
    [TestCase(200, """{"id": "\ud800", "object": "payment_intent", "status": "succeeded", "amount": 999, "currency": "gbp"}""")]
    [TestCase(302, "")]
    [TestCase(403, "<html>a proxy of somebody else</html>")]
    [TestCase(402, """{"error": {"type": "card_error", "code": "card_declined", "payment_intent": {"id": 7}}}""")]
    public async Task An_answer_that_makes_no_sense_says_nothing(int status, string body)
    {
        await using var peer = await ScriptedStripe.StartAsync(retries: 0);
        peer.Then(status, body);

        Assert.That(await peer.Gateway.ConfirmAsync(_offSession, "k"), Is.InstanceOf<Payment.Unknown>());
    }

    [Test]
    public async Task A_refused_request_names_its_code()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(400, """{"error": {"type": "idempotency_error", "code": "idempotency_key_reused", "message": "Keys…"}}""");

        Assert.That(await peer.Gateway.ConfirmAsync(_offSession, "k"), Is.EqualTo(new Payment.Refused("idempotency_key_reused", "Keys…")));
        Assert.That(peer.Seen, Has.Count.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_payment_that_cannot_be_cancelled_is_answered_as_it_stands(bool enclosed)
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(400, Error("payment_intent_unexpected_state", enclosed ? $", \"payment_intent\": {Intent("succeeded")}" : ""))
            .Then(200, Intent("succeeded"));

        var payment = await AnsweredAsync(peer.Gateway.CancelAsync(Id, "k"));

        Assert.That(payment.Status, Is.EqualTo(PaymentStatus.Succeeded));
        Assert.That(peer.Seen, Has.Count.EqualTo(enclosed ? 1 : 2));
    }

    [Test]
    public async Task A_confirm_that_was_wrong_does_not_pass_an_old_decline_for_a_new_one()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(400, Error("payment_intent_unexpected_state", $", \"payment_intent\": {Intent("requires_payment_method")}"));

        Assert.That(await peer.Gateway.ConfirmAsync(_offSession, "k"), Is.InstanceOf<Payment.Refused>());
    }

    [Test]
    public async Task The_secret_stands_in_no_log_and_no_answer()
    {
        await using var peer = await ScriptedStripe.StartAsync(retries: 1);
        peer.Then(401, $$"""{"error": {"type": "invalid_request_error", "message": "Invalid API Key provided: {{ScriptedStripe.Secret}}"} }""").ThenDrop().ThenDrop();

        var refused = await peer.Gateway.RetrieveAsync(Id);
        var broken = await peer.Gateway.RetrieveAsync(Id);

        Assert.Multiple(() =>
        {
            Assert.That(refused, Is.InstanceOf<Payment.Unknown>(), "a wrong key of ours settles nothing");
            Assert.That(refused.ToString(), Does.Contain("Stripe:SecretKey").And.Not.Contain(ScriptedStripe.Secret));
            Assert.That(broken.ToString(), Does.Not.Contain(ScriptedStripe.Secret));
            Assert.That(peer.Logs.All, Is.Not.Empty.And.Not.Contain(ScriptedStripe.Secret));
        });
    }

    [TestCase("")]
    [TestCase("../customers/cus_1")]
    [TestCase("pi_1?expand[]=customer")]
    [TestCase("..")]
    public async Task What_is_no_id_never_reaches_an_address(string id)
    {
        await using var peer = await ScriptedStripe.StartAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(await peer.Gateway.RetrieveAsync(id), Is.InstanceOf<Payment.Refused>());
            Assert.That(await peer.Gateway.RetrieveSetupAsync(id), Is.InstanceOf<GatewayAnswer<HostedSetup>.Refused>());
            Assert.That(await peer.Gateway.RetrieveEventAsync(id), Is.InstanceOf<GatewayAnswer<GatewayEvent>.Refused>());
            Assert.That(peer.Seen, Is.Empty);
        });
    }

    internal static string Intent(string status, string more = "") =>
        $$$"""{"id": "pi_1", "object": "payment_intent", "status": "{{{status}}}", "amount": 999, "currency": "gbp", "metadata": {"invoice": "inv-1", "subscription": "sub-1"}{{{more}}}}""";

    private static string Error(string code, string more = "") =>
        $$$"""{"error": {"type": "invalid_request_error", "code": "{{{code}}}", "message": "No."{{{more}}}}}""";

    private static string Decline(string declineCode, string more) =>
        $$$"""{"error": {"type": "card_error", "code": "card_declined", "decline_code": "{{{declineCode}}}"{{{more}}}, "payment_intent": {{{Intent("requires_payment_method")}}}}}""";

    private static async Task<PaymentSnapshot> AnsweredAsync(Task<Payment> call)
    {
        var answer = await call;
        Assert.That(answer, Is.InstanceOf<Payment.Answered>(), answer.ToString());
        return ((Payment.Answered)answer).Value;
    }
}
