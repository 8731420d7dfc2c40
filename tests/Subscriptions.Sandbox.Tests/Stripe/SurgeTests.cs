using NUnit.Framework;
using Subscriptions.Sandbox.Stripe.Faults;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class SurgeTests
{
    private RunningSimulator stripe = null!;

    [SetUp]
    public async Task Start() => stripe = await RunningSimulator.StartAsync();

    [TearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [Test]
    public async Task A_share_of_the_charges_is_declined_until_the_surge_is_over()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        await stripe.Faults.AddAsync(new("bank", "Declined", Code: "issuer_not_available", SharePercent: 50, ForHours: 2));

        var statuses = new List<int>();
        for (var charge = 0; charge < 40; charge++)
        {
            statuses.Add((await stripe.ConfirmOff(await stripe.Intent(customer), card)).Status);
        }

        Assert.That(statuses.Count(status => status == 402), Is.InRange(8, 32));
        Assert.That(statuses, Is.All.AnyOf(200, 402));

        stripe.Clock.Advance(TimeSpan.FromHours(2));
        Assert.That(stripe.Faults.Active(), Is.Empty);
        Assert.That((await stripe.ConfirmOff(await stripe.Intent(customer), card)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task The_code_is_the_one_that_was_chosen_and_the_same_key_hears_it_again()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);
        await stripe.Faults.AddAsync(new("bank", "Declined", Match: customer, Code: "insufficient_funds", Count: 1));

        var declined = await Confirm("k");
        Assert.That((declined.Status, declined.Error["decline_code"]!.GetValue<string>()), Is.EqualTo((402, "insufficient_funds")));
        Assert.That((await Confirm("k")).Status, Is.EqualTo(402));
        Assert.That((await Confirm("another")).Status, Is.EqualTo(200));

        Task<Answer> Confirm(string key) => stripe.PostWithKey(key, $"payment_intents/{intent}/confirm", ("payment_method", card), ("off_session", "true"));
    }

    [TestCase("Declined", "no_such_code", null, null)]
    [TestCase("Declined", "debit_not_authorized", null, null)]
    [TestCase("Declined", null, 0, null)]
    [TestCase("Declined", null, 101, null)]
    [TestCase("Declined", null, null, 0)]
    [TestCase("RefundPending", "insufficient_funds", null, null)]
    [TestCase("RefundPending", null, 50, null)]
    public void A_surge_that_makes_no_sense_is_refused_with_a_reason(string kind, string? code, int? share, int? hours) =>
        Assert.That(new FaultOrder("bank", kind, Code: code, SharePercent: share, ForHours: hours).Refusal(), Is.Not.Null.And.Not.Empty);
}
