using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Subscriptions.Data.Rows;
using Subscriptions.Domain.Invoices;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Tests.Features.Api;

namespace Subscriptions.Server.Tests.Features.Webhooks;

/// <summary>The inbox of webhooks: kept, found, looked at again, and complete although some never came.</summary>
internal sealed class WebhookInboxTests
{
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_webhook_is_kept_with_ids_only_and_found_by_each_of_them()
    {
        var reader = await server.ReaderAsync("kept@example.com", "Kay Kept");
        var subscription = await server.ActiveAsync(reader);
        server.Service.Clock.Advance(TimeSpan.FromMinutes(2));
        await using var db = server.OpenDatabase();
        var payment = await db.Invoices.Where(i => i.SubscriptionId == subscription).Select(i => i.PaymentIntentId).SingleAsync();
        var kept = await server.Service.EventuallyAsync(async () => await db.WebhookEvents.AsNoTracking()
            .FirstOrDefaultAsync(e => e.PaymentIntentId == payment && e.Type == "payment_intent.succeeded" && e.State == WebhookState.Done));

        foreach (var query in (string[])[kept.Id, kept.Id[..20], payment!, kept.CustomerId!, subscription.Value])
        {
            var found = await server.GetAsync($"/api/webhook-events?query={query}&type=payment_intent.&state=done&limit=100");
            Assert.That(found.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetString()), Does.Contain(kept.Id), query);
        }

        var none = await server.GetAsync("/api/webhook-events?day=2001-01-01");
        Assert.That(none.GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That(kept.Result, Does.Not.Contain("Kay").And.Not.Contain("example.com"));
    }

