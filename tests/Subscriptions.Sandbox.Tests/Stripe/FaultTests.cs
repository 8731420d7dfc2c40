using NUnit.Framework;
using Subscriptions.Sandbox.Stripe.Faults;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class FaultTests
{
    private RunningSimulator stripe = null!;
    private string intent = null!;
    private string card = null!;

    [SetUp]
    public async Task Start()
    {
        stripe = await RunningSimulator.StartAsync();
        (var customer, card) = await stripe.CustomerWith("pm_card_visa");
        intent = await stripe.Intent(customer);
    }

    [TearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [TestCase("TimeoutBefore", 0, 200)]
    [TestCase("timeout-after", 1, 200)]
    [TestCase("timeout_instead", 0, 500)]
    [TestCase("ConnectionDropped", 0, 200)]
    [TestCase("ConnectionDroppedAfter", 1, 200)]
    public async Task No_answer_comes_and_the_same_key_tells_what_happened(string kind, int charges, int thenStatus)
    {
        await stripe.Faults.AddAsync(new("gateway", kind, "confirm", "sub_1", 1, HoldSeconds: 0.3));

        Assert.That(Confirm, Throws.InstanceOf<HttpRequestException>());
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(charges));

        var again = await Confirm();
        Assert.That(again.Status, Is.EqualTo(thenStatus));
        Assert.That(again.Headers.ContainsKey("Idempotent-Replayed"), Is.EqualTo(charges == 1 || thenStatus == 500));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(thenStatus == 500 ? 0 : 1));
    }

    [TestCase("Error500Before", 0, 200)]
    [TestCase("Error500After", 1, 500)]
    public async Task A_500_says_nothing_about_what_happened(string kind, int charges, int thenStatus)
    {
        await stripe.Faults.AddAsync(new("gateway", kind, "payment_intents.confirm", intent, 1));

        Assert.That((await Confirm()).Status, Is.EqualTo(500));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(charges));
        Assert.That((await Confirm()).Status, Is.EqualTo(thenStatus));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
    }

    [Test]
    public async Task A_late_charge_comes_after_the_client_has_gone()
    {
        await stripe.Faults.AddAsync(new("gateway", "TimeoutLate", "confirm", null, 1, HoldSeconds: 0.4));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.That(() => stripe.SendAsync(HttpMethod.Post, $"payment_intents/{intent}/confirm",
            [("payment_method", card), ("off_session", "true")], "k", patience.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await stripe.ChargesOf(intent), Is.Zero);
        Assert.That((await Confirm()).ErrorCode, Is.EqualTo("idempotency_key_in_use"));
        var settled = await Poll.UntilAsync(Confirm, answer => answer.Status != 409);

        Assert.That(settled.Status, Is.EqualTo(200));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
    }

    [Test]
    public async Task A_held_request_ends_when_the_client_hangs_up_and_hinders_nobody()
    {
        await stripe.Faults.AddAsync(new("gateway", "TimeoutBefore", "confirm", null, 1));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.That(() => stripe.SendAsync(HttpMethod.Post, $"payment_intents/{intent}/confirm",
            [("payment_method", card), ("off_session", "true")], "k", patience.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That((await Confirm()).Status, Is.EqualTo(200));
        Assert.That(stripe.Due.AnythingInFlight(), Is.False);
    }

    [Test]
    public async Task A_fault_strikes_only_what_it_names_as_often_as_told_and_survives_a_restart()
    {
        await stripe.Faults.AddAsync(new("gateway", "RateLimited", "confirm", "sub_other"));
        await stripe.Faults.AddAsync(new("Gateway", "rateLimited", "confirm", Count: 2));
        await stripe.StopAsync();
        stripe = await RunningSimulator.StartAsync(folder: stripe.Folder);

        var first = await Confirm();
        Assert.That((first.Status, first.ErrorCode, first.Headers["Stripe-Should-Retry"]), Is.EqualTo((429, "rate_limit", "true")));
        Assert.That((await stripe.Get("customers")).Status, Is.EqualTo(200));
        Assert.That((await Confirm()).Status, Is.EqualTo(429));
        Assert.That((await Confirm()).Status, Is.EqualTo(200));
        Assert.That(stripe.Faults.List().Select(fault => (fault.Remaining, fault.Used)), Is.EqualTo(new[] { ((int?)null, 0), (0, 2) }));
        Assert.That(await stripe.Faults.ClearAsync(stripe.Faults.List()[0].Id), Is.True);
        Assert.That(await stripe.Faults.ClearAsync(99), Is.False);
    }

    [TestCase(null, "TimeoutBefore", null, null)]
    [TestCase("mail", "Refused", null, null)]
    [TestCase("gateway", "Dropped", null, null)]
    [TestCase("webhooks", "TimeoutAfter", null, null)]
    [TestCase("gateway", "3", null, null)]
    [TestCase("gateway", "Slow", 0, null)]
    [TestCase("gateway", "Slow", null, -1.0)]
    [TestCase("gateway", "Slow", null, double.NaN)]
    public void An_order_that_makes_no_sense_is_refused_with_a_reason(string? target, string kind, int? count, double? hold) =>
        Assert.That(new FaultOrder(target, kind, Count: count, HoldSeconds: hold).Refusal(), Is.Not.Null.And.Not.Empty);

    private Task<Answer> Confirm() =>
        stripe.PostWithKey("k", $"payment_intents/{intent}/confirm", ("payment_method", card), ("off_session", "true"));
}
