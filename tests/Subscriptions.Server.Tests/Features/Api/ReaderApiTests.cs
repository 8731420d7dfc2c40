using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Api;

internal sealed class ReaderApiTests
{
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task A_reader_who_is_created_can_be_read_at_the_address_that_was_answered()
    {
        using var created = await server.PostAsync("/api/readers", """{"email":"ada@example.com","name":"Ada Quill"}""");
        Assert.That(created.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var reader = await server.GetAsync(created.Headers.Location!.OriginalString);

        Assert.Multiple(() =>
        {
            Assert.That(reader.GetProperty("email").GetString(), Is.EqualTo("ada@example.com"));
            Assert.That(reader.GetProperty("name").GetString(), Is.EqualTo("Ada Quill"));
            Assert.That(reader.GetProperty("createdAt").GetString(), Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"));
            Assert.That(reader.GetProperty("subscriptions").GetArrayLength(), Is.Zero);
        });
    }

    [Test]
    public async Task An_address_that_is_taken_is_refused_whatever_its_case()
    {
        await server.ReaderAsync("taken@example.com", "First");
        using var second = await server.PostAsync("/api/readers", """{"email":"TAKEN@example.com","name":"Second"}""");
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await ApiCaller.JsonAsync(second)).GetProperty("type").GetString(), Is.EqualTo("urn:subscriptions:email-taken"));
    }

    [Test]
    public async Task What_is_wrong_with_a_reader_is_said_field_by_field()
    {
        using var refused = await server.PostAsync("/api/readers", """{"email":"nowhere","name":""}""");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var problem = await ApiCaller.JsonAsync(refused);
        Assert.Multiple(() =>
        {
            Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:subscriptions:invalid-request"));
            Assert.That(problem.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EquivalentTo(["email", "name"]));
        });
    }

    [Test]
    public async Task A_reader_is_found_by_address_name_and_every_id_of_ours()
    {
        var reader = await server.ReaderAsync("found.me@example.com", "Élodie Findlater");
        var subscription = await server.ActiveAsync(reader);
        var invoice = (await server.GetAsync($"/api/subscriptions/{subscription}/invoices")).GetProperty("items")[0];
        string[] queries =
        [
            "found.me@EXAMPLE.com", "FINDLATER", "élodie", "ÉLODIE f", reader.Value, reader.Value[..12], reader.Value.ToUpperInvariant(),
            subscription.Value, invoice.GetProperty("id").GetString()!, invoice.GetProperty("number").GetString()!,
        ];
        foreach (var query in queries)
        {
            var found = await server.GetAsync($"/api/readers?query={Uri.EscapeDataString(query)}");
            Assert.That(found.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetString()), Is.EqualTo([reader.Value]), query);
        }
    }

    [Test]
    public async Task A_list_that_is_narrowed_by_an_unknown_name_is_refused_and_not_given_whole()
    {
        using var refused = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri("/api/readers?email=ada@example.com", UriKind.Relative)));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await ApiCaller.JsonAsync(refused)).GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo(new[] { "email" }));
    }

    [TestCase("100%")]
    [TestCase("rdr%%%%%")]
    [TestCase("_______")]
    [TestCase("'; drop table Readers; --")]
    [TestCase("nobody at all")]
    public async Task Signs_that_mean_something_to_databases_mean_nothing_here(string query)
    {
        var found = await server.GetAsync($"/api/readers?query={Uri.EscapeDataString(query)}");
        Assert.That(found.GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That(found.GetProperty("next").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Pages_follow_one_another_without_gap_or_repetition()
    {
        for (var i = 0; i < 7; i++)
        {
            await server.ReaderAsync($"paged{i}@paging.example", "Paged");
        }

        List<string> seen = [];
        var next = "/api/readers?query=paging.example&limit=3";
        while (next is not null)
        {
            var page = await server.GetAsync(next);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("email").GetString()!));
            next = page.GetProperty("next").GetString();
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 7).Reverse().Select(i => $"paged{i}@paging.example")));
    }
}
