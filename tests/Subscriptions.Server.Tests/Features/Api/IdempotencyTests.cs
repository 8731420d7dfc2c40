using System.Net;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Tests.Features.Api;

internal sealed class IdempotencyTests
{
    private const string Ada = """{"email":"ada@idem.example","name":"Ada"}""";

    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task The_same_key_and_request_get_the_same_answer_and_act_once()
    {
        using var first = await server.PostAsync("/api/readers", Ada, key: "k-1");
        using var second = await server.PostAsync("/api/readers", Ada, key: "k-1");
        var (one, two) = (await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Multiple(() =>
        {
            Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(two, Is.EqualTo(one));
            Assert.That(second.Headers.Location, Is.EqualTo(first.Headers.Location));
            Assert.That(second.Content.Headers.ContentType, Is.EqualTo(first.Content.Headers.ContentType));
            Assert.That(second.Headers.Contains("Idempotent-Replayed"), Is.True);
        });
    }

    [Test]
    public async Task Another_request_under_a_known_key_is_refused()
    {
        using var first = await server.PostAsync("/api/readers", """{"email":"one@idem.example","name":"One"}""", key: "k-2");
        using var other = await server.PostAsync("/api/readers", """{"email":"two@idem.example","name":"Two"}""", key: "k-2");
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await ApiCaller.JsonAsync(other)).GetProperty("type").GetString(), Is.EqualTo("urn:subscriptions:idempotency-key-reused"));
    }

    [Test]
    public async Task A_request_that_was_refused_leaves_its_key_to_the_mended_one()
    {
        using var first = await server.PostAsync("/api/readers", """{"email":"nowhere","name":"X"}""", key: "k-3");
        using var mended = await server.PostAsync("/api/readers", """{"email":"somewhere@idem.example","name":"X"}""", key: "k-3");
        Assert.That((first.StatusCode, mended.StatusCode), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.Created)));
    }

    [Test]
    public async Task A_key_belongs_to_the_caller_who_sent_it()
    {
        using var first = await server.PostAsync("/api/readers", """{"email":"mine@idem.example","name":"Mine"}""", key: "k-4");
        using var others = await server.PostAsync("/api/readers", """{"email":"yours@idem.example","name":"Yours"}""", key: "k-4", apiKey: RunningService.OtherApiKey);
        Assert.That(others.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Many_at_once_create_one_reader()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.PostAsync("/api/readers", """{"email":"race@idem.example","name":"Race"}""", key: "k-5")));
        var statuses = answers.Select(a => a.StatusCode).ToList();
        foreach (var answer in answers)
        {
            answer.Dispose();
        }

        await using var db = server.OpenDatabase();
        Assert.That(statuses, Has.All.EqualTo(HttpStatusCode.Created).Or.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await db.Readers.CountAsync(r => r.Email == "race@idem.example"), Is.EqualTo(1));
        using var later = await server.PostAsync("/api/readers", """{"email":"race@idem.example","name":"Race"}""", key: "k-5");
        Assert.That(later.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [TestCase("")]
    [TestCase("   ")]
    [TestCase(256)]
    public async Task A_key_that_cannot_be_used_is_refused(object sent)
    {
        var key = sent as string ?? new string('k', (int)sent);
        using var answer = await server.PostAsync("/api/readers", Ada, key: key);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_retry_under_one_key_tries_the_payment_once()
    {
        var id = await server.PastDueAsync(await server.ReaderAsync("again@idem.example", "Again"));
        server.Service.Clock.Advance(TimeSpan.FromMinutes(InvoiceDecider.StaffPauseMinutes + 1));
        using var first = await server.PostAsync($"/api/subscriptions/{id}/retry", key: "k-6");
        var tries = (await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items").GetArrayLength();
        using var second = await server.PostAsync($"/api/subscriptions/{id}/retry", key: "k-6");
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await server.GetAsync($"/api/subscriptions/{id}/attempts")).GetProperty("items").GetArrayLength(), Is.EqualTo(tries));
    }
}