    [TestCase("state=odd")]
    [TestCase("day=tomorrow")]
    [TestCase("state=1")]
    [TestCase("query=a&query=b")]
    public async Task A_search_that_cannot_be_used_says_so(string query)
    {
        using var answer = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/webhook-events?{query}", UriKind.Relative)));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task A_poisoned_event_is_parked_after_bounded_tries_holds_nobody_up_and_is_processed_again_once_mended()
    {
        var reader = await server.ReaderAsync("poison@example.com", "Pia Poison");
        var subscription = await server.ActiveAsync(reader);
        await server.Service.SettledAsync();
        await using var db = server.OpenDatabase();
        var invoice = await db.Invoices.SingleAsync(i => i.SubscriptionId == subscription);
        var lines = invoice.Lines;
        var poisoned = await server.Service.EventuallyAsync(async () => await db.WebhookEvents.AsNoTracking()
            .FirstOrDefaultAsync(e => e.PaymentIntentId == invoice.PaymentIntentId && e.Type == "payment_intent.succeeded" && e.State == WebhookState.Done));
        await db.Invoices.Where(i => i.Id == invoice.Id).ExecuteUpdateAsync(set => set.SetProperty(i => i.Lines, "not JSON"));
        (await server.PostAsync($"/api/webhook-events/{poisoned.Id}/replay")).Dispose();

        var parked = await EventuallyAsync(poisoned.Id, WebhookState.Parked, minutes: 60);
        var other = await server.ActiveAsync(await server.ReaderAsync("healthy@example.com", "Hal Healthy"));
        await db.Invoices.Where(i => i.Id == invoice.Id).ExecuteUpdateAsync(set => set.SetProperty(i => i.Lines, lines));
        using var again = await server.PostAsync($"/api/webhook-events/{poisoned.Id}/replay");
        var mended = await EventuallyAsync(poisoned.Id, WebhookState.Done, minutes: 1);

        Assert.That((parked.Tries, parked.LastError), Is.EqualTo((Server.Features.Webhooks.ProcessDueWebhooks.MostTries, "JsonException")));
        Assert.That(await db.StaffTasks.Where(t => t.Id == $"webhook-parked:{poisoned.Id}").Select(t => t.ClosedAt).SingleAsync(), Is.Not.Null, "the task is closed by the replay");
        Assert.That(other.Value, Is.Not.Empty);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That((mended.Tries, mended.LastError, mended.ReplayedBy), Is.EqualTo((0, (string?)null, "api")));
    }

    [Test]
    public async Task What_was_lost_in_an_outage_is_found_in_the_gateways_list_once()
    {
        var outage = await server.Service.Faults.AddAsync(new FaultOrder("webhooks", "Dropped"));
        var reader = await server.ReaderAsync("outage@example.com", "Ottilie Outage");
        var subscription = await server.ActiveAsync(reader);
        await server.Service.Faults.ClearAsync(outage.Id);
        await using var db = server.OpenDatabase();
        var payment = await db.Invoices.Where(i => i.SubscriptionId == subscription).Select(i => i.PaymentIntentId).SingleAsync();

        (await server.PostAsync("/api/webhook-events/resync")).Dispose();
        var found = await server.Service.EventuallyAsync(async () => await db.WebhookEvents.AsNoTracking()
            .FirstOrDefaultAsync(e => e.PaymentIntentId == payment && e.Type == "payment_intent.succeeded" && e.State == WebhookState.Done));
        // The list is counted when it has been read through, after the first of its events may have been processed.
        var missed = (await server.Service.EventuallyAsync(async () => await db.WebhookResyncs.AsNoTracking().FirstOrDefaultAsync(r => r.Missed > 0))).Missed;
        server.Service.Clock.Advance(TimeSpan.FromMinutes(61));
        await server.Service.EventuallyAsync(async () => (await db.WebhookResyncs.AsNoTracking().SingleAsync()).SyncedThrough > found.ReceivedAt.AddMinutes(30) ? this : null);

        Assert.That(found.WasMissed, Is.True);
        Assert.That((await db.WebhookResyncs.AsNoTracking().SingleAsync()).Missed, Is.EqualTo(missed), "a second comparison finds nothing new");
        Assert.That(await db.Invoices.Where(i => i.SubscriptionId == subscription).SelectMany(i => i.Attempts).CountAsync(a => a.State == AttemptState.Succeeded), Is.EqualTo(1));
    }

    [Test]
    public async Task Two_secrets_are_good_at_once_and_forged_stale_and_large_ones_store_nothing()
    {
        await using var rotating = await RunningService.StartAsync("--Stripe:WebhookSecret:0=whsec_the_new_one");
        var now = DateTimeOffset.UtcNow;
        var answers = new List<HttpStatusCode>
        {
            await KnockAsync(rotating, "evt_new", "whsec_the_new_one", now),
            await KnockAsync(rotating, "evt_former", "whsec_simulator", now),
            await KnockAsync(rotating, "evt_forged", "whsec_somebody_elses", now),
            await KnockAsync(rotating, "evt_stale", "whsec_the_new_one", now.AddSeconds(-310)),
            await KnockAsync(rotating, "evt_early", "whsec_the_new_one", now.AddSeconds(310)),
            await KnockAsync(rotating, "evt_large", "whsec_the_new_one", now, new string(' ', 512 * 1024)),
        };

        await using var db = rotating.OpenDatabase();
        Assert.That(answers, Is.EqualTo(new[]
        {
            HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge,
        }));
        Assert.That(await db.WebhookEvents.Select(e => e.Id).OrderBy(id => id).ToListAsync(), Is.EqualTo(new[] { "evt_former", "evt_new" }));
    }

    [Test]
    public async Task Staff_find_a_webhook_and_have_it_processed_again()
    {
        await server.ActiveAsync(await server.ReaderAsync("staffed@example.com", "Stan Staffed"));
        await server.Service.SettledAsync();
        var created = await server.Service.Services.GetRequiredService<CreateStaff>().RunAsync("sue@courier.example", RunningService.Password, StaffRoles.Support);
        using var browser = server.Service.NewBrowser();
        await browser.SubmitAsync(await browser.GetAsync("/support/sign-in"), "Sign in", ("email", "sue@courier.example"), ("password", RunningService.Password));
        await using var db = server.OpenDatabase();
        var kept = await db.WebhookEvents.AsNoTracking().FirstAsync(e => e.Type == "payment_intent.succeeded");

        var list = await browser.GetAsync($"/support/webhooks?query={kept.Id}");
        var replayed = await browser.SubmitAsync(await browser.GetAsync($"/support/webhooks/{kept.Id}"), "Process again");
        var wrong = await browser.GetAsync("/support/webhooks?day=never");

        Assert.That(list.MainText, Does.Contain(kept.Id).And.Contain(kept.ObjectId!));
        Assert.That(replayed.MainText, Does.Contain("processed again").And.Contain($"staff:{((CreatedStaff.Created)created).AccountId}"));
        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await browser.GetAsync("/support/webhooks/evt_none")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static async Task<HttpStatusCode> KnockAsync(RunningService service, string id, string secret, DateTimeOffset at, string padding = "")
    {
        var body = Encoding.UTF8.GetBytes($$"""{"object":"event","id":"{{id}}","type":"payment_intent.succeeded"}{{padding}}""");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Address, "/webhooks/stripe")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation(StripeSignature.Header, StripeSignature.Sign(secret, body, at));
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private Task<WebhookEventRow> EventuallyAsync(string id, WebhookState state, int minutes) => server.Service.EventuallyAsync(async () =>
    {
        await using var db = server.OpenDatabase();
        var row = await db.WebhookEvents.AsNoTracking().SingleAsync(e => e.Id == id);
        if (row.State == state)
        {
            return row;
        }

        server.Service.Clock.Advance(TimeSpan.FromMinutes(minutes));
        return null;
    });
}
