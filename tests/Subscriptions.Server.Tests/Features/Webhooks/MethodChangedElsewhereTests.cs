using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Webhooks;

/// <summary>Cards that change at the bank or at the gateway, without the reader's coming here.</summary>
internal sealed class MethodChangedElsewhereTests
{
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_new_card_from_the_bank_pays_the_open_invoice_under_the_same_token_at_once_and_once()
    {
        var (reader, subscription) = await PastDueAsync("renewed@example.com");
        var method = await MethodAsync(reader);

        Assert.That(await server.Service.Stripe.RenewCardAsync(method.Id, "pm_card_visa"), Is.Null);
        await server.Service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        var told = await server.Service.EventuallyAsync(async () =>
        {
            await using var look = server.OpenDatabase();
            return await look.WebhookEvents.AsNoTracking().FirstOrDefaultAsync(e => e.ObjectId == method.Id && e.Type == "payment_method.automatically_updated" && e.State == WebhookState.Done);
        });
        (await server.PostAsync($"/api/webhook-events/{told.Id}/replay")).Dispose();
        await server.Service.SettledAsync();

        await using var db = server.OpenDatabase();
        Assert.That((await MethodAsync(reader)).Last4, Is.EqualTo("4242"));
        Assert.That(await db.PaymentAttempts.CountAsync(a => a.PaymentMethodId == method.Id && a.State == AttemptState.Succeeded), Is.EqualTo(1));
        Assert.That(await db.Events.CountAsync(e => e.SubscriptionId == subscription && e.Type == "PaymentMethodRenewed"), Is.EqualTo(1));
        var timeline = await server.GetAsync($"/api/subscriptions/{subscription}/timeline?limit=100");
        Assert.That(timeline.ToString(), Does.Contain("The bank issued another card behind payment method"));
    }

    [Test]
    public async Task A_card_refused_for_good_is_tried_again_only_with_another_number()
    {
        var (reader, _) = await PastDueAsync("forgood@example.com");
        var method = await MethodAsync(reader);
        await using var db = server.OpenDatabase();
        await db.PaymentMethods.Where(m => m.Id == method.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.RefusedForGoodAt, server.Service.Clock.Now));
        var tries = await db.PaymentAttempts.CountAsync(a => a.PaymentMethodId == method.Id);

        await server.Service.Stripe.RenewCardAsync(method.Id, null);
        var later = await server.Service.EventuallyAsync(async () => await MethodAsync(reader) is var seen && seen.ExpiryYear > method.ExpiryYear ? seen : null);
        await server.Service.SettledAsync();
        var meanwhile = await db.PaymentAttempts.CountAsync(a => a.PaymentMethodId == method.Id);
        await server.Service.Stripe.RenewCardAsync(method.Id, "pm_card_mastercard");
        await server.Service.SubscriptionInAsync(reader, nameof(Subscription.Active));

        Assert.That(later.RefusedForGoodAt, Is.Not.Null, "another date leaves the refusal of the number");
        Assert.That(meanwhile, Is.EqualTo(tries));
        Assert.That((await MethodAsync(reader)).RefusedForGoodAt, Is.Null);
    }

    [Test]
    public async Task A_new_default_at_the_gateway_is_charged_and_the_same_card_is_no_news()
    {
        var (reader, subscription) = await PastDueAsync("default@example.com");
        await using var db = server.OpenDatabase();
        var payer = await db.Readers.Where(r => r.Id == reader).Select(r => r.GatewayCustomerId).SingleAsync();
        var card = await StripeAsync($"/v1/payment_methods/pm_card_visa/attach", ("customer", payer!));

        await StripeAsync($"/v1/customers/{payer}", ("invoice_settings[default_payment_method]", card));
        await server.Service.SubscriptionInAsync(reader, nameof(Subscription.Active));
        var copy = await StripeAsync($"/v1/payment_methods/pm_card_visa/attach", ("customer", payer!));
        await StripeAsync($"/v1/customers/{payer}", ("invoice_settings[default_payment_method]", copy));
        await StripeAsync($"/v1/customers/{payer}", ("description", "a note"));
        await server.Service.EventuallyAsync(async () => await db.WebhookEvents.CountAsync(e => e.ObjectId == payer && e.Type == "customer.updated" && e.State == WebhookState.Done) == 3 ? this : null);

        Assert.That(await db.Events.CountAsync(e => e.SubscriptionId == subscription && e.Type == "PaymentMethodChanged"), Is.EqualTo(1));
        Assert.That(await db.PaymentAttempts.CountAsync(a => a.PaymentMethodId == card && a.State == AttemptState.Succeeded), Is.EqualTo(1));
    }

    [Test]
    public async Task A_method_taken_away_at_the_gateway_becomes_a_task_and_is_not_charged_any_more()
    {
        var (reader, browser) = await server.Service.NewSignedInReaderAsync();
        using var _ = browser;
        var subscription = await server.ActiveAsync(reader);
        var method = await MethodAsync(reader);

        await StripeAsync($"/v1/payment_methods/{method.Id}/detach");
        await server.Service.EventuallyAsync(async () => (await MethodAsync(reader)).DetachedAt is null ? null : this);
        var account = await browser.GetAsync("/my-account");
        server.Service.Clock.Advance(TimeSpan.FromDays(32));
        await server.Service.SubscriptionInAsync(reader, nameof(Subscription.PastDue));

        await using var db = server.OpenDatabase();
        Assert.That(account.MainText, Does.Contain("Your payment details are no longer usable"));
        Assert.That(await db.StaffTasks.AnyAsync(t => t.Kind == "method-gone" && t.SubscriptionId == subscription), Is.True);
        Assert.That((await db.Mails.SingleAsync(m => m.Kind == MailKind.MethodGone)).SubscriptionId, Is.EqualTo(subscription), "one mail asks her for another");
        Assert.That(await db.PaymentAttempts.CountAsync(a => a.PaymentMethodId == method.Id), Is.EqualTo(1), "the renewal was never tried with it");
    }

    private async Task<(ReaderId Reader, SubscriptionId Subscription)> PastDueAsync(string email)
    {
        var reader = await server.ReaderAsync(email, "Rita Reader");
        return (reader, await server.PastDueAsync(reader));
    }

    private async Task<PaymentMethodRow> MethodAsync(ReaderId reader)
    {
        await using var db = server.OpenDatabase();
        return await db.PaymentMethods.AsNoTracking().Where(m => m.ReaderId == reader).OrderBy(m => m.AddedAt).FirstAsync();
    }

    private async Task<string> StripeAsync(string path, params (string Name, string Value)[] form)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Service.StripeAddress + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sk_test_simulator");
        request.Content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        using var answer = await http.SendAsync(request);
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
        return (await ApiCaller.JsonAsync(answer)).GetProperty("id").GetString()!;
    }
}
