using System.Net.Http.Headers;
using System.Text;
using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class WireTests
{
    private RunningSimulator stripe = null!;

    [OneTimeSetUp]
    public async Task Start() => stripe = await RunningSimulator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [TestCase(null, 401)]
    [TestCase("Bearer sk_test_wrong", 401)]
    [TestCase("Digest x", 401)]
    [TestCase("Basic !!!", 401)]
    [TestCase("Bearer sk_test_simulator", 200)]
    [TestCase("Basic c2tfdGVzdF9zaW11bGF0b3I6", 200)]
    public async Task Only_the_secret_key_opens_the_api(string? authorization, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/stripe/v1/customers");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        request.Headers.Add("Stripe-Version", "2026-07-29.dahlia");
        using var response = await stripe.Http.SendAsync(request);
        var answer = await Answer.OfAsync(response);

        Assert.That(answer.Status, Is.EqualTo(status));
        Assert.That(answer.Headers["Stripe-Version"], Is.EqualTo("2026-07-29.dahlia"));
        Assert.That(answer.Headers["Request-Id"], Does.StartWith("req_"));
        Assert.That(answer.Body.ContainsKey("error"), Is.EqualTo(status != 200));
    }

    [TestCase("amount=abc&currency=gbp", "parameter_invalid_integer", "amount")]
    [TestCase("amount=-1&currency=gbp", "parameter_invalid_integer", "amount")]
    [TestCase("amount=0&currency=gbp", "parameter_invalid_integer", "amount")]
    [TestCase("amount=99999999999999999999999&currency=gbp", "parameter_invalid_integer", "amount")]
    [TestCase("amount=100000000&currency=gbp", "amount_too_large", "amount")]
    [TestCase("amount=29&currency=gbp", "amount_too_small", "amount")]
    [TestCase("amount=&currency=gbp", "parameter_invalid_empty", "amount")]
    [TestCase("currency=gbp", "parameter_missing", "amount")]
    [TestCase("amount=500", "parameter_missing", "currency")]
    [TestCase("amount=500&currency=zzz", null, "currency")]
    [TestCase("amount=500&currency=gbp&colour=red", "parameter_unknown", "colour")]
    [TestCase("amount=500&currency=gbp&customer=cus_none", "resource_missing", "customer")]
    [TestCase("amount[x]=500&currency=gbp", null, "amount")]
    [TestCase("amount=500&currency=gbp&metadata=x", null, "metadata")]
    [TestCase("amount=500&currency=gbp&payment_method_types[]=shells", null, "payment_method_types")]
    [TestCase("amount=500&currency=gbp&confirm=maybe", null, "confirm")]
    [TestCase("amount=500&currency=gbp&off_session=true", null, "off_session")]
    [TestCase("amount=500&currency=gbp&expand[]=nothing", null, "expand")]
    public async Task Bad_parameters_are_refused_by_name_and_make_nothing(string form, string? code, string param)
    {
        var answer = await RawPost("payment_intents", form, "application/x-www-form-urlencoded");

        Assert.That(answer.Status, Is.EqualTo(400), answer.Body.ToJsonString());
        Assert.That(answer.Error["type"]!.GetValue<string>(), Is.EqualTo("invalid_request_error"));
        Assert.That(answer.ErrorCode, Is.EqualTo(code));
        Assert.That(answer.Error["param"]!.GetValue<string>(), Is.EqualTo(param));
        Assert.That((await stripe.Get("payment_intents")).Data, Is.Empty);
    }

    [TestCase("{\"amount\":500}", "application/json", 400)]
    [TestCase("a[b=1&[]=2&]=3&a[[]]=4&%zz=5&=6&%00=7&a[][][][][][][][]=8", "application/x-www-form-urlencoded", 400)]
    public async Task Bodies_that_are_no_form_are_refused(string body, string type, int status) =>
        Assert.That((await RawPost("customers", body, type)).Status, Is.EqualTo(status));

    [Test]
    public async Task An_oversized_body_is_refused() =>
        Assert.That((await RawPost("customers", "name=" + new string('x', 300_000), "application/x-www-form-urlencoded")).Status, Is.EqualTo(413));

    [Test]
    public async Task Unknown_routes_and_ids_are_404()
    {
        var route = await stripe.Get("subscriptions");
        var id = await stripe.Get("payment_intents/pi_none");

        Assert.That((route.Status, id.Status), Is.EqualTo((404, 404)));
        Assert.That(route.Error["message"]!.GetValue<string>(), Does.Contain("Unrecognized request URL (GET: /v1/subscriptions)"));
        Assert.That(id.ErrorCode, Is.EqualTo("resource_missing"));
        Assert.That(id.Error["message"]!.GetValue<string>(), Is.EqualTo("No such payment_intent: 'pi_none'"));
    }

    [Test]
    public async Task Lists_page_newest_first_in_both_directions()
    {
        var customer = await stripe.Ledger.PutCustomerAsync("paging", "p@example.test", "P");
        var card = await stripe.Ledger.PutCardAsync("paging", customer, "pm_card_visa");
        var start = stripe.Clock.Now.AddDays(-100);
        var ids = (await stripe.Ledger.PutPastAsync([.. Enumerable.Range(0, 25).Select(day => new Sandbox.Stripe.PastPayment(
            $"paging-{day}", customer, card, 500, "gbp", new Dictionary<string, string> { ["invoice"] = $"inv_{day}" }, start.AddDays(day))
            { SucceededAt = start.AddDays(day) })])).Reverse().ToList();

        var first = await stripe.Get($"payment_intents?customer={customer}");
        var second = await stripe.Get($"payment_intents?customer={customer}&limit=20&starting_after={ids[9]}");
        var back = await stripe.Get($"payment_intents?customer={customer}&limit=3&ending_before={ids[9]}");
        var ranged = await stripe.Get($"payment_intents?customer={customer}&created[gte]={start.ToUnixTimeSeconds()}&created[lt]={start.AddDays(2).ToUnixTimeSeconds()}");

        Assert.That(Ids(first), Is.EqualTo(ids.Take(10)));
        Assert.That(first.Body["has_more"]!.GetValue<bool>(), Is.True);
        Assert.That(Ids(second), Is.EqualTo(ids.Skip(10)));
        Assert.That(second.Body["has_more"]!.GetValue<bool>(), Is.False);
        Assert.That(Ids(back), Is.EqualTo(ids.Skip(6).Take(3)));
        Assert.That(Ids(ranged), Is.EqualTo(ids.TakeLast(2)));
        Assert.That((await stripe.Get("payment_intents?limit=101")).Error["param"]!.GetValue<string>(), Is.EqualTo("limit"));
        Assert.That((await stripe.Get("payment_intents?starting_after=pi_none")).ErrorCode, Is.EqualTo("resource_missing"));
        await stripe.Ledger.ResetAsync();
    }

    [Test]
    public async Task A_refund_never_exceeds_what_was_taken()
    {
        await using var own = await RunningSimulator.StartAsync();
        var (customer, card) = await own.CustomerWith("pm_card_refundFail");
        var intent = await own.Intent(customer, "1000");
        Assert.That((await own.Post("refunds", ("payment_intent", intent))).Status, Is.EqualTo(400));
        await own.ConfirmOff(intent, card);

        var part = await own.Post("refunds", ("payment_intent", intent), ("amount", "400"));
        var tooMuch = await own.Post("refunds", ("payment_intent", intent), ("amount", "601"));
        var rest = await own.Post("refunds", ("payment_intent", intent));
        var nothing = await own.Post("refunds", ("payment_intent", intent));

        Assert.That((part.Status, tooMuch.Status, rest.Body["amount"]!.GetValue<long>()), Is.EqualTo((200, 400, 600L)));
        Assert.That(nothing.ErrorCode, Is.EqualTo("charge_already_refunded"));

        own.Clock.Advance(TimeSpan.FromHours(1));
        await own.Due.RunDueAsync();
        Assert.That((await own.Get($"refunds/{part.Text("id")}")).Text("status"), Is.EqualTo("failed"));
        Assert.That((await own.Get($"charges?payment_intent={intent}")).Data[0]["amount_refunded"]!.GetValue<long>(), Is.Zero);
    }

    [Test]
    public async Task A_customer_can_be_changed_and_deleted()
    {
        await using var own = await RunningSimulator.StartAsync();
        var (customer, card) = await own.CustomerWith("pm_card_mastercard");

        var changed = await own.Post($"customers/{customer}", ("name", "Ada"), ("metadata[reader]", "r1"));
        await own.SendAsync(HttpMethod.Delete, $"customers/{customer}", []);

        Assert.That(changed.Text("name"), Is.EqualTo("Ada"));
        Assert.That((await own.Get($"customers/{customer}")).Body["deleted"]!.GetValue<bool>(), Is.True);
        Assert.That((await own.Get($"payment_methods/{card}")).Body["customer"], Is.Null);
        Assert.That((await own.Post("payment_intents", ("customer", customer), ("amount", "500"), ("currency", "gbp"))).ErrorCode,
            Is.EqualTo("resource_missing"));
        Assert.That((await own.Post($"payment_methods/{card}/attach", ("customer", await own.Customer()))).Status, Is.EqualTo(400));
    }

    private static IEnumerable<string> Ids(Answer list) => list.Data.Select(item => item["id"]!.GetValue<string>());

    private async Task<Answer> RawPost(string path, string body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/stripe/v1/" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningSimulator.Key);
        request.Content = new StringContent(body, Encoding.UTF8, type);
        using var response = await stripe.Http.SendAsync(request);
        return await Answer.OfAsync(response);
    }
}
