using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class IdempotencyTests
{
    private RunningSimulator stripe = null!;

    [OneTimeSetUp]
    public async Task Start() => stripe = await RunningSimulator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [Test]
    public async Task A_repeated_key_replays_status_and_body_and_does_nothing()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_chargeCustomerFail");
        var intent = await stripe.Intent(customer);
        (string, string)[] form = [("payment_method", card), ("off_session", "true")];

        var first = await stripe.PostWithKey("k-replay", $"payment_intents/{intent}/confirm", form);
        var again = await stripe.PostWithKey("k-replay", $"payment_intents/{intent}/confirm", form);

        Assert.That((first.Status, again.Status), Is.EqualTo((402, 402)));
        Assert.That(again.Body.ToJsonString(), Is.EqualTo(first.Body.ToJsonString()));
        Assert.That(first.Headers, Does.Not.ContainKey("Idempotent-Replayed"));
        Assert.That(again.Headers["Idempotent-Replayed"], Is.EqualTo("true"));
        Assert.That(again.Headers["Original-Request"], Is.EqualTo(first.Headers["Request-Id"]));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
    }

    [Test]
    public async Task A_key_with_other_parameters_or_another_path_is_refused()
    {
        await stripe.PostWithKey("k-mismatch", "customers", ("email", "a@example.test"));

        var otherValue = await stripe.PostWithKey("k-mismatch", "customers", ("email", "b@example.test"));
        var otherPath = await stripe.PostWithKey("k-mismatch", "payment_intents", ("amount", "500"), ("currency", "gbp"));

        foreach (var answer in new[] { otherValue, otherPath })
        {
            Assert.That(answer.Status, Is.EqualTo(400));
            Assert.That(answer.Error["type"]!.GetValue<string>(), Is.EqualTo("idempotency_error"));
        }
    }

    [Test]
    public async Task A_request_that_was_refused_before_it_began_leaves_its_key_free()
    {
        var refused = await stripe.PostWithKey("k-free", "payment_intents", ("amount", "-5"), ("currency", "gbp"));
        var corrected = await stripe.PostWithKey("k-free", "payment_intents", ("amount", "500"), ("currency", "gbp"));

        Assert.That((refused.Status, corrected.Status), Is.EqualTo((400, 200)));
    }

    [Test]
    public async Task A_key_that_is_in_flight_is_refused()
    {
        await using var slow = await RunningSimulator.StartAsync();
        await slow.Faults.AddAsync(new("gateway", "Slow", "customers.create", Count: 1, HoldSeconds: 0.5));

        var first = slow.PostWithKey("k-flight", "customers");
        await Poll.UntilAsync(() => slow.Faults.List()[0].Used, used => used == 1);
        var second = await Poll.UntilAsync(() => slow.PostWithKey("k-flight", "customers"), answer => answer.Status != 200);

        Assert.That((second.Status, second.ErrorCode), Is.EqualTo((409, "idempotency_key_in_use")));
        Assert.That((await first).Status, Is.EqualTo(200));
        Assert.That((await slow.Get("customers")).Data, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Twenty_parallel_requests_with_one_key_charge_once()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => stripe.PostWithKey("k-many",
            $"payment_intents/{intent}/confirm", ("payment_method", card), ("off_session", "true"))));

        Assert.That(answers.Select(answer => answer.Status), Is.All.AnyOf(200, 409));
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
    }
}
