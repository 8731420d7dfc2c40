using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class WebhookTests
{
    private WebhookEndpoint endpoint = null!;
    private RunningSimulator stripe = null!;

    [SetUp]
    public async Task Start()
    {
        endpoint = await WebhookEndpoint.StartAsync();
        stripe = await RunningSimulator.StartAsync(endpoint.Url);
    }

    [TearDown]
    public async Task Stop()
    {
        await stripe.DisposeAsync();
        await endpoint.DisposeAsync();
    }

    [Test]
    public async Task An_event_arrives_signed_with_a_snapshot()
    {
        var intent = await Pay();

        var (signature, body) = await Next("payment_intent.succeeded");

        var parts = signature.Split(',').Select(part => part.Split('=')).ToDictionary(part => part[0], part => part[1]);
        Assert.That(parts["v1"], Is.EqualTo(Convert.ToHexStringLower(HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(RunningSimulator.WebhookSecret), Encoding.UTF8.GetBytes($"{parts["t"]}.{body.ToJsonString()}")))));
        Assert.That(body["api_version"]!.GetValue<string>(), Is.EqualTo("2026-07-29.dahlia"));
        Assert.That(body["data"]!["object"]!["id"]!.GetValue<string>(), Is.EqualTo(intent));
        Assert.That(body["created"]!.GetValue<long>(), Is.EqualTo(stripe.Clock.Now.ToUnixTimeSeconds()));
        await Poll.UntilAsync(() => stripe.Due.AnythingInFlight(), busy => !busy);
        var listed = await stripe.Get("events?type=payment_intent.*");
        Assert.That(listed.Data.Select(item => item["type"]!.GetValue<string>()),
            Is.EqualTo(new[] { "payment_intent.succeeded", "payment_intent.created" }));
        Assert.That(listed.Data[0]["pending_webhooks"]!.GetValue<long>(), Is.Zero);
    }

    [TestCase(500)]
    [TestCase(302)]
    public async Task What_is_not_taken_is_delivered_again_in_billing_time(int status)
    {
        endpoint.Status = status;
        await Pay();
        var first = await Next("payment_intent.succeeded");
        await Poll.UntilAsync(() => stripe.Due.AnythingInFlight(), busy => !busy);
        Assert.That(stripe.Due.NextDueAt(), Is.EqualTo(stripe.Clock.Now.AddSeconds(10)));

        endpoint.Status = 200;
        stripe.Clock.Advance(TimeSpan.FromSeconds(10));
        await stripe.Due.RunDueAsync();

        Assert.That((await Next("payment_intent.succeeded")).Body["id"]!.GetValue<string>(), Is.EqualTo(first.Body["id"]!.GetValue<string>()));
        Assert.That(stripe.Due.NextDueAt(), Is.GreaterThan(stripe.Clock.Now.AddMinutes(1)), "only the next payout is left");
    }

    [Test]
    public async Task Stripe_gives_up_after_three_days()
    {
        endpoint.Status = 500;
        await Pay();
        var start = stripe.Clock.Now;
        await Poll.UntilAsync(() => stripe.Due.AnythingInFlight(), busy => !busy);

        while (stripe.Due.NextDueAt() is { } next)
        {
            stripe.Clock.Advance(next - stripe.Clock.Now);
            await stripe.Due.RunDueAsync();
        }

        Assert.That(stripe.Clock.Now - start, Is.InRange(TimeSpan.FromDays(2), TimeSpan.FromDays(3)));
        Assert.That(stripe.Ledger.Deliveries().Select(delivery => delivery.State), Is.All.EqualTo("failed"));
    }

    [Test]
    public async Task A_restart_goes_on_with_what_was_not_delivered()
    {
        endpoint.Status = 503;
        await Pay();
        await Poll.UntilAsync(() => stripe.Due.AnythingInFlight(), busy => !busy);
        await stripe.StopAsync();
        endpoint.Status = 200;
        while (!endpoint.IsQuiet)
        {
            await endpoint.NextAsync();
        }

        stripe.Clock.Advance(TimeSpan.FromMinutes(1));
        stripe = await RunningSimulator.StartAsync(endpoint.Url, stripe.Folder, clock: stripe.Clock);

        await Next("payment_intent.succeeded");
    }

    [TestCase("Dropped")]
    [TestCase("Doubled")]
    [TestCase("Delayed")]
    [TestCase("Reordered")]
    public async Task Faults_of_delivery(string kind)
    {
        await stripe.Faults.AddAsync(new("webhooks", kind, "payment_intent.succeeded", "inv_1", 1));
        await Pay();
        await Poll.UntilAsync(() => stripe.Due.AnythingInFlight(), busy => !busy);
        var beforeTime = await Count();
        await stripe.Post("setup_intents", ("payment_method", "pm_card_visa"), ("confirm", "true"), ("payment_method_types[]", "card"));
        await Poll.UntilAsync(() => stripe.Ledger.Deliveries().Count(delivery => delivery.Type == "setup_intent.succeeded" && delivery.State == "done"), done => done == 1);
        await Poll.UntilAsync(() => stripe.Due.AnythingInFlight(), busy => !busy);
        var afterLater = beforeTime + await Count();
        stripe.Clock.Advance(TimeSpan.FromHours(1));
        await stripe.Due.RunDueAsync();
        var inTheEnd = afterLater + await Count();

        Assert.That((beforeTime, afterLater, inTheEnd), Is.EqualTo(kind switch
        {
            "Dropped" => (0, 0, 0),
            "Doubled" => (2, 2, 2),
            "Delayed" => (0, 0, 1),
            _ => (0, 1, 1),
        }));
        Assert.That((await stripe.Get("events?type=payment_intent.succeeded")).Data, Has.Count.EqualTo(1));

        async Task<int> Count()
        {
            var count = 0;
            while (!endpoint.IsQuiet)
            {
                count += (await endpoint.NextAsync()).Body.Contains("\"payment_intent.succeeded\"", StringComparison.Ordinal) ? 1 : 0;
            }

            return count;
        }
    }

    [Test]
    public async Task The_dispute_card_is_disputed_and_lost()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_createDispute");
        await stripe.ConfirmOff(await stripe.Intent(customer), card);
        stripe.Clock.Advance(TimeSpan.FromMinutes(1));
        await Next("charge.dispute.created");
        stripe.Clock.Advance(TimeSpan.FromDays(7));
        await Next("charge.dispute.closed");

        Assert.That((await stripe.Get("disputes")).Data[0]["status"]!.GetValue<string>(), Is.EqualTo("lost"));
    }

    private async Task<string> Pay()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_visa");
        var intent = await stripe.Intent(customer);
        await stripe.ConfirmOff(intent, card);
        return intent;
    }

    private async Task<(string Signature, JsonObject Body)> Next(string type)
    {
        while (true)
        {
            var (signature, text) = await endpoint.NextAsync();
            var body = (JsonObject)JsonNode.Parse(text)!;
            if (body["type"]!.GetValue<string>() == type)
            {
                return (signature, body);
            }
        }
    }
}
