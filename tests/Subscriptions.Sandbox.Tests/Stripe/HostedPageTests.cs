using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using NUnit.Framework;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class HostedPageTests
{
    private RunningSimulator stripe = null!;

    [OneTimeSetUp]
    public async Task Start() => stripe = await RunningSimulator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [Test]
    public async Task A_typed_card_is_saved_and_leads_to_the_success_address()
    {
        var (customer, session) = await Session();

        var page = await Fetch(session.Text("url"));
        var (status, location, _) = await Submit(session.Text("url"),
            ("card", "4242 4242 4242 4242"), ("exp", "12/34"), ("cvc", "123"), ("name", "Ada"), ("test_card", ""));

        Assert.That(page.QuerySelector("#submit"), Is.Not.Null);
        Assert.That(page.QuerySelectorAll("input[name=test_card]"), Has.Length.GreaterThan(10));
        Assert.That((status, location), Is.EqualTo((303, $"http://localhost/done?session={session.Text("id")}")));
        var after = await stripe.Get($"checkout/sessions/{session.Text("id")}?expand[]=setup_intent.payment_method");
        Assert.That(after.Text("status"), Is.EqualTo("complete"));
        Assert.That(after.Body["setup_intent"]!["payment_method"]!["card"]!["last4"]!.GetValue<string>(), Is.EqualTo("4242"));
        Assert.That(after.Body["setup_intent"]!["payment_method"]!["customer"]!.GetValue<string>(), Is.EqualTo(customer));
        Assert.That((await Fetch(session.Text("url"))).QuerySelector("#continue")!.GetAttribute("href"), Is.EqualTo(location));
        var again = await Submit(session.Text("url"), ("test_card", "4242424242424242"));
        Assert.That(again.Status, Is.EqualTo(200));
        Assert.That(again.Page!.QuerySelector("#status")!.TextContent, Does.Contain("completed already"));
        Assert.That((await stripe.Get($"payment_methods?customer={customer}&type=card")).Data, Has.Count.EqualTo(1));
    }

    [TestCase("4000000000009995", "Your card has insufficient funds.")]
    [TestCase("4000000000000069", "Your card has expired.")]
    [TestCase("4242424242424241", "Your card number is invalid.")]
    [TestCase("4111111111111111", "test cards only")]
    public async Task A_refused_card_says_so_on_the_page_and_leaves_the_session_open(string number, string message)
    {
        var (customer, session) = await Session();

        var (status, _, page) = await Submit(session.Text("url"), ("card", number), ("exp", "12/34"), ("cvc", "123"));

        Assert.That(status, Is.EqualTo(200));
        Assert.That(page!.QuerySelector("#error")!.TextContent, Does.Contain(message));
        Assert.That((await stripe.Get($"checkout/sessions/{session.Text("id")}")).Text("status"), Is.EqualTo("open"));
        Assert.That((await stripe.Get($"payment_methods?customer={customer}")).Data, Is.Empty);
        Assert.That((await Submit(session.Text("url"), ("test_card", "4000000000000341"))).Status, Is.EqualTo(303));
    }

    [Test]
    public async Task Missing_and_absurd_fields_are_named()
    {
        var (_, session) = await Session();

        var (_, _, page) = await Submit(session.Text("url"), ("card", "4242<script>"), ("exp", "13/20"), ("cvc", "x"), ("name", new string('n', 101)));

        Assert.That(page!.QuerySelectorAll("[aria-invalid]").Select(field => field.Id), Is.EqualTo(new[] { "card", "exp", "cvc", "name" }));
        Assert.That(page.QuerySelectorAll("script"), Is.Empty);
        Assert.That((await Submit(session.Text("url"), ("card", "4242424242424242"), ("exp", "01/20"), ("cvc", "123"))).Page!
            .QuerySelector("#exp-error")!.TextContent, Does.Contain("past"));
    }

    [TestCase("complete", "complete")]
    [TestCase("fail", "open")]
    public async Task A_card_that_wants_3ds_is_challenged_before_it_is_saved(string outcome, string sessionStatus)
    {
        var (_, session) = await Session();

        var (_, challenge, _) = await Submit(session.Text("url"), ("test_card", "4000002500003155"));
        Assert.That(challenge, Does.Contain("/stripe/pay/challenge/seti_"));
        var (status, location, _) = await Submit(challenge!, ("outcome", outcome));

        Assert.That(status, Is.EqualTo(303));
        Assert.That((await stripe.Get($"checkout/sessions/{session.Text("id")}")).Text("status"), Is.EqualTo(sessionStatus));
        Assert.That(location, sessionStatus == "open" ? Is.EqualTo(session.Text("url")) : Does.StartWith("http://localhost/done"));
        if (sessionStatus == "open")
        {
            Assert.That((await Fetch(location!)).QuerySelector("#error")!.TextContent, Does.Contain("unable to authenticate"));
        }
    }

    [Test]
    public async Task A_card_set_up_with_3ds_is_charged_off_session_without_it()
    {
        var (customer, session) = await Session();
        var (_, challenge, _) = await Submit(session.Text("url"), ("test_card", "4000002500003155"));
        await Submit(challenge!, ("outcome", "complete"));
        var setUp = (await stripe.Get($"payment_methods?customer={customer}")).Data[0]["id"]!.GetValue<string>();
        var (other, attachedOnly) = await stripe.CustomerWith("pm_card_authenticationRequiredOnSetup");

        Assert.That((await stripe.ConfirmOff(await stripe.Intent(customer), setUp)).Status, Is.EqualTo(200));
        Assert.That((await stripe.ConfirmOff(await stripe.Intent(other), attachedOnly)).ErrorCode, Is.EqualTo("authentication_required"));
    }

    [Test]
    public async Task Sessions_expire_by_wish_and_by_time()
    {
        await using var own = await RunningSimulator.StartAsync();
        var (_, asked) = await Session(own);
        var (_, left) = await Session(own);

        await own.Post($"checkout/sessions/{asked.Text("id")}/expire");
        own.Clock.Advance(TimeSpan.FromHours(25));
        await own.Due.RunDueAsync();

        Assert.That((await own.Get($"checkout/sessions/{left.Text("id")}")).Text("status"), Is.EqualTo("expired"));
        Assert.That((await own.Post($"checkout/sessions/{asked.Text("id")}/expire")).Status, Is.EqualTo(400));
        var page = await Fetch(asked.Text("url"), own);
        Assert.That(page.QuerySelector("h1")!.TextContent, Does.Contain("expired"));
    }

    [Test]
    public async Task Off_session_authentication_is_refused_and_on_session_it_is_a_redirect()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_authenticationRequired");
        var intent = await stripe.Intent(customer);

        var off = await stripe.ConfirmOff(intent, card);
        var on = await stripe.Post($"payment_intents/{intent}/confirm", ("payment_method", card), ("return_url", "http://localhost/back?a=1#top"));

        Assert.That((off.Status, off.ErrorCode), Is.EqualTo((402, "authentication_required")));
        Assert.That(on.Text("status"), Is.EqualTo("requires_action"));
        Assert.That(on.Body["next_action"]!["type"]!.GetValue<string>(), Is.EqualTo("redirect_to_url"));
        var url = on.Body["next_action"]!["redirect_to_url"]!["url"]!.GetValue<string>();
        Assert.That((await Fetch(url)).QuerySelector("#purpose")!.TextContent, Does.Contain("12.00 GBP"));
        var (_, location, _) = await Submit(url, ("outcome", "complete"));
        Assert.That(location, Does.StartWith($"http://localhost/back?a=1&payment_intent={intent}&payment_intent_client_secret={intent}_secret_"));
        Assert.That(location, Does.EndWith("&redirect_status=succeeded#top"));
        Assert.That((await stripe.Get($"payment_intents/{intent}")).Text("status"), Is.EqualTo("succeeded"));
        Assert.That((await Submit(url, ("outcome", "complete"))).Page!.QuerySelector("#continue"), Is.Not.Null);
        Assert.That(await stripe.ChargesOf(intent), Is.EqualTo(2));
    }

    [Test]
    public async Task A_failed_challenge_leaves_the_payment_open_and_an_abandoned_one_can_be_replaced()
    {
        var (customer, card) = await stripe.CustomerWith("pm_card_authenticationRequired");
        var intent = await stripe.Intent(customer);
        var abandoned = await Challenge();
        var current = await Challenge();

        var stale = await Submit(abandoned, ("outcome", "complete"));
        var (_, location, _) = await Submit(current, ("outcome", "fail"));

        Assert.That(stale.Status, Is.EqualTo(200));
        Assert.That(location, Does.EndWith("redirect_status=failed"));
        var after = await stripe.Get($"payment_intents/{intent}");
        Assert.That(after.Text("status"), Is.EqualTo("requires_payment_method"));
        Assert.That(after.Body["last_payment_error"]!["code"]!.GetValue<string>(), Is.EqualTo("payment_intent_authentication_failure"));
        Assert.That(await stripe.ChargesOf(intent), Is.Zero);

        async Task<string> Challenge() => (await stripe.Post($"payment_intents/{intent}/confirm", ("payment_method", card),
            ("return_url", "http://localhost/back"))).Body["next_action"]!["redirect_to_url"]!["url"]!.GetValue<string>();
    }

    private async Task<(string Customer, Answer Session)> Session(RunningSimulator? of = null)
    {
        of ??= stripe;
        var customer = await of.Customer();
        var session = await of.Post("checkout/sessions", ("mode", "setup"), ("customer", customer), ("currency", "gbp"),
            ("payment_method_types[]", "card"), ("success_url", "http://localhost/done?session={CHECKOUT_SESSION_ID}"),
            ("cancel_url", "http://localhost/cancel"), ("metadata[subscription]", "sub_1"));
        Assert.That(session.Status, Is.EqualTo(200), session.Body.ToJsonString());
        return (customer, session);
    }

    private async Task<IHtmlDocument> Fetch(string url, RunningSimulator? of = null) =>
        new HtmlParser().ParseDocument(await (of ?? stripe).Http.GetStringAsync(new Uri(url)));

    private async Task<(int Status, string? Location, IHtmlDocument? Page)> Submit(string url, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await stripe.Http.PostAsync(new Uri(url), content);
        return ((int)response.StatusCode, response.Headers.Location?.OriginalString,
            new HtmlParser().ParseDocument(await response.Content.ReadAsStringAsync()));
    }
}
