using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class RefundTests
{
    private RunningSimulator stripe = null!;

    [SetUp]
    public async Task Start() => stripe = await RunningSimulator.StartAsync();

    [TearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [Test]
    public async Task A_refund_on_its_way_arrives_a_day_later_and_Stripe_says_so()
    {
        var intent = await Paid("pm_card_pendingRefund");
        var refund = await Refund(intent);
        Assert.That((refund.Status, refund.Text("status"), refund.Text("pending_reason")), Is.EqualTo((200, "pending", "processing")));
        Assert.That((await Refund(intent)).ErrorCode, Is.EqualTo("charge_already_refunded"));

        await PassAsync(TimeSpan.FromDays(1));

        Assert.That((await stripe.Get("refunds/" + refund.Text("id"))).Text("status"), Is.EqualTo("succeeded"));
        Assert.That((await stripe.Get("events?type=refund.updated")).Data, Has.Count.EqualTo(1));
        Assert.That((await stripe.Get("events?type=charge.refund.updated")).Data, Has.Count.EqualTo(1));
        Assert.That(await Booked("refund"), Is.EqualTo(new[] { -1200L }));
    }

    [Test]
    public async Task A_refund_that_the_balance_does_not_cover_is_refused_and_changes_nothing()
    {
        var intent = await Paid("pm_card_visa");
        await stripe.Faults.AddAsync(new("bank", "RefundRefused", Count: 1));

        var refused = await stripe.PostWithKey("r", "refunds", ("payment_intent", intent));

        Assert.That((refused.Status, refused.ErrorCode), Is.EqualTo((400, (string?)null)));
        Assert.That(refused.Error["message"]!.GetValue<string>(), Does.StartWith("Insufficient funds in your Stripe balance"));
        Assert.That((await stripe.Get("refunds")).Data, Is.Empty);
        Assert.That((await stripe.PostWithKey("r", "refunds", ("payment_intent", intent))).Status, Is.EqualTo(200), "the key was not used up");
    }

    [Test]
    public async Task A_refund_that_waits_for_the_balance_leaves_it_only_when_it_is_covered()
    {
        var intent = await Paid("pm_card_visa");
        await stripe.Faults.AddAsync(new("bank", "refund-pending", Count: 1));

        Assert.That((await Refund(intent)).Text("pending_reason"), Is.EqualTo("insufficient_funds"));
        Assert.That(await Booked("refund"), Is.Empty);

        await PassAsync(TimeSpan.FromDays(1));
        Assert.That(await Booked("refund"), Is.EqualTo(new[] { -1200L }));
    }

    [TestCase("pm_card_refundFail", null)]
    [TestCase("pm_card_visa", "RefundFails")]
    public async Task A_refund_that_fails_later_comes_back_to_the_balance(string card, string? fault)
    {
        if (fault is not null)
        {
            await stripe.Faults.AddAsync(new("bank", fault));
        }

        var intent = await Paid(card);
        var refund = await Refund(intent);
        await PassAsync(TimeSpan.FromHours(1));

        Assert.That((await stripe.Get("refunds/" + refund.Text("id"))).Text("status"), Is.EqualTo("failed"));
        Assert.That(await Booked("refund_failure"), Is.EqualTo(new[] { 1200L }));
        Assert.That((await stripe.Get("events?type=refund.failed")).Data, Has.Count.EqualTo(1));
        Assert.That((await stripe.Get("charges?payment_intent=" + intent)).Data[0]["amount_refunded"]!.GetValue<long>(), Is.Zero);
    }

    private async Task<string> Paid(string token)
    {
        var (customer, card) = await stripe.CustomerWith(token);
        var intent = await stripe.Intent(customer);
        Assert.That((await stripe.ConfirmOff(intent, card)).Text("status"), Is.EqualTo("succeeded"));
        return intent;
    }

    private Task<Answer> Refund(string intent) => stripe.Post("refunds", ("payment_intent", intent));

    private async Task<IEnumerable<long>> Booked(string type) =>
        (await stripe.Get("balance_transactions?type=" + type)).Data.Select(booked => booked["amount"]!.GetValue<long>());

    private async Task PassAsync(TimeSpan time)
    {
        stripe.Clock.Advance(time);
        await stripe.Due.RunDueAsync();
    }
}
