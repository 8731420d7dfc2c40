using NUnit.Framework;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Tests.Adapters.Stripe;

/// <summary>Customers, methods, hosted set-ups, refunds and events.</summary>
[TestFixture]
public sealed class StripeGatewaySetupTests
{
    private const string Method =
        """{"id": "pm_2", "object": "payment_method", "type": "card", "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2031, "fingerprint": "fp1"}}""";

    private static readonly StoredMethod _visa = new("pm_2", "card", "visa", "4242", 8, 2031, "fp1");

    [Test]
    public async Task A_customer_carries_our_readers_id()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, """{"id": "cus_1", "object": "customer"}""");

        var answer = await peer.Gateway.CreateCustomerAsync(new NewCustomer("rdr-1", "a+b@example.com", "Zoë & Co"), "rdr-1/customer");

        Assert.That(answer, Is.EqualTo(new GatewayAnswer<string>.Answered("cus_1")));
        Assert.That(peer.Seen.Single().Form, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["email"] = "a+b@example.com",
            ["name"] = "Zoë & Co",
            ["metadata[reader]"] = "rdr-1",
        }));
    }

    [Test]
    public async Task An_attached_method_is_read_as_its_owner_knows_it()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, Method).Then(402, """{"error": {"type": "card_error", "code": "card_declined", "decline_code": "lost_card", "message": "No."}}""");

        Assert.That(await peer.Gateway.AttachMethodAsync("cus_1", "pm_card_visa", "k"), Is.EqualTo(new GatewayAnswer<StoredMethod>.Answered(_visa)));
        Assert.That(await peer.Gateway.AttachMethodAsync("cus_1", "pm_x", "k2"), Is.EqualTo(new GatewayAnswer<StoredMethod>.Refused("lost_card", "No.")));
        Assert.That(peer.Seen[0].Path, Is.EqualTo("/v1/payment_methods/pm_card_visa/attach"));
    }

    [TestCase("https://a.example/done", "https://a.example/done?session={CHECKOUT_SESSION_ID}")]
    [TestCase("https://a.example/done?x=1", "https://a.example/done?x=1&session={CHECKOUT_SESSION_ID}")]
    [TestCase("https://a.example/done?s={CHECKOUT_SESSION_ID}", "https://a.example/done?s={CHECKOUT_SESSION_ID}")]
    public async Task A_hosted_set_up_leads_back_with_its_own_id(string success, string sent)
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, """{"id": "cs_1", "object": "checkout.session", "status": "open", "url": "https://pay.example/cs_1", "customer": "cus_1", "setup_intent": null, "metadata": {"subscription": "sub-1"}}""");

        var answer = await peer.Gateway.OpenSetupAsync(
            new NewHostedSetup("cus_1", "rdr-1", "sub-1", "GBP", new Uri(success), new Uri("https://a.example/back")), "k");

        Assert.That(answer, Is.EqualTo(new GatewayAnswer<HostedSetup>.Answered(
            new HostedSetup("cs_1", new Uri("https://pay.example/cs_1"), false, false, "cus_1", "sub-1", null, null))));
        var form = peer.Seen.Single().Form;
        Assert.That((form["mode"], form["customer"], form["currency"], form["success_url"], form["metadata[subscription]"]),
            Is.EqualTo(("setup", "cus_1", "gbp", sent, "sub-1")));
    }

    [Test]
    public async Task A_completed_set_up_names_its_method()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, $$"""
            {"id": "cs_1", "object": "checkout.session", "status": "complete", "customer": {"id": "cus_1"}, "metadata": {"subscription": "sub-1"},
             "setup_intent": {"id": "seti_1", "object": "setup_intent", "status": "succeeded", "payment_method": {{Method}} } }
            """);

        var answer = await peer.Gateway.RetrieveSetupAsync("cs_1");

        Assert.That(answer, Is.EqualTo(new GatewayAnswer<HostedSetup>.Answered(
            new HostedSetup("cs_1", null, true, false, "cus_1", "sub-1", "seti_1", _visa))));
        Assert.That(peer.Seen.Single().Path, Is.EqualTo("/v1/checkout/sessions/cs_1?expand[]=setup_intent.payment_method"));
    }

    [Test]
    public async Task Nobody_is_sent_to_an_address_that_is_not_on_the_web()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, """{"id": "cs_1", "object": "checkout.session", "status": "open", "url": "javascript:alert(1)", "customer": "cus_1"}""");

        var answer = (GatewayAnswer<HostedSetup>.Answered)await peer.Gateway.RetrieveSetupAsync("cs_1");

        Assert.That(answer.Value.Url, Is.Null);
    }

    [Test]
    public async Task A_refund_is_of_one_payment_and_amount()
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, """{"id": "re_1", "object": "refund", "status": "succeeded", "amount": 500, "currency": "gbp", "metadata": {"refund": "inv_1:1"}}""");

        Assert.That(await peer.Gateway.RefundAsync("pi_1", new Money(500, "GBP"), "inv_1:1", "k"),
            Is.EqualTo(new GatewayAnswer<RefundSnapshot>.Answered(new RefundSnapshot("re_1", RefundState.Succeeded, new Money(500, "GBP"), "inv_1:1"))));
        Assert.That(
            peer.Seen.Single().Form,
            Is.EquivalentTo(new Dictionary<string, string> { ["payment_intent"] = "pi_1", ["amount"] = "500", ["metadata[refund]"] = "inv_1:1" }));
    }

    [TestCase("""{"id": "pi_1", "object": "payment_intent"}""", "pi_1", "pi_1", null)]
    [TestCase("""{"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}""", "ch_1", "pi_1", null)]
    [TestCase("""{"id": "cs_1", "object": "checkout.session", "payment_intent": null}""", "cs_1", null, "cs_1")]
    [TestCase("""{"id": "seti_1", "object": "setup_intent"}""", "seti_1", null, null)]
    public async Task An_event_names_what_to_look_at(string about, string objectId, string? payment, string? setup)
    {
        await using var peer = await ScriptedStripe.StartAsync();
        peer.Then(200, $$$"""{"id": "evt_1", "object": "event", "type": "some.thing", "created": 1790000000, "data": {"object": {{{about}}}}}""");

        Assert.That(await peer.Gateway.RetrieveEventAsync("evt_1"), Is.EqualTo(new GatewayAnswer<GatewayEvent>.Answered(
            new GatewayEvent("evt_1", "some.thing", objectId, payment, setup, DateTimeOffset.FromUnixTimeSeconds(1790000000)))));
    }
}
