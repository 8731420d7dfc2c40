using System.Text.Json;
using NUnit.Framework;
using static Subscriptions.Journeys.Support.SandboxTools;

namespace Subscriptions.Journeys.Support;

/// <summary>Compares what the product recorded with the simulator's own ledger, reader by reader.</summary>
public static class Ledgers
{
    public static Task AgreeAsync(SandboxTools tools) => AgreeAsync(tools, tools.Readers.Select(r => r.GetProperty("subscriptionId").GetString()).OfType<string>());

    public static async Task AgreeAsync(SandboxTools tools, IEnumerable<string> subscriptions)
    {
        var intents = (await tools.LedgerAsync("payment_intents")).Where(HasInvoice).ToLookup(InvoiceOf);
        var charges = (await tools.LedgerAsync("charges")).ToLookup(c => c.GetProperty("payment_intent").GetString());
        foreach (var id in subscriptions)
        {
            var attempts = (await tools.ItemsAsync($"/api/subscriptions/{id}/attempts")).ToLookup(a => Text(a, "invoiceId"));
            foreach (var invoice in await tools.ItemsAsync($"/api/subscriptions/{id}/invoices"))
            {
                Compare(invoice, [.. intents[Text(invoice, "id")]], charges, [.. attempts[Text(invoice, "id")]]);
            }
        }
    }

    private static void Compare(
        JsonElement invoice, IReadOnlyList<JsonElement> intents, ILookup<string?, JsonElement> charges, IReadOnlyList<JsonElement> attempts)
    {
        var id = Text(invoice, "id");
        var paid = intents.Count(pi => Text(pi, "status") == "succeeded");
        var tried = intents.SelectMany(pi => charges[Text(pi, "id")]).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(intents.Count(pi => Text(pi, "status") != "canceled"), Is.LessThanOrEqualTo(1), $"live PaymentIntents of {id}");
            Assert.That(paid, Is.EqualTo(Text(invoice, "status") == "Paid" ? 1 : 0), $"successes of {id}, which is {Text(invoice, "status")}");
            Assert.That(tried.Count(c => Text(c, "status") == "succeeded"), Is.EqualTo(paid), $"charges of {id}");
            Assert.That(attempts.Count(a => a.GetProperty("chargeId").GetString() is not null), Is.EqualTo(tried.Count), $"attempts of {id}");
        });
    }

    private static bool HasInvoice(JsonElement intent) => intent.GetProperty("metadata").TryGetProperty("invoice", out _);

    private static string InvoiceOf(JsonElement intent) => intent.GetProperty("metadata").GetProperty("invoice").GetString()!;
}
