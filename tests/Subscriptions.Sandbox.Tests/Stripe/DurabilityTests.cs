using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class DurabilityTests
{
    [Test]
    public async Task What_was_answered_is_there_after_a_restart_keys_included()
    {
        var stripe = await RunningSimulator.StartAsync();
        try
        {
            var (customer, card) = await stripe.CustomerWith("pm_card_visa");
            var intent = await stripe.Intent(customer);
            (string, string)[] form = [("payment_method", card), ("off_session", "true")];
            var paid = await stripe.PostWithKey("k", $"payment_intents/{intent}/confirm", form);

            await stripe.StopAsync();
            stripe = await RunningSimulator.StartAsync(folder: stripe.Folder);

            var again = await stripe.PostWithKey("k", $"payment_intents/{intent}/confirm", form);
            Assert.That(again.Body.ToJsonString(), Is.EqualTo(paid.Body.ToJsonString()));
            Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(1));
            Assert.That(await stripe.Customer(), Is.Not.EqualTo(customer));
        }
        finally
        {
            await stripe.DisposeAsync();
        }
    }

    [Test]
    public async Task The_past_can_be_put_twice_and_stands_once()
    {
        await using var stripe = await RunningSimulator.StartAsync();
        var customer = await stripe.Ledger.PutCustomerAsync("past", "p@example.test", "P");
        var card = await stripe.Ledger.PutCardAsync("past", customer, "pm_card_visa_chargeDeclinedLostCard", new("lost_card"));
        var then = stripe.Clock.Now.AddMonths(-2);
        Sandbox.Stripe.PastPayment past = new("past-1", customer, card, 1200, "gbp",
            new Dictionary<string, string> { ["subscription"] = "sub_1", ["invoice"] = "inv_1" }, then)
        {
            Declines = [new(then, "insufficient_funds")],
            SucceededAt = then.AddDays(1),
        };

        var first = await stripe.Ledger.PutPastAsync([past]);
        var second = await stripe.Ledger.PutPastAsync([past]);

        Assert.That(second, Is.EqualTo(first));
        var intent = await stripe.Get($"payment_intents/{first[0]}?expand[]=latest_charge");
        Assert.That(intent.Text("status"), Is.EqualTo("succeeded"));
        Assert.That(intent.Body["created"]!.GetValue<long>(), Is.EqualTo(then.ToUnixTimeSeconds()));
        Assert.That(intent.Body["latest_charge"]!["paid"]!.GetValue<bool>(), Is.True);
        Assert.That(await stripe.ChargesOf(first[0]), Is.EqualTo(2));
        Assert.That((await stripe.ConfirmOff(await stripe.Intent(customer), card)).Error["advice_code"]!.GetValue<string>(), Is.EqualTo("do_not_try_again"));
    }

    [Test]
    public async Task Hundreds_of_payments_pass_in_seconds()
    {
        await using var stripe = await RunningSimulator.StartAsync();
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await Parallel.ForAsync(0, 300, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = deadline.Token }, async (_, _) =>
            Assert.That((await stripe.ConfirmOff(await stripe.Intent(customer), card)).Status, Is.EqualTo(200)));

        Assert.That(deadline.IsCancellationRequested, Is.False);
    }
}
