using System.Net;
using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Panel;

[TestFixture]
public sealed class JournalPageTests
{
    private RunningPanel panel = null!;

    [SetUp]
    public async Task SetUp() => panel = await RunningPanel.StartAsync();

    [TearDown]
    public async Task TearDown() => await panel.DisposeAsync();

    [Test]
    public async Task A_payment_and_its_refund_are_found_by_the_customer_and_by_the_PaymentIntent()
    {
        var (customer, card) = await panel.CustomerAsync();
        var (other, _) = await panel.CustomerAsync();
        var intent = await panel.PaidAsync(customer, card);
        await panel.StripeAsync(HttpMethod.Post, "refunds", ("payment_intent", intent));

        foreach (var about in new[] { customer, intent })
        {
            var page = await panel.PageAsync("/journal?about=" + about);
            Assert.That(page, Does.Contain("/v1/refunds").And.Contain("/v1/payment_intents").And.Not.Contain(other));
            Assert.That(page.IndexOf("/v1/refunds", StringComparison.Ordinal), Is.LessThan(page.IndexOf("/v1/payment_intents", StringComparison.Ordinal)), "newest first");
        }
    }

    [Test]
    public async Task Of_each_request_the_key_the_parameters_the_answer_and_the_fault_are_told()
    {
        var (customer, card) = await panel.CustomerAsync();
        await panel.SendAsync("/faults", null, ("fault", "bank/Declined"), ("code", "insufficient_funds"), ("sharePercent", "100"), ("forHours", "3"), ("count", "1"));
        var declined = await panel.StripeAsync(HttpMethod.Post, "payment_intents", ("customer", customer), ("amount", "1200"), ("currency", "gbp"),
            ("payment_method_types[]", "card"), ("payment_method", card), ("confirm", "true"), ("off_session", "true"));
        Assert.That(declined["error"], Is.Not.Null);

        var page = WebUtility.HtmlDecode(await panel.PageAsync("/journal"));

        Assert.That(page, Does.Contain("fault <strong>Declined</strong>").And.Contain("amount = 1200").And.Contain("\"decline_code\": \"insufficient_funds\"")
            .And.Contain(">402<").And.Contain("Key <a"));
    }
}
