using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Tests.Stripe;

public sealed class PayersTests
{
    private RunningSimulator stripe = null!;
    private StripePayers payers = null!;
    private string customer = null!;
    private string card = null!;

    [SetUp]
    public async Task Start()
    {
        stripe = await RunningSimulator.StartAsync();
        payers = stripe.Services.GetRequiredService<StripePayers>();
        (customer, card) = await stripe.CustomerWith("pm_card_visa");
        await stripe.Post("customers/" + customer, ("invoice_settings[default_payment_method]", card));
    }

    [TearDown]
    public async Task Stop() => await stripe.DisposeAsync();

    [Test]
    public async Task A_deleted_customer_is_only_remembered_as_deleted()
    {
        var intent = await stripe.Intent(customer);

        Assert.That(await payers.DeleteAsync(customer), Is.Null);

        Assert.That((await stripe.Get("customers/" + customer)).Body["deleted"]!.GetValue<bool>(), Is.True);
        Assert.That((await stripe.Post("payment_intents", ("customer", customer), ("amount", "100"), ("currency", "gbp"))).ErrorCode, Is.EqualTo("resource_missing"));
        Assert.That((await stripe.Post("payment_methods/pm_card_visa/attach", ("customer", customer))).ErrorCode, Is.EqualTo("resource_missing"));
        Assert.That((await stripe.ConfirmOff(intent, card)).Status, Is.EqualTo(400), "its card can never be charged again");
        Assert.That(await EventTypes(), Is.SupersetOf(new[] { "payment_method.detached", "customer.deleted" }));
        Assert.That(await payers.DeleteAsync(customer), Is.Not.Null);
        Assert.That(payers.Find(customer), Has.Property(nameof(Payer.IsDeleted)).True);
    }

    [Test]
    public async Task A_detached_method_is_no_default_any_more()
    {
        Assert.That(await payers.DetachAsync(card), Is.Null);

        Assert.That((await stripe.Get("customers/" + customer)).Body["invoice_settings"]!["default_payment_method"], Is.Null);
        Assert.That((await EventTypes())[..2], Is.EqualTo(new[] { "customer.updated", "payment_method.detached" }));
        Assert.That(payers.Find(customer)!.Methods, Is.Empty);
        Assert.That(await payers.DetachAsync(card), Is.Not.Null);
    }

    [Test]
    public async Task Another_default_is_told_with_what_it_was_before()
    {
        Assert.That(await payers.MakeDefaultAsync(customer, "pm_card_mastercard"), Is.Null);

        var told = (await stripe.Get("events?type=customer.updated")).Data[0];
        Assert.That(told["data"]!["previous_attributes"]!["invoice_settings"]!["default_payment_method"]!.GetValue<string>(), Is.EqualTo(card));
        Assert.That(payers.Find(customer)!.Methods.Single(method => method.IsDefault).Words, Does.StartWith("Mastercard ending 4444"));
        Assert.That(await payers.MakeDefaultAsync(customer, "pm_nobodys"), Is.Not.Null);
    }

    [Test]
    public async Task A_mandate_ends_and_nothing_more_can_be_collected_with_it()
    {
        var debit = (await stripe.Post("payment_methods/pm_bacsDebit_success/attach", ("customer", customer))).Text("id");
        Assert.That(await payers.EndMandateAsync(card, deceased: false), Is.Not.Null, "a card has none");

        Assert.That(await payers.EndMandateAsync(debit, deceased: true), Is.Null);

        var mandate = (await stripe.Get("events?type=mandate.updated")).Data[0]["data"]!["object"]!;
        Assert.That((mandate["status"]!.GetValue<string>(), mandate["payment_method_details"]!["bacs_debit"]!["revocation_reason"]!.GetValue<string>()),
            Is.EqualTo(("inactive", "payer_deceased")));
        Assert.That(payers.Find(customer)!.Methods.Single(method => method.Id == debit).HasMandate, Is.False);
    }

    [Test]
    public async Task PayPal_can_ask_its_holder_at_every_payment()
    {
        var account = (await stripe.Post("payment_methods/pm_paypal_asksEachTime/attach", ("customer", customer))).Text("id");
        var intent = (await stripe.Post("payment_intents", ("customer", customer), ("amount", "1200"), ("currency", "gbp"), ("payment_method_types[]", "paypal"))).Text("id");

        Assert.That((await stripe.ConfirmOff(intent, account)).ErrorCode, Is.EqualTo("authentication_required"));
        var asked = await stripe.Post($"payment_intents/{intent}/confirm", ("payment_method", account), ("return_url", "http://localhost/back"));
        Assert.That(asked.Text("status"), Is.EqualTo("requires_action"));
        using var agreed = await stripe.Http.PostAsync(new Uri(asked.Body["next_action"]!["redirect_to_url"]!["url"]!.GetValue<string>()),
            new FormUrlEncodedContent([KeyValuePair.Create("outcome", "complete")]));
        Assert.That((await stripe.Get("payment_intents/" + intent)).Text("status"), Is.EqualTo("succeeded"));
    }

    [Test]
    public async Task Payers_are_found_by_a_part_of_their_address()
    {
        await stripe.Post("customers", ("email", "nell.ashdown@harrowmere.example"), ("name", "Nell Ashdown"));

        Assert.That(payers.List("ASHDOWN", 0, 10).Select(payer => payer.Name), Is.EqualTo(new[] { "Nell Ashdown" }));
        Assert.That(payers.List(null, 0, 10), Has.Count.EqualTo(2));
        Assert.That(payers.List("nobody", 0, 10), Is.Empty);
    }

    private async Task<string[]> EventTypes() => [.. (await stripe.Get("events?limit=100")).Data.Select(told => told["type"]!.GetValue<string>())];
}
