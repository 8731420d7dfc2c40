using System.Net;
using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Panel;

[TestFixture]
public sealed class PayerPagesTests
{
    private RunningPanel panel = null!;
    private string customer = null!;
    private string card = null!;

    [SetUp]
    public async Task SetUp()
    {
        panel = await RunningPanel.StartAsync();
        (customer, card) = await panel.CustomerAsync();
    }

    [TearDown]
    public async Task TearDown() => await panel.DisposeAsync();

    [Test]
    public async Task The_list_leads_to_the_payer()
    {
        Assert.That(await panel.PageAsync("/payers?search=ashdown"), Does.Contain($"/payers/{customer}").And.Contain("Nell Ashdown"));
        Assert.That(await panel.PageAsync("/payers/" + customer), Does.Contain("Visa ending 4242").And.Contain("default"));
    }

    [TestCase("Renew", "payment_method.automatically_updated")]
    [TestCase("Detach", "payment_method.detached")]
    [TestCase("Delete", "customer.deleted")]
    public async Task What_happens_to_her_at_Stripe_is_one_button(string handler, string told)
    {
        var (status, page) = await panel.SendAsync("/payers/" + customer, handler, ("method", card), ("card", "pm_card_mastercard"));

        Assert.That((status, page), Is.EqualTo((HttpStatusCode.OK, page)));
        Assert.That(page, Does.Contain($"Stripe tells of it by {told}"));
        var events = await panel.StripeAsync(HttpMethod.Get, "events?type=" + told);
        Assert.That(events["data"]!.AsArray(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Her_default_can_become_a_card_of_another_kind()
    {
        var (_, page) = await panel.SendAsync("/payers/" + customer, "Default", ("method", "pm_card_chargeCustomerFail"));

        Assert.That(page, Does.Contain("Visa ending 0341").And.Contain("customer.updated"));
    }

    [Test]
    public async Task The_bank_can_answer_otherwise_from_now_on()
    {
        await panel.SendAsync("/payers/" + customer, "Answer", ("method", card), ("answer", "insufficient_funds"));

        var intent = await panel.StripeAsync(HttpMethod.Post, "payment_intents", ("customer", customer), ("amount", "1200"), ("currency", "gbp"),
            ("payment_method_types[]", "card"), ("payment_method", card), ("confirm", "true"), ("off_session", "true"));
        Assert.That(intent["error"]!["decline_code"]!.GetValue<string>(), Is.EqualTo("insufficient_funds"));
        Assert.That(await panel.PageAsync("/payers/" + customer), Does.Contain("Answers insufficient_funds"));
    }

    [Test]
    public async Task A_refund_can_be_made_to_fail_once()
    {
        var intent = await panel.PaidAsync(customer, card);
        var refund = (await panel.StripeAsync(HttpMethod.Post, "refunds", ("payment_intent", intent)))["id"]!.GetValue<string>();

        var (_, page) = await panel.SendAsync("/payers/" + customer, "Fail", ("refund", refund));
        var (again, _) = await panel.SendAsync("/payers/" + customer, "Fail", ("refund", refund));

        Assert.That(page, Does.Contain("Refund of 12.00 GBP: failed"));
        Assert.That(again, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_payment_can_be_taken_back()
    {
        var intent = await panel.PaidAsync(customer, card);

        var (_, page) = await panel.SendAsync("/payers/" + customer, "Move", ("payment", intent), ("move", "Dispute"));

        Assert.That(page, Does.Contain("dispute: needs response"));
    }

    [TestCase("Renew", "method")]
    [TestCase("Answer", "method")]
    [TestCase("Mandate", "method")]
    [TestCase("Default", "method")]
    [TestCase("Detach", "method")]
    [TestCase("Arrive", "refund")]
    [TestCase("Move", "payment")]
    public async Task What_makes_no_sense_is_refused_in_words(string handler, string field)
    {
        var (status, page) = await panel.SendAsync("/payers/" + customer, handler, (field, "pm_nobodys"), ("deceased", "true"), ("move", "Win"));
        Assert.That((status, page.Contains("role=\"alert\"", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true)));
    }
}
