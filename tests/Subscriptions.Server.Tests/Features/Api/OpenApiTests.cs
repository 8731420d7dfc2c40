using System.Text.Json;
using NUnit.Framework;

namespace Subscriptions.Server.Tests.Features.Api;

internal sealed class OpenApiTests
{
    private ApiCaller server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => server = await ApiCaller.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await server.DisposeAsync();

    [Test]
    public async Task The_document_names_every_route_its_key_and_its_refusals()
    {
        var document = await server.GetAsync("/openapi/v1.json");
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Route: $"{operation.Name} {path.Name}", operation.Value))).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(operations.Select(o => o.Route), Is.SupersetOf((string[])
            [
                "get /api/plans", "get /api/readers", "post /api/readers", "get /api/readers/{id}", "post /api/subscriptions", "get /api/subscriptions/{id}",
                "get /api/subscriptions/{id}/timeline", "get /api/subscriptions/{id}/attempts", "get /api/subscriptions/{id}/invoices",
                "get /api/subscriptions/{id}/notices", "post /api/subscriptions/{id}/cancel", "post /api/subscriptions/{id}/keep",
                "post /api/subscriptions/{id}/pause", "post /api/subscriptions/{id}/resume", "post /api/subscriptions/{id}/retry", "get /api/entitlements/{readerId}",
                "get /api/invoices/{id}", "get /api/invoices/{id}/refunds", "post /api/invoices/{id}/refunds", "get /api/invoices/{id}/credit-notes",
                "post /api/invoices/{id}/credit-notes", "post /api/invoices/{id}/void", "post /api/invoices/{id}/write-off",
                "get /api/readers/{id}/credits", "post /api/readers/{id}/credits",
            ]));
            foreach (var (route, operation) in operations)
            {
                Assert.That(operation.TryGetProperty("operationId", out _), Is.True, route);
                Assert.That(operation.TryGetProperty("summary", out _), Is.True, route);
                Assert.That(operation.GetProperty("security").GetArrayLength(), Is.EqualTo(1), route);
                Assert.That(operation.GetProperty("responses").TryGetProperty("401", out _), Is.True, route);
            }
        });
    }

    [Test]
    public async Task Times_enums_and_paging_are_described_as_they_are_written()
    {
        var document = await server.GetAsync("/openapi/v1.json");
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var listing = document.GetProperty("paths").GetProperty("/api/readers").GetProperty("get").GetProperty("parameters").EnumerateArray()
            .Select(p => p.GetProperty("name").GetString());
        var status = schemas.GetProperty("InvoiceStatus").GetProperty("enum").EnumerateArray().Select(v => v.GetString());
        Assert.Multiple(() =>
        {
            Assert.That(listing, Is.EqualTo(["query", "limit", "cursor"]));
            Assert.That(status, Is.EqualTo(["Open", "Paid", "Void", "Uncollectible", "NothingDue"]));
            Assert.That(schemas.GetProperty("ReaderAnswer").GetProperty("properties").GetProperty("createdAt").GetProperty("format").GetString(), Is.EqualTo("date-time"));
            Assert.That(schemas.GetProperty("ReaderAnswer").GetProperty("properties").GetProperty("createdAt").GetProperty("type").GetString(), Is.EqualTo("string"));
            Assert.That(schemas.GetProperty("Money").GetProperty("properties").GetProperty("amount").GetProperty("type").GetString(), Is.EqualTo("integer"));
            Assert.That(schemas.GetProperty("NewReaderRequest").GetProperty("required").GetArrayLength(), Is.EqualTo(2));
            Assert.That(schemas.GetProperty("InvoiceAnswer").GetProperty("properties").TryGetProperty("periodFrom", out var from) && from.GetRawText().Contains("date", StringComparison.Ordinal), Is.True);
            Assert.That(document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString(), Is.EqualTo("bearer"));
        });
    }
}
